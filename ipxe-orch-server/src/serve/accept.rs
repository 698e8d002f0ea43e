//! Takes connections, and serves each on a task of its own.

use super::{
    Limits, Listener,
    connection::Connection,
    link::{Connections, Link},
    pool::{Group, Pool},
};
use crate::repeats::Repeats;
use axum::Router;
use std::{io, net::SocketAddr, sync::Arc, time::Duration};
use tokio::{net::TcpStream, sync::oneshot, task::JoinSet, time::sleep};
use tokio_util::sync::CancellationToken;

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
    pub(super) async fn run(&self, listener: Listener) -> JoinSet<()> {
        let mut open = JoinSet::new();
        // Those that were closed to make room hold their files until their tasks have ended.
        let most = usize::try_from(self.limits.connections).unwrap_or(usize::MAX);
        let most = most.saturating_add(CLOSING);
        loop {
            tokio::select! {
                () = self.stopping.cancelled() => return open,
                Some(_) = open.join_next() => {}
                accepted = listener.tcp.accept(), if open.len() < most => match accepted {
                    Ok((stream, address)) => self.take(&mut open, &listener, stream, address),
                    Err(error) => self.failed(error).await,
                },
            }
        }
    }

    fn take(
        &self,
        open: &mut JoinSet<()>,
        listener: &Listener,
        stream: TcpStream,
        address: SocketAddr,
    ) {
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
        let tls = listener.tls.clone();
        open.spawn(Connection { stream, tls, address, link, closed, router, stopping }.run());
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
