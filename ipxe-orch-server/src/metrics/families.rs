//! All metrics, as the library wants them.

use super::reference::{About, METRICS};
use prometheus_client::{
    encoding::EncodeLabelSet,
    metrics::{counter::Counter, family::Family, gauge::Gauge, histogram::Histogram},
    registry::{Metric, Registry},
};

/// Upper ends of durations, in seconds. A boot request takes a millisecond, and is given up after 10
/// seconds; some requests of people wait for a directory.
const SECONDS: [f64; 12] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1., 2.5, 10.];

macro_rules! labels {
    ($($(#[$doc:meta])* $name:ident { $($field:ident: $type:ty),+ })+) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
        pub(super) struct $name {
            $(pub(super) $field: $type,)+
        }
    )+};
}

labels! {
    Version { version: &'static str }
    Event { event: &'static str }
    BootRoute { route: &'static str }
    BootStatus { route: &'static str, code: u16 }
    ApiRoute { method: String, route: &'static str }
    ApiStatus { method: String, route: &'static str, code: u16 }
    State { state: &'static str }
    Operation { operation: &'static str }
    Realm { realm: String }
    Answer { realm: String, outcome: &'static str }
    Listening { address: String }
}

type Histograms<L> = Family<L, Histogram, fn() -> Histogram>;

/// All of them.
pub(super) struct Families {
    pub(super) boot_events: Family<Event, Counter>,
    pub(super) boot_alerts: Counter,
    pub(super) boot_requests: Family<BootStatus, Counter>,
    pub(super) boot_durations: Histograms<BootRoute>,
    pub(super) api_requests: Family<ApiStatus, Counter>,
    pub(super) api_durations: Histograms<ApiRoute>,
    pub(super) leases: Family<State, Gauge>,
    pub(super) suspended: Gauge,
    pub(super) event_queue: Gauge,
    pub(super) events_lost: Counter,
    pub(super) database_up: Gauge,
    pub(super) database_queue: Gauge,
    pub(super) database_commits: Counter,
    pub(super) database_jobs: Counter,
    pub(super) database_failures: Family<Operation, Counter>,
    pub(super) login_up: Family<Realm, Gauge>,
    pub(super) login_requests: Family<Answer, Counter>,
    pub(super) certificates: Family<Listening, Gauge>,
}

fn histogram() -> Histogram {
    Histogram::new(SECONDS)
}

fn histograms<L: Clone + std::hash::Hash + Eq>() -> Histograms<L> {
    Family::new_with_constructor(histogram)
}

impl Families {
    pub(super) fn new(registry: &mut Registry) -> Self {
        let families = Self {
            boot_events: Family::default(),
            boot_alerts: Counter::default(),
            boot_requests: Family::default(),
            boot_durations: histograms(),
            api_requests: Family::default(),
            api_durations: histograms(),
            leases: Family::default(),
            suspended: Gauge::default(),
            event_queue: Gauge::default(),
            events_lost: Counter::default(),
            database_up: Gauge::default(),
            database_queue: Gauge::default(),
            database_commits: Counter::default(),
            database_jobs: Counter::default(),
            database_failures: Family::default(),
            login_up: Family::default(),
            login_requests: Family::default(),
            certificates: Family::default(),
        };
        families.register(registry);
        families
    }

    fn register(&self, registry: &mut Registry) {
        let build = Family::<Version, Gauge>::default();
        build.get_or_create(&Version { version: env!("CARGO_PKG_VERSION") }).set(1);
        let metrics: Vec<Box<dyn Register>> = vec![
            Box::new(build),
            Box::new(self.boot_requests.clone()),
            Box::new(self.boot_durations.clone()),
            Box::new(self.boot_events.clone()),
            Box::new(self.boot_alerts.clone()),
            Box::new(self.event_queue.clone()),
            Box::new(self.events_lost.clone()),
            Box::new(self.leases.clone()),
            Box::new(self.suspended.clone()),
            Box::new(self.api_requests.clone()),
            Box::new(self.api_durations.clone()),
            Box::new(self.database_up.clone()),
            Box::new(self.database_queue.clone()),
            Box::new(self.database_commits.clone()),
            Box::new(self.database_jobs.clone()),
            Box::new(self.database_failures.clone()),
            Box::new(self.login_up.clone()),
            Box::new(self.login_requests.clone()),
            Box::new(self.certificates.clone()),
        ];
        for (metric, about) in metrics.into_iter().zip(METRICS) {
            metric.register(registry, about);
        }
    }
}

/// Whatever the library takes as a metric, in a box.
trait Register {
    /// Registers it under the name of its entry in the table.
    fn register(self: Box<Self>, registry: &mut Registry, about: &About);
}

impl<M: Metric> Register for M {
    fn register(self: Box<Self>, registry: &mut Registry, about: &About) {
        registry.register(about.registered(), about.help, *self);
    }
}
