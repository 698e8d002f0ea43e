//! Listens, serves, stops.

use axum::{
    Router,
    extract::{ConnectInfo, Request, connect_info::Connected},
    middleware::map_request,
    serve::{IncomingStream, Listener},
};
use std::{
    future::Future,
    io::{self, ErrorKind},
    net::SocketAddr,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::{TcpListener, TcpStream},
    time::{Instant, Sleep, sleep},
};
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};

/// How long requests may go on once the server is to stop.
const GRACE: Duration = Duration::from_secs(5);
/// A connection on which nothing could be sent for so long is closed: idle ones, downloads that
/// stand still, requests that never end.
const IDLE: Duration = Duration::from_mins(1);

/// Why nothing listens.
#[derive(Debug, thiserror::Error)]
#[error("cannot listen on {address}: {}", remedy(source))]
pub struct BindError {
    /// The address.
    pub address: SocketAddr,
    /// The error behind it.
    pub source: io::Error,
}

fn remedy(error: &io::Error) -> String {
    match error.kind() {
        ErrorKind::AddrInUse => {
            "another program listens there; stop it, or choose another address or port".to_owned()
        }
        ErrorKind::AddrNotAvailable => {
            "this machine has no such address; choose one that it has, or 0.0.0.0".to_owned()
        }
        ErrorKind::PermissionDenied => {
            "it is not allowed; choose a port from 1024 up, or grant CAP_NET_BIND_SERVICE"
                .to_owned()
        }
        _ => error.to_string(),
    }
}

/// Listens on `address`; port 0 stands for any free one.
///
/// # Errors
/// [`BindError`] names the address and the remedy.
pub async fn bind(address: SocketAddr) -> Result<TcpListener, BindError> {
    TcpListener::bind(address).await.map_err(|source| BindError { address, source })
}

/// Serves until `shutdown` is ready, and then ends within 6 seconds. No new requests are taken.
/// Running requests have 5 seconds; after that they are cut off, also downloads.
///
/// A connection on which nothing could be sent for 60 seconds is closed. That happens if a request
/// does not end, a machine reads nothing, or a disk gives nothing. A machine that reads a little in
/// every minute keeps its connection.
///
/// # Errors
/// What the listener fails with.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    let (stopping, cut) = (CancellationToken::new(), CancellationToken::new());
    let signal = stopping.clone();
    let shutdown = async move {
        shutdown.await;
        signal.cancel();
    };
    let listener = Connections { listener, cut: cut.clone() };
    let service =
        router.layer(map_request(show_peer)).into_make_service_with_connect_info::<Peer>();
    let server = axum::serve(listener, service).with_graceful_shutdown(shutdown);
    tokio::select! {
        ended = server.into_future() => ended,
        () = cut_off(&stopping, &cut) => Ok(()),
    }
}

async fn cut_off(stopping: &CancellationToken, cut: &CancellationToken) {
    stopping.cancelled().await;
    sleep(GRACE).await;
    tracing::info!("requests that still run are cut off");
    cut.cancel();
    sleep(Duration::from_secs(1)).await;
}

/// The peer of a [`Connection`].
#[derive(Clone, Copy, Debug)]
struct Peer(SocketAddr);

impl Connected<IncomingStream<'_, Connections>> for Peer {
    fn connect_info(stream: IncomingStream<'_, Connections>) -> Self {
        Self(*stream.remote_addr())
    }
}

/// Handlers look for the address itself.
async fn show_peer(mut request: Request) -> Request {
    if let Some(ConnectInfo(Peer(address))) = request.extensions().get().copied() {
        request.extensions_mut().insert(ConnectInfo(address));
    }
    request
}

/// A listener whose connections can be cut off.
struct Connections {
    listener: TcpListener,
    cut: CancellationToken,
}

impl Listener for Connections {
    type Io = Connection;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Connection, SocketAddr) {
        let (stream, address) = Listener::accept(&mut self.listener).await;
        // Answers are small, and a machine waits for each.
        stream.set_nodelay(true).ok();
        let (cut, idle) = (self.cut.clone(), Box::pin(sleep(IDLE)));
        let ended = Box::pin(cut.clone().cancelled_owned());
        (Connection { stream, cut, ended, idle }, address)
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}

/// A connection that ends when nothing is sent for [`IDLE`], or when it is cut off.
struct Connection {
    stream: TcpStream,
    cut: CancellationToken,
    ended: Pin<Box<WaitForCancellationFutureOwned>>,
    idle: Pin<Box<Sleep>>,
}

impl Connection {
    /// What comes of waiting.
    fn wait<T>(&mut self, context: &mut Context<'_>) -> Poll<io::Result<T>> {
        if self.ended.as_mut().poll(context).is_ready() {
            return Poll::Ready(Err(ErrorKind::ConnectionAborted.into()));
        }
        if self.idle.as_mut().poll(context).is_ready() {
            return Poll::Ready(Err(ErrorKind::TimedOut.into()));
        }
        Poll::Pending
    }

    /// What comes of writing.
    fn wrote(
        &mut self,
        context: &mut Context<'_>,
        written: Poll<io::Result<usize>>,
    ) -> Poll<io::Result<usize>> {
        if self.cut.is_cancelled() || written.is_pending() {
            return self.wait(context);
        }
        self.idle.as_mut().reset(Instant::now() + IDLE);
        written
    }
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match Pin::new(&mut self.stream).poll_read(context, buffer) {
            Poll::Pending => self.wait(context),
            read @ Poll::Ready(_) => read,
        }
    }
}

impl AsyncWrite for Connection {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.wrote(context, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(context, slices);
        self.wrote(context, written)
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
