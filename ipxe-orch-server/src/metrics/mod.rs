//! Figures for Prometheus, and for whatever else reads its text format.
//!
//! [`Metrics`] is what the parts of a server count in. A [`Monitor`] adds what it finds out when it
//! is asked: the states of leases, the database, queues, certificates. [`reference()`] lists all of
//! them, and `docs/METRICS.md` is made from it.
//!
//! Everything is about the whole server, so it is for whoever may see all hosts: no figure names a
//! site, a host or a person.

mod families;
mod login;
mod monitor;
mod page;
mod reference;
mod sink;

pub use monitor::{DatabaseFigures, EventFigures, Monitor};
pub use page::page;
pub(crate) use page::response;
pub use reference::reference;

use axum::http::{Method, StatusCode};
use families::{ApiRoute, ApiStatus, BootRoute, BootStatus, Families};
use ipxe_orch_core::{auth::Authenticator, orchestrator::EventSink};
use login::Counted;
use prometheus_client::{encoding::prometheus_text::encode, registry::Registry};
use sink::CountingSink;
use std::{fmt, sync::Arc, time::Duration};

/// What a server counts. It is shared in an [`Arc`], and cheap to count in.
pub struct Metrics {
    registry: Registry,
    families: Families,
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Metrics")
    }
}

impl Default for Metrics {
    fn default() -> Self {
        let mut registry = Registry::with_prefix(reference::PREFIX);
        let families = Families::new(&mut registry);
        Self { registry, families }
    }
}

impl Metrics {
    /// Counts events, and hands them on to `sink`.
    pub fn counting(self: &Arc<Self>, sink: Arc<dyn EventSink>) -> Arc<dyn EventSink> {
        Arc::new(CountingSink { metrics: self.clone(), sink })
    }

    /// Counts the answers of a login service.
    pub fn counting_logins(
        self: &Arc<Self>,
        service: Arc<dyn Authenticator>,
    ) -> Arc<dyn Authenticator> {
        Arc::new(Counted { metrics: self.clone(), service })
    }

    /// A request of a machine or of another server was answered.
    pub(crate) fn boot_request(&self, route: &'static str, status: StatusCode, took: Duration) {
        let code = status.as_u16();
        self.families.boot_requests.get_or_create(&BootStatus { route, code }).inc();
        let durations = &self.families.boot_durations;
        durations.get_or_create(&BootRoute { route }).observe(took.as_secs_f64());
    }

    /// A request of a person was answered.
    pub(crate) fn api_request(
        &self,
        method: &Method,
        route: &'static str,
        status: StatusCode,
        took: Duration,
    ) {
        let (method, code) = (method.to_string(), status.as_u16());
        let key = ApiRoute { method: method.clone(), route };
        self.families.api_requests.get_or_create(&ApiStatus { method, route, code }).inc();
        self.families.api_durations.get_or_create(&key).observe(took.as_secs_f64());
    }

    /// As text, without what a [`Monitor`] finds out.
    fn text(&self) -> Result<String, fmt::Error> {
        let mut text = String::new();
        encode(&mut text, &self.registry)?;
        Ok(text)
    }
}
