//! The REST API for people and their programs, below `{base}/api/v1`.
//!
//! A browser has a session in a cookie, a program has a token: `Authorization: Bearer ipxo_…`.
//! Requests and answers are JSON, errors are problem details (RFC 9457). [`ROUTES`] has all routes
//! with what each needs.

mod accounts;
mod audit;
mod bindings;
mod body;
mod cookie;
mod events;
mod guard;
mod hosts;
mod metrics;
mod own;
mod policies;
mod problem;
mod routes;
mod session;
mod who;

pub use routes::{Access, ROUTES, Route};

use crate::{
    http::BasePath,
    metrics::{Metrics, Monitor},
};
use axum::Router;
use ipnet::IpNet;
use ipxe_orch_core::{access_control::AccessControl, orchestrator::Orchestrator};
use std::{fmt, sync::Arc};
use tokio::sync::Semaphore;

/// Requests of people that are worked on at the same time.
const REQUESTS: usize = 256;
/// The same, of people who have not signed in yet.
const STRANGERS: usize = 16;
/// Exports that are sent at the same time.
const EXPORTS: usize = 8;

/// Makes routers that answer people.
#[derive(Clone, Copy, Debug)]
pub struct Api;

/// The parts of a router; see [`Api::builder`].
#[must_use = "`build` makes the router"]
pub struct ApiBuilder(App);

impl fmt::Debug for ApiBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApiBuilder").field("base", &self.0.base).finish_non_exhaustive()
    }
}

/// What all handlers share.
pub(crate) struct App {
    orchestrator: Arc<Orchestrator>,
    access: Arc<AccessControl>,
    base: BasePath,
    proxies: Vec<IpNet>,
    requests: Arc<Semaphore>,
    strangers: Arc<Semaphore>,
    metrics: Option<Arc<Metrics>>,
    monitor: Option<Arc<Monitor>>,
    exports: Arc<Semaphore>,
}

impl Api {
    /// A router that asks `orchestrator`, for whoever `access` lets in.
    pub fn builder(orchestrator: Arc<Orchestrator>, access: Arc<AccessControl>) -> ApiBuilder {
        ApiBuilder(App {
            orchestrator,
            access,
            base: BasePath::default(),
            proxies: Vec::new(),
            requests: Arc::new(Semaphore::new(REQUESTS)),
            strangers: Arc::new(Semaphore::new(STRANGERS)),
            metrics: None,
            monitor: None,
            exports: Arc::new(Semaphore::new(EXPORTS)),
        })
    }
}

impl ApiBuilder {
    /// What stands before `/api/v1`.
    pub fn base_path(mut self, base: BasePath) -> Self {
        self.0.base = base;
        self
    }

    /// Proxies whose `X-Forwarded-For` and `X-Request-Id` are believed.
    pub fn trusted_proxies(mut self, proxies: Vec<IpNet>) -> Self {
        self.0.proxies = proxies;
        self
    }

    /// Counts requests there, with the time that they took.
    pub fn metrics(mut self, metrics: Arc<Metrics>) -> Self {
        self.0.metrics = Some(metrics);
        self
    }

    /// Answers `/api/v1/metrics` for whoever may see them.
    pub fn monitor(mut self, monitor: Arc<Monitor>) -> Self {
        self.0.monitor = Some(monitor);
        self
    }

    /// The router. It answers all paths below `/api`.
    pub fn build(self) -> Router {
        routes::router(&Arc::new(self.0))
    }
}
