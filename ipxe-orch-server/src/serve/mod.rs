//! Listens, serves, stops.
//!
//! The limits of a connection:
//!
//! | what | limit |
//! |---|---|
//! | the handshake of TLS | 5 s from its first byte |
//! | the head of a request | 16 KiB, and 5 s from its first byte |
//! | requests at the same time (HTTP/2) | 64 |
//! | without a request | 10 s; 60 s after a right ticket, boot secret or authorization, or if it is a proxy's |
//! | from the head of a request to that of its answer | 60 s |
//! | an answer that is being sent | 64 KiB in each 2 minutes; a client that reads 4 kB/s is fast enough |
//! | all connections | 10,000, or half of the files that the process may open without 256 for the rest |
//! | those of one IPv4 address, or one /64 of IPv6 | a quarter of all |
//!
//! If all places are taken, a connection of the address with the most of them is closed for a new
//! one: the one that is idle for the longest time, but none on which something was proved.

mod accept;
mod connection;
mod limits;
mod link;
mod listener;
mod pace;
mod pool;
mod tls;

pub use limits::{CONNECTIONS, Limits, open_files, raise_open_files};
pub(crate) use link::Link;
pub use listener::Listener;
#[cfg(feature = "tls")]
pub use tls::{Certificates, TlsError, Watch, self_signed};

use accept::Acceptor;
use axum::Router;
use std::{
    future::Future,
    io::{self, ErrorKind},
    net::SocketAddr,
    time::Duration,
};
use tokio::{net::TcpListener, time::timeout};
use tokio_util::sync::CancellationToken;

/// How long requests may go on once the server is to stop.
const GRACE: Duration = Duration::from_secs(5);

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

/// Serves with the default [`Limits`]; see [`serve_with`].
pub async fn serve(
    listener: impl Into<Listener>,
    router: Router,
    shutdown: impl Future<Output = ()> + Send,
) {
    serve_with(listener, router, Limits::default(), shutdown).await;
}

/// Serves until `shutdown` is ready, and then ends within 6 seconds. No new requests are taken.
/// Running requests have 5 seconds; after that they are cut off, also downloads.
///
/// It is for requests that are answered soon, and for downloads. An answer that takes longer than a
/// minute to begin is cut off, and so is one that sends less than 64 KiB in 2 minutes, such as a
/// stream of events. A connection that is upgraded, as to a WebSocket, is its handler's own, and has
/// no limits here.
pub async fn serve_with(
    listener: impl Into<Listener>,
    router: Router,
    limits: Limits,
    shutdown: impl Future<Output = ()> + Send,
) {
    let stopping = CancellationToken::new();
    let acceptor = Acceptor::new(router, limits, stopping.clone());
    let stop = async {
        shutdown.await;
        stopping.cancel();
    };
    let (mut open, ()) = tokio::join!(acceptor.run(listener.into()), stop);
    let end = async { while open.join_next().await.is_some() {} };
    if timeout(GRACE, end).await.is_err() {
        tracing::info!("requests that still run are cut off");
        open.shutdown().await;
    }
}
