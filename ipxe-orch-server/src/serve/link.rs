//! What the parts of one connection tell each other: its socket, its requests, the pool.

use super::{
    pace::Pace,
    pool::{Id, Pool, Standing},
};
use axum::body::{Body, Bytes, HttpBody};
use hyper::body::{Frame, SizeHint};
use std::{
    hash::{BuildHasher, Hash, RandomState},
    io::{self, IoSlice},
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll},
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
    sync::oneshot,
    time::Instant,
};

/// All connections of a listener.
#[derive(Debug)]
pub(super) struct Connections {
    pool: Mutex<Pool<oneshot::Sender<()>>>,
    hasher: RandomState,
}

impl Connections {
    pub(super) fn new(pool: Pool<oneshot::Sender<()>>) -> Self {
        Self { pool: Mutex::new(pool), hasher: RandomState::new() }
    }

    pub(super) fn with<R>(&self, what: impl FnOnce(&mut Pool<oneshot::Sender<()>>) -> R) -> R {
        what(&mut self.pool.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// One connection. Requests have it among their extensions, as an [`Arc`].
#[derive(Debug)]
pub(crate) struct Link {
    id: Id,
    connections: Arc<Connections>,
    pace: Mutex<Pace>,
}

impl Link {
    pub(super) fn new(id: Id, known: bool, connections: Arc<Connections>) -> Arc<Self> {
        let pace = Mutex::new(Pace::new(known, Instant::now()));
        Arc::new(Self { id, connections, pace })
    }

    /// Something was proved on it, about `subject`. It is not closed to make room for others.
    pub(crate) fn prove(&self, subject: impl Hash) {
        let subject = self.connections.hasher.hash_one(subject);
        if self.connections.with(|pool| pool.prove(self.id, subject)) {
            self.pace(|pace, _| pace.known());
        }
    }

    pub(super) fn deadline(&self) -> Instant {
        self.pace(|pace, _| pace.deadline())
    }

    /// The handshake of TLS is done; `several` says whether requests may come side by side.
    pub(super) fn ready(&self, several: bool) {
        self.pace(|pace, now| pace.ready(several, now));
        self.stands(Standing::Idle);
    }

    /// A request is there, and worked on.
    pub(super) fn request(&self) {
        self.pace(Pace::request);
        self.stands(Standing::Busy);
    }

    /// Its answer is there, and is being sent.
    pub(super) fn answer(&self) {
        self.pace(Pace::step);
    }

    fn answered(&self) {
        if self.pace(Pace::answered) {
            self.stands(Standing::Idle);
        }
    }

    pub(super) fn leave(&self) {
        self.connections.with(|pool| pool.leave(self.id));
    }

    fn stands(&self, standing: Standing) {
        self.connections.with(|pool| pool.stands(self.id, standing));
    }

    fn pace<R>(&self, what: impl FnOnce(&mut Pace, Instant) -> R) -> R {
        what(&mut self.pace.lock().unwrap_or_else(PoisonError::into_inner), Instant::now())
    }
}

/// A socket that tells its link of what comes and goes.
pub(super) struct Socket {
    pub(super) stream: TcpStream,
    pub(super) link: Arc<Link>,
}

impl Socket {
    fn wrote(&self, written: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        if let Poll::Ready(Ok(bytes)) = written {
            self.link.pace(|pace, now| pace.wrote(bytes, now));
        }
        written
    }
}

impl AsyncRead for Socket {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(context, buffer);
        if buffer.filled().len() > before && self.link.pace(Pace::read) {
            self.link.stands(Standing::Head);
        }
        read
    }
}

impl AsyncWrite for Socket {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.wrote(written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(context, slices);
        self.wrote(written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

/// The body of an answer, which tells its link when it has ended.
pub(super) struct Answer {
    pub(super) body: Body,
    pub(super) link: Arc<Link>,
}

impl Drop for Answer {
    fn drop(&mut self) {
        self.link.answered();
    }
}

impl HttpBody for Answer {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
