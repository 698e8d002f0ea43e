//! One connection: the handshake of TLS, then HTTP/1.1 or HTTP/2, within its deadlines.

use super::{
    link::{Answer, Link, Socket},
    tls::Acceptor,
};
use axum::{
    Router,
    body::Body,
    extract::{ConnectInfo, Request},
};
use hyper::{
    body::Incoming,
    server::conn::{http1, http2},
    service::service_fn,
};
use hyper_util::rt::{TokioExecutor, TokioIo};
use std::{
    convert::Infallible,
    future::{Future, poll_fn},
    net::SocketAddr,
    pin::{Pin, pin},
    sync::Arc,
    task::Poll,
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
    sync::oneshot,
    time::sleep_until,
};
use tokio_util::sync::CancellationToken;
use tower::Service as _;

/// Longest head of a request, in bytes. Each connection has a buffer of that size at most.
const HEAD: u16 = 16 * 1024;
/// Requests at the same time on one connection of HTTP/2.
const STREAMS: u32 = 64;

pub(super) struct Connection {
    pub(super) stream: TcpStream,
    pub(super) tls: Option<Acceptor>,
    pub(super) address: SocketAddr,
    pub(super) link: Arc<Link>,
    /// Ends when the connection is to make room for another one.
    pub(super) closed: oneshot::Receiver<()>,
    pub(super) router: Router,
    pub(super) stopping: CancellationToken,
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
    pub(super) async fn run(self) {
        let Self { stream, tls, address, link, closed, router, stopping } = self;
        let _left = Left(link.clone());
        let requests = Requests { address, link: link.clone(), router, stopping };
        let socket = Socket { stream, link: link.clone() };
        within(&link, closed, async {
            match tls {
                None => requests.http1(socket).await,
                Some(tls) => requests.encrypted(socket, &tls).await,
            }
        })
        .await;
    }
}

/// Runs `work` until it ends, its connection has no more time, or is to make room for another one.
async fn within(link: &Link, mut closed: oneshot::Receiver<()>, work: impl Future<Output = ()>) {
    let (mut work, mut deadline) = (pin!(work), pin!(sleep_until(link.deadline())));
    poll_fn(|context| {
        let ended = work.as_mut().poll(context).is_ready();
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

/// What answers the requests of a connection.
struct Requests {
    address: SocketAddr,
    link: Arc<Link>,
    router: Router,
    stopping: CancellationToken,
}

impl Requests {
    async fn encrypted(self, socket: Socket, tls: &Acceptor) {
        // A handshake that fails is the client's: it trusts another authority, or speaks no TLS.
        let Ok((stream, http2)) = tls.accept(socket).await else { return };
        self.link.ready(http2);
        if http2 { self.http2(stream).await } else { self.http1(stream).await }
    }

    async fn http1(self, stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static) {
        let Self { address, link, router, stopping } = self;
        let service =
            service_fn(move |request| answer(router.clone(), request, address, link.clone()));
        let mut builder = http1::Builder::new();
        builder.max_buf_size(HEAD.into());
        let connection = builder.serve_connection(TokioIo::new(stream), service).with_upgrades();
        until_stopped(connection, stopping, http1::UpgradeableConnection::graceful_shutdown).await;
    }

    async fn http2(self, stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static) {
        let Self { address, link, router, stopping } = self;
        let service =
            service_fn(move |request| answer(router.clone(), request, address, link.clone()));
        let mut builder = http2::Builder::new(TokioExecutor::new());
        builder.max_header_list_size(HEAD.into()).max_concurrent_streams(STREAMS);
        let connection = builder.serve_connection(TokioIo::new(stream), service);
        until_stopped(connection, stopping, http2::Connection::graceful_shutdown).await;
    }
}

/// Serves until the client ends it. Once the server is to stop, `shutdown` lets only the requests
/// end that have begun.
async fn until_stopped<C: Future>(
    connection: C,
    stopping: CancellationToken,
    shutdown: fn(Pin<&mut C>),
) {
    let mut connection = pin!(connection);
    tokio::select! {
        // Errors are those of the client.
        _ = connection.as_mut() => return,
        () = stopping.cancelled() => shutdown(connection.as_mut()),
    }
    connection.await;
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
