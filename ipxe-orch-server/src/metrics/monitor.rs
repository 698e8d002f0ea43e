//! What is found out when the metrics are read.

use super::{
    Metrics,
    families::{Listening, Operation, State},
};
use ipxe_orch_core::{lease::HostState, orchestrator::Orchestrator, time::Timestamp};
use std::{
    collections::BTreeMap,
    fmt,
    sync::{Arc, atomic::Ordering},
    time::Duration,
};
use tokio::{
    sync::Mutex,
    time::{Instant, timeout},
};

/// How long what was found out counts: whoever reads the metrics all the time costs the database no
/// more than this.
const FRESH: Duration = Duration::from_secs(5);
/// The longest wait for the database.
const PATIENCE: Duration = Duration::from_secs(3);

/// What the database has done since the server started.
#[derive(Clone, Copy, Debug, Default)]
#[expect(missing_docs, reason = "the table of metrics says it")]
pub struct DatabaseFigures {
    pub waiting: u64,
    pub commits: u64,
    pub writes: u64,
    pub failed_reads: u64,
    pub failed_writes: u64,
}

/// What the queue of boot events has done.
#[derive(Clone, Copy, Debug, Default)]
#[expect(missing_docs, reason = "the table of metrics says it")]
pub struct EventFigures {
    pub waiting: u64,
    pub lost: u64,
}

type Ask<T> = Box<dyn Fn() -> T + Send + Sync>;

/// Reads the metrics of a server.
#[must_use]
pub struct Monitor {
    metrics: Arc<Metrics>,
    orchestrator: Arc<Orchestrator>,
    database: Option<Ask<DatabaseFigures>>,
    events: Option<Ask<EventFigures>>,
    certificates: Vec<(String, Ask<Option<Timestamp>>)>,
    /// When it was last found out. Locked meanwhile, so that it is done once at a time.
    last: Mutex<Option<Instant>>,
}

impl fmt::Debug for Monitor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Monitor")
    }
}

impl Monitor {
    /// Of what `metrics` counts, and of the store of `orchestrator`.
    pub fn new(metrics: Arc<Metrics>, orchestrator: Arc<Orchestrator>) -> Self {
        let (database, events, certificates) = (None, None, Vec::new());
        Self { metrics, orchestrator, database, events, certificates, last: Mutex::new(None) }
    }

    /// Asks this for the figures of the database.
    pub fn database(mut self, ask: impl Fn() -> DatabaseFigures + Send + Sync + 'static) -> Self {
        self.database = Some(Box::new(ask));
        self
    }

    /// Asks this for the figures of the queue of events.
    pub fn events(mut self, ask: impl Fn() -> EventFigures + Send + Sync + 'static) -> Self {
        self.events = Some(Box::new(ask));
        self
    }

    /// Asks this when the certificate of the listener at `address` expires.
    pub fn certificate(
        mut self,
        address: String,
        ask: impl Fn() -> Option<Timestamp> + Send + Sync + 'static,
    ) -> Self {
        self.certificates.push((address, Box::new(ask)));
        self
    }

    /// The metrics, in the text format of Prometheus (version 0.0.4).
    ///
    /// # Errors
    /// [`fmt::Error`] if the text cannot be made.
    pub async fn read(&self) -> Result<String, fmt::Error> {
        let mut last = self.last.lock().await;
        if last.is_none_or(|last| last.elapsed() >= FRESH) {
            self.find_out().await;
            *last = Some(Instant::now());
        }
        drop(last);
        self.metrics.text()
    }

    async fn find_out(&self) {
        let families = &self.metrics.families;
        let (up, counts) = tokio::join!(
            timeout(PATIENCE, self.orchestrator.check_store()),
            timeout(PATIENCE, self.orchestrator.count_hosts()),
        );
        families.database_up.set(i64::from(matches!(up, Ok(Ok(_)))));
        self.leases(counts.ok().and_then(Result::ok).as_ref());
        families.suspended.set(i64::from(self.orchestrator.suspended().is_some()));
        if let Some(ask) = &self.database {
            self.written(ask());
        }
        if let Some(ask) = &self.events {
            let EventFigures { waiting, lost } = ask();
            families.event_queue.set(gauge(waiting));
            families.events_lost.inner().store(lost, Ordering::Relaxed);
        }
        for (address, ask) in &self.certificates {
            let gauge = Listening { address: address.clone() };
            match ask() {
                Some(at) => {
                    families
                        .certificates
                        .get_or_create(&gauge)
                        .set(at.as_millis().div_euclid(1000));
                }
                None => {
                    families.certificates.remove(&gauge);
                }
            }
        }
    }

    /// All states, so that a graph does not end where the last host leaves one. An old number would
    /// be worse than none.
    fn leases(&self, counts: Option<&BTreeMap<HostState, u64>>) {
        let leases = &self.metrics.families.leases;
        for state in HostState::ALL {
            let label = State { state: state.as_str() };
            match counts {
                Some(counts) => {
                    let count = counts.get(&state).copied().unwrap_or(0);
                    leases.get_or_create(&label).set(gauge(count));
                }
                None => {
                    leases.remove(&label);
                }
            }
        }
    }

    fn written(&self, figures: DatabaseFigures) {
        let DatabaseFigures { waiting, commits, writes, failed_reads, failed_writes } = figures;
        let families = &self.metrics.families;
        families.database_queue.set(gauge(waiting));
        families.database_commits.inner().store(commits, Ordering::Relaxed);
        families.database_jobs.inner().store(writes, Ordering::Relaxed);
        for (operation, failed) in [("read", failed_reads), ("write", failed_writes)] {
            let counter = families.database_failures.get_or_create_owned(&Operation { operation });
            counter.inner().store(failed, Ordering::Relaxed);
        }
    }
}

fn gauge(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
