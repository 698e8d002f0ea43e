//! Writes what happens at boot, without making a machine wait.

use ipxe_orch_core::{
    auth::{Granted, Record},
    boot::{Refusal, Shown},
    lease::Overdue,
    orchestrator::EventSink,
    stores::{BootEvent, BootEventKind, Store},
};
use std::{
    sync::{
        Arc, OnceLock,
        atomic::{AtomicU32, AtomicU64, Ordering},
    },
    time::Duration,
};
use tokio::{
    sync::{mpsc, oneshot},
    task::JoinHandle,
    time::{Instant, MissedTickBehavior, interval, timeout},
};

/// Events that may wait.
const QUEUE: usize = 65_536;
/// Most events of one write.
const BATCH: usize = 1_000;
/// Longest wait of an event, and of a failed write for its next try.
const FLUSH: Duration = Duration::from_millis(250);
/// Longest wait for one write.
const WRITE: Duration = Duration::from_secs(5);
/// How long a batch is tried.
const PATIENCE: Duration = Duration::from_mins(1);
/// Events in a second that nobody proved to be of a host.
const STRANGERS: u32 = 50;
/// How long [`EventWriter::stop`] waits.
const LAST_WRITE: Duration = Duration::from_secs(6);

/// Takes events at once. A background task writes them: 1,000 together, or every 250 ms.
///
/// It never blocks. At most 65,536 events wait, and at most 50 in a second come from machines that
/// did not prove to be a host. Further events are counted, and the count is logged once a second.
///
/// # Example
/// ```no_run
/// use ipxe_orch_core::stores::Store;
/// use ipxe_orch_server::events::EventQueue;
/// use std::sync::Arc;
///
/// async fn run(store: Arc<dyn Store>) {
///     let (events, writer) = EventQueue::start(store.clone());
///     // `events` becomes a part of the orchestrator, and the server runs. At its end:
///     writer.stop().await;
/// }
/// ```
#[derive(Debug)]
pub struct EventQueue {
    queue: mpsc::Sender<BootEvent>,
    /// The grant that came with the first event: the same holds for all.
    grant: Arc<OnceLock<Granted<Record>>>,
    counts: Arc<Counts>,
}

#[derive(Debug)]
struct Counts {
    /// Events that found the queue full, or that the store did not take for a minute.
    lost: AtomicU64,
    strangers_left: AtomicU32,
    strangers_dropped: AtomicU64,
}

impl EventQueue {
    /// Starts the task that writes to `store`. An event may be written twice if the store did not
    /// say whether it was written.
    ///
    /// # Panics
    /// Outside of a Tokio runtime.
    pub fn start(store: Arc<dyn Store>) -> (Arc<Self>, EventWriter) {
        let counts = Arc::new(Counts {
            lost: AtomicU64::new(0),
            strangers_left: AtomicU32::new(STRANGERS),
            strangers_dropped: AtomicU64::new(0),
        });
        let (queue, waiting) = mpsc::channel(QUEUE);
        let (stop, stopped) = oneshot::channel();
        let batch = Vec::with_capacity(BATCH);
        let grant = Arc::new(OnceLock::new());
        let (refused, granted, counted) = (None, grant.clone(), counts.clone());
        let writer = Writer { store, grant: granted, waiting, batch, refused, counts: counted };
        let task = tokio::spawn(writer.run(stopped));
        (Arc::new(Self { queue, grant, counts }), EventWriter { stop, task })
    }
}

impl EventSink for EventQueue {
    fn record(&self, grant: &Granted<Record>, event: BootEvent) {
        self.grant.get_or_init(|| grant.clone());
        let one_less = |left: u32| left.checked_sub(1);
        let left = &self.counts.strangers_left;
        let order = Ordering::Relaxed;
        if event.host.is_none() && left.fetch_update(order, order, one_less).is_err() {
            self.counts.strangers_dropped.fetch_add(1, order);
        } else if self.queue.try_send(event).is_err() {
            self.counts.lost.fetch_add(1, order);
        }
    }
}

/// The task that writes events. Dropped, it writes what waits and ends.
#[derive(Debug)]
pub struct EventWriter {
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

impl EventWriter {
    /// Writes what waits, then ends; gives up after 6 seconds.
    pub async fn stop(mut self) {
        self.stop.send(()).ok();
        if timeout(LAST_WRITE, &mut self.task).await.is_err() {
            self.task.abort();
            tracing::warn!("the last boot events were not stored: the store does not answer");
        }
    }
}

struct Writer {
    store: Arc<dyn Store>,
    grant: Arc<OnceLock<Granted<Record>>>,
    waiting: mpsc::Receiver<BootEvent>,
    batch: Vec<BootEvent>,
    /// When this batch was first refused.
    refused: Option<Instant>,
    counts: Arc<Counts>,
}

impl Writer {
    async fn run(mut self, mut stopped: oneshot::Receiver<()>) {
        let (mut flush, mut second) = (interval(FLUSH), interval(Duration::from_secs(1)));
        flush.set_missed_tick_behavior(MissedTickBehavior::Delay);
        second.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let (before, room) = (self.batch.len(), BATCH.saturating_sub(self.batch.len()));
            tokio::select! {
                taken = self.waiting.recv_many(&mut self.batch, room), if room > 0 => {
                    if taken == 0 {
                        break;
                    }
                    self.batch.iter().skip(before).for_each(announce);
                    if taken == room && self.refused.is_none() {
                        self.write().await;
                    }
                }
                _ = flush.tick() => self.write().await,
                _ = second.tick() => self.counts.report(),
                _ = &mut stopped => break,
            }
        }
        self.finish().await;
    }

    async fn write(&mut self) {
        // There is a grant as soon as there is an event.
        let Some(grant) = self.grant.get().filter(|_| !self.batch.is_empty()) else { return };
        let error = match timeout(WRITE, self.store.record_events(grant, &self.batch)).await {
            Ok(Ok(())) => {
                self.batch.clear();
                self.refused = None;
                return;
            }
            Ok(Err(error)) => error.to_string(),
            Err(_) => "the store does not answer within 5 s".to_owned(),
        };
        let refused = self.refused.unwrap_or_else(|| {
            tracing::warn!(error, "boot events wait: the store does not take them");
            Instant::now()
        });
        self.refused = Some(refused);
        if refused.elapsed() >= PATIENCE {
            let lost = self.batch.len();
            tracing::error!(error, lost, "boot events are given up after a minute");
            self.batch.clear();
            self.refused = None;
        }
    }

    /// Writes what waits, as long as the store takes it.
    async fn finish(&mut self) {
        self.waiting.close();
        loop {
            self.write().await;
            if self.refused.is_some() {
                let lost = self.batch.len().saturating_add(self.waiting.len());
                tracing::error!(lost, "the last boot events were not stored");
                break;
            }
            if self.waiting.recv_many(&mut self.batch, BATCH).await == 0 {
                break;
            }
            self.batch.iter().for_each(announce);
        }
        self.counts.report();
    }
}

impl Counts {
    fn report(&self) {
        self.strangers_left.store(STRANGERS, Ordering::Relaxed);
        let lost = self.lost.swap(0, Ordering::Relaxed);
        if lost > 0 {
            tracing::error!(lost, "boot events were lost: the store is too slow for them");
        }
        let dropped = self.strangers_dropped.swap(0, Ordering::Relaxed);
        if dropped > 0 {
            tracing::warn!(dropped, "more refused boot requests, not kept one by one");
        }
    }
}

/// A line for whoever watches.
fn announce(event: &BootEvent) {
    let name = event.host_name.as_ref().map(ToString::to_string);
    let host = name.or_else(|| event.host.map(|id| id.to_string())).unwrap_or_default();
    let (from, what) = (&event.origin.0, describe(&event.kind));
    if event.alert {
        tracing::warn!(host, from, alert = true, "{what}");
    } else {
        tracing::info!(host, from, "{what}");
    }
}

/// What the machine shows instead of what is registered, for messages.
pub(crate) fn contradicting(why: Refusal, shown: Option<&Shown>) -> String {
    let Some(shown) = shown else { return String::new() };
    match why {
        Refusal::ForeignMac => format!(" ({})", shown.mac),
        Refusal::OtherUuid => {
            let uuid = shown.uuid.map_or_else(|| "none".to_owned(), |uuid| uuid.to_string());
            format!(" ({uuid})")
        }
        Refusal::OtherSerial => match shown.serial.own() {
            Some(serial) => format!(" ({serial})"),
            None => " (none)".to_owned(),
        },
        _ => String::new(),
    }
}

/// What did not happen in time, and what to do.
pub(crate) const fn late(what: Overdue) -> &'static str {
    match what {
        Overdue::Install => {
            "has not finished its install in time: look at its console, then mark it again"
        }
        Overdue::Mark => {
            "was not installed before its mark expired: mark it again, and boot it from its image"
        }
        Overdue::Offer => {
            "was offered its install and did not claim it for an hour: look at its console, \
             or cancel its mark"
        }
        _ => "is overdue: look at its console",
    }
}

fn describe(kind: &BootEventKind) -> String {
    match kind {
        BootEventKind::Local => "boots its own disk".to_owned(),
        BootEventKind::Unsupported { firmware } => {
            format!("boots its own disk: its profile does not boot on {firmware}")
        }
        BootEventKind::Suspended => "boots its own disk: installs are suspended".to_owned(),
        BootEventKind::Refused { why, shown } => {
            format!("is not believed: {why}{}", contradicting(*why, shown.as_deref()))
        }
        BootEventKind::Offered { offer } => format!("is offered its install (offer {offer})"),
        BootEventKind::Claimed => "claims its install".to_owned(),
        BootEventKind::ClaimRefused => "claims in vain".to_owned(),
        BootEventKind::Answered { name } => format!("fetches the answer file {name}"),
        BootEventKind::AnswerRefused { name } => format!("asks in vain for the answer file {name}"),
        BootEventKind::Media { name } => format!("fetches {name}"),
        BootEventKind::Reported { status, message } if message.is_empty() => {
            format!("reports {status}")
        }
        BootEventKind::Reported { status, message } => format!("reports {status}: {message}"),
        BootEventKind::ReportRefused { status } => format!("reports {status} in vain"),
        BootEventKind::Overdue { what, .. } => late(*what).to_owned(),
        other => format!("{other:?}"),
    }
}
