//! Takes connections, and serves each on a task of its own.

use super::{
    Limits,
    link::{Answer, Connections, Link, Socket},
    pool::{Group, Pool},
};
use crate::repeats::Repeats;
use axum::{
    Router,
    body::Body,
    extract::{ConnectInfo, Request},
};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use std::{
    convert::Infallible,
    future::{Future, poll_fn},
    io,
    net::SocketAddr,
    pin::{Pin, pin},
    sync::Arc,
    task::Poll,
    time::Duration,
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::oneshot,
    task::JoinSet,
    time::{sleep, sleep_until},
};
use tokio_util::sync::CancellationToken;
use tower::Service as _;

/// Longest head of a request, in bytes. Each connection has a buffer of that size at most.
const HEAD: usize = 16 * 1024;
/// The kernel asks for more of an answer once fewer than half of these bytes wait to be sent.
#[cfg(target_os = "linux")]
const UNSENT: u32 = 64 * 1024;
/// Connections that may be about to end, beyond those that are open.
const CLOSING: usize = 64;
/// A pause if no connection can be taken, as without a free file.
const PAUSE: Duration = Duration::from_millis(50);

/// The listener and what its connections share.
pub(super) struct Acceptor {
    pub(super) router: Router,
    pub(super) limits: Limits,
    pub(super) stopping: CancellationToken,
    connections: Arc<Connections>,
    repeats: Repeats,
}

impl Acceptor {
    pub(super) fn new(router: Router, limits: Limits, stopping: CancellationToken) -> Self {
        let places = |number| usize::try_from(number).unwrap_or(usize::MAX);
        let pool = Pool::new(places(limits.connections), places(limits.per_address));
        let (connections, repeats) = (Arc::new(Connections::new(pool)), Repeats::default());
        Self { router, limits, stopping, connections, repeats }
    }

    /// Takes connections until it is to stop. Those that are still open then are given back.
    pub(super) async fn run(&self, listener: TcpListener) -> JoinSet<()> {
        let mut open = JoinSet::new();
        // Those that were closed to make room hold their files until their tasks have ended.
        let most = usize::try_from(self.limits.connections).unwrap_or(usize::MAX);
        let most = most.saturating_add(CLOSING);
        loop {
            tokio::select! {
                () = self.stopping.cancelled() => return open,
                Some(_) = open.join_next() => {}
                accepted = listener.accept(), if open.len() < most => match accepted {
                    Ok((stream, address)) => self.take(&mut open, stream, address),
                    Err(error) => self.failed(error).await,
                },
            }
        }
    }

    fn take(&self, open: &mut JoinSet<()>, stream: TcpStream, address: SocketAddr) {
        let proxy = self.limits.is_proxy(address);
        let group = (!proxy).then(|| Group::from(address.ip()));
        let (alive, closed) = oneshot::channel();
        let Some(id) = self.connections.with(|pool| pool.enter(group, alive)) else {
            self.repeats.tell("refused", |more| {
                tracing::warn!(more, "connections are refused: all places are taken");
            });
            return;
        };
        prepare(&stream);
        let link = Link::new(id, proxy, self.connections.clone());
        let (router, stopping) = (self.router.clone(), self.stopping.clone());
        open.spawn(Connection { stream, address, link, closed, router, stopping }.run());
    }

    /// The next one may be taken all the same. Errors of one connection need no pause.
    async fn failed(&self, error: io::Error) {
        use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
        if matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset) {
            return;
        }
        let text = error.to_string();
        self.repeats.tell(&format!("accept: {text}"), move |more| {
            tracing::error!(error = text, more, "connections cannot be taken; this is tried again");
        });
        sleep(PAUSE).await;
    }
}

fn prepare(stream: &TcpStream) {
    // Answers are small, and a machine waits for each.
    stream.set_nodelay(true).ok();
    // Otherwise the kernel takes megabytes at a time, and a slow client seems to stand still.
    #[cfg(target_os = "linux")]
    socket2::SockRef::from(stream).set_tcp_notsent_lowat(UNSENT).ok();
}

struct Connection {
    stream: TcpStream,
    address: SocketAddr,
    link: Arc<Link>,
    /// Ends when the connection is to make room for another one.
    closed: oneshot::Receiver<()>,
    router: Router,
    stopping: CancellationToken,
}

/// Leaves the pool, also if a handler panics.
struct Left(Arc<Link>);

impl Drop for Left {
    fn drop(&mut self) {
        self.0.leave();
    }
}

impl Connection {
    /// Serves requests until somebody ends it: the client, a deadline, the pool, the server.
    async fn run(self) {
        let Self { stream, address, link, mut closed, router, stopping } = self;
        let _left = Left(link.clone());
        let socket = TokioIo::new(Socket { stream, link: link.clone() });
        let served = link.clone();
        let service = service_fn(move |request: hyper::Request<Incoming>| {
            answer(router.clone(), request, address, served.clone())
        });
        let mut builder = http1::Builder::new();
        builder.max_buf_size(HEAD);
        let connection = builder.serve_connection(socket, service).with_upgrades();
        let (mut connection, mut stop) = (pin!(connection), pin!(stopping.cancelled_owned()));
        let mut deadline = pin!(sleep_until(link.deadline()));
        let mut told = false;
        poll_fn(|context| {
            if !told && stop.as_mut().poll(context).is_ready() {
                told = true;
                connection.as_mut().graceful_shutdown();
            }
            // Errors are those of the client.
            let ended = connection.as_mut().poll(context).is_ready();
            if ended || Pin::new(&mut closed).poll(context).is_ready() {
                return Poll::Ready(());
            }
            let until = link.deadline();
            if deadline.deadline() != until {
                deadline.as_mut().reset(until);
            }
            deadline.as_mut().poll(context)
        })
        .await;
    }
}

async fn answer(
    mut router: Router,
    request: hyper::Request<Incoming>,
    address: SocketAddr,
    link: Arc<Link>,
) -> Result<hyper::Response<Answer>, Infallible> {
    link.request();
    let mut request: Request = request.map(Body::new);
    request.extensions_mut().insert(ConnectInfo(address));
    request.extensions_mut().insert(link.clone());
    let response = router.call(request).await?;
    link.answer();
    Ok(response.map(|body| Answer { body, link }))
}
