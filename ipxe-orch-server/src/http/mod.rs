//! The HTTP interface for machines and for other servers.
//!
//! ```text
//! GET {base}/boot/v1/script?…                 what to boot: an iPXE script
//! GET {base}/boot/v1/canary                   always 404: whoever answers else is a portal
//! GET {base}/boot/v1/t/TICKET/claim           once: an iPXE script
//! GET {base}/boot/v1/t/TICKET/answer/NAME     preseed, kickstart, autoinstall, unattend
//! GET {base}/boot/v1/t/TICKET/media/NAME      kernel, initrd, image; HEAD and single ranges too
//! GET {base}/boot/v1/t/TICKET/report          started, progress, done, failed; POST and PUT too
//! GET {base}/media/v1/sets                    for other servers of the installation: JSON
//! GET {base}/media/v1/blobs/SHA256            content for them; HEAD and single ranges too
//! GET {base}/healthz, {base}/readyz           for load balancers
//! ```
//! Paths are compared byte for byte: no slash is added, dropped or merged. Percent-encoded tickets
//! and names are decoded once. iPXE with BIOS executes whatever comes with 200. So on the paths
//! that it executes, only scripts get the status 200.

mod address;
mod admission;
mod error;
mod guard;
mod health;
mod media;
mod peer;
mod proof;
mod range;
mod routes;
mod script;
mod sync;
mod ticket;

pub use address::{BasePath, InvalidBasePath};
pub(crate) use error::chain;
pub(crate) use peer::origin_behind;
pub use routes::{Access, ROUTES, Route};

use crate::{metrics::Metrics, repeats::Repeats};
use admission::Admission;
use axum::Router;
use health::Readiness;
use ipnet::IpNet;
use ipxe_orch_core::{boot::ServerUrl, orchestrator::Orchestrator};
use std::{fmt, num::NonZeroU16, sync::Arc};

/// Makes routers that answer machines.
///
/// # Example
/// The router under `/provision`, beside routes of your own:
/// ```no_run
/// use axum::{Router, routing::get};
/// use ipxe_orch_core::{orchestrator::Orchestrator, stores::Store};
/// use ipxe_orch_server::{http::Server, serve, sweep::Sweeper};
/// use std::sync::Arc;
///
/// async fn run(orchestrator: Arc<Orchestrator>) -> Result<(), Box<dyn std::error::Error>> {
///     let machines = Server::builder(orchestrator.clone())
///         .base_path("/provision".parse()?)
///         .server_urls(vec!["http://10.0.2.2:8080/provision".parse()?])
///         .build();
///     let app = Router::new().route("/", get(|| async { "our portal" })).merge(machines);
///     // Tells of machines that are overdue, until it is dropped.
///     let _sweeper = Sweeper::start(orchestrator);
///     let listener = serve::bind("0.0.0.0:8080".parse()?).await?;
///     serve::serve(listener, app, std::future::pending()).await;
///     Ok(())
/// }
/// ```
/// [`serve::serve`](crate::serve::serve) limits connections and closes those that stand still, so
/// that strangers cannot take them all. If you use `axum::serve` instead, give it `app.into_make_service_with_connect_info::<SocketAddr>()`:
/// otherwise events and the audit do not say from where a machine asked.
///
/// Besides the router, a program needs a sink for events that lasts: see
/// [`EventQueue`](crate::events::EventQueue).
#[derive(Clone, Copy, Debug)]
pub struct Server;

/// The parts of a router; see [`Server::builder`].
#[must_use = "`build` makes the router"]
pub struct ServerBuilder(App);

impl fmt::Debug for ServerBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServerBuilder").field("base", &self.0.base).finish_non_exhaustive()
    }
}

/// What all handlers share.
pub(crate) struct App {
    orchestrator: Arc<Orchestrator>,
    base: BasePath,
    urls: Vec<ServerUrl>,
    proxies: Vec<IpNet>,
    admission: Admission,
    readiness: Readiness,
    metrics: Option<Arc<Metrics>>,
    /// Log lines that strangers can cause.
    repeats: Repeats,
}

impl Server {
    /// A router that asks `orchestrator` and serves its media library, at the root of the server.
    pub fn builder(orchestrator: Arc<Orchestrator>) -> ServerBuilder {
        ServerBuilder(App {
            orchestrator,
            base: BasePath::default(),
            urls: Vec::new(),
            proxies: Vec::new(),
            admission: Admission::new(),
            readiness: Readiness::default(),
            metrics: None,
            repeats: Repeats::default(),
        })
    }
}

impl ServerBuilder {
    /// What stands before `/boot/v1`, `/media/v1`, `/healthz` and `/readyz`. Use this and then
    /// [`Router::merge`], not [`Router::nest`]: the URLs in answer files contain it.
    pub fn base_path(mut self, base: BasePath) -> Self {
        self.0.base = base;
        self
    }

    /// The URLs under which machines reach the server, base path included. Answer files contain
    /// the URL whose host and port are those of the request, else the first one. Without any URL,
    /// they contain `http://`, the request's `Host` and the base path.
    pub fn server_urls(mut self, urls: Vec<ServerUrl>) -> Self {
        self.0.urls = urls;
        self
    }

    /// Proxies whose `X-Forwarded-For` and `X-Request-Id` are believed. For a request that comes through one of them,
    /// events and the audit have the address of the machine, not that of the proxy.
    pub fn trusted_proxies(mut self, proxies: Vec<IpNet>) -> Self {
        self.0.proxies = proxies;
        self
    }

    /// The largest number of requests with a right ticket, boot secret or authorization that are
    /// worked on at the same time; 4,096 by default. At most 32 of them are of one attempt or host.
    /// Strangers have 256 places of their own, so that they never take those of machines. A further
    /// request is answered 503 with a `Retry-After` of 1 or 2 seconds. iPXE waits so long if its
    /// image leaves it the time, and otherwise asks the next server.
    pub fn requests_at_once(mut self, most: NonZeroU16) -> Self {
        self.0.admission = Admission::with_proved(most.get().into());
        self
    }

    /// Counts requests there, with the time that they took.
    pub fn metrics(mut self, metrics: Arc<Metrics>) -> Self {
        self.0.metrics = Some(metrics);
        self
    }

    /// The router. It has no fallback of its own. It looks for the address of the peer in
    /// `ConnectInfo<SocketAddr>`; without that it answers all the same, and the origin of requests
    /// is empty in events and in the audit.
    pub fn build(self) -> Router {
        routes::router(&Arc::new(self.0))
    }
}
