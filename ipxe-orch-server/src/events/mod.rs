//! Writes what happens at boot, without making a machine wait.

mod rates;
mod text;

#[cfg(feature = "cli")]
pub(crate) use text::{contradicting, describe, elsewhere, late, times};

use crate::metrics::EventFigures;
use ipxe_orch_core::{
    auth::{Granted, Record},
    orchestrator::EventSink,
    stores::{BootEvent, Store},
};
use rates::Rates;
use std::{
    sync::{
        Arc, Mutex, MutexGuard, OnceLock, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use text::announce;
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
/// How often it is logged that events were lost.
const ALARM: Duration = Duration::from_mins(1);
/// How long [`EventWriter::stop`] waits.
const LAST_WRITE: Duration = Duration::from_secs(6);

/// Takes events at once. A background task writes them: 1,000 together, or every 250 ms.
///
/// It never blocks. At most 65,536 events wait; further ones are lost, and their number is logged
/// once a minute.
///
/// Nobody can fill the store. A host may record 60 events at once, and then one in 10 minutes. Who
/// proves nothing may record one event a minute for each kind and address (/64 of IPv6), and all
/// beyond 100 such addresses another one together, of origin `other addresses`. What is beyond that
/// is counted: the next event of the source has the number in [`BootEvent::count`].
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

#[derive(Debug, Default)]
struct Counts {
    /// Events that found the queue full, since that was told last.
    untold: AtomicU64,
    /// All events that were not stored.
    lost: AtomicU64,
    rates: Mutex<Rates>,
}

impl Counts {
    fn lose(&self, events: usize) {
        self.lost.fetch_add(u64::try_from(events).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    fn rates(&self) -> MutexGuard<'_, Rates> {
        self.rates.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl EventQueue {
    /// Starts the task that writes to `store`. An event may be written twice if the store did not
    /// say whether it was written.
    ///
    /// # Panics
    /// Outside of a Tokio runtime.
    pub fn start(store: Arc<dyn Store>) -> (Arc<Self>, EventWriter) {
        let counts = Arc::new(Counts::default());
        let (queue, waiting) = mpsc::channel(QUEUE);
        let (stop, stopped) = oneshot::channel();
        let batch = Vec::with_capacity(BATCH);
        let grant = Arc::new(OnceLock::new());
        let writer = Writer {
            store,
            grant: grant.clone(),
            waiting,
            batch,
            refused: None,
            counts: counts.clone(),
            told: None,
        };
        let task = tokio::spawn(writer.run(stopped));
        (Arc::new(Self { queue, grant, counts }), EventWriter { stop, task })
    }

    /// How many events wait, and how many were lost.
    pub fn figures(&self) -> EventFigures {
        let waiting = self.queue.max_capacity().saturating_sub(self.queue.capacity());
        let waiting = u64::try_from(waiting).unwrap_or(u64::MAX);
        EventFigures { waiting, lost: self.counts.lost.load(Ordering::Relaxed) }
    }
}

impl EventSink for EventQueue {
    fn record(&self, grant: &Granted<Record>, event: BootEvent) {
        self.grant.get_or_init(|| grant.clone());
        let passed = self.counts.rates().pass(event, Instant::now());
        if let Some(event) = passed
            && self.queue.try_send(event).is_err()
        {
            self.counts.untold.fetch_add(1, Ordering::Relaxed);
            self.counts.lose(1);
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
    /// When it was last told that events were lost.
    told: Option<Instant>,
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
                _ = second.tick() => {
                    let due = self.counts.rates().due(Instant::now());
                    self.add(due);
                    self.tell_lost(ALARM);
                }
                _ = &mut stopped => break,
            }
        }
        self.finish().await;
    }

    /// Adds what was counted.
    fn add(&mut self, events: Vec<BootEvent>) {
        events.iter().for_each(announce);
        self.batch.extend(events);
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
            self.counts.lose(lost);
            tracing::error!(error, lost, "boot events are given up after a minute");
            self.batch.clear();
            self.refused = None;
        }
    }

    /// Writes what waits, as long as the store takes it.
    async fn finish(&mut self) {
        self.waiting.close();
        let rest = self.counts.rates().rest();
        self.add(rest);
        loop {
            self.write().await;
            if self.refused.is_some() {
                let lost = self.batch.len().saturating_add(self.waiting.len());
                self.counts.lose(lost);
                tracing::error!(lost, "the last boot events were not stored");
                break;
            }
            if self.waiting.recv_many(&mut self.batch, BATCH).await == 0 {
                break;
            }
            self.batch.iter().for_each(announce);
        }
        self.tell_lost(Duration::ZERO);
    }

    /// Logs how many events were lost, unless that was told less than `period` ago.
    fn tell_lost(&mut self, period: Duration) {
        if self.told.is_some_and(|told| told.elapsed() < period) {
            return;
        }
        let lost = self.counts.untold.swap(0, Ordering::Relaxed);
        if lost > 0 {
            self.told = Some(Instant::now());
            tracing::error!(lost, "boot events were lost: the store is too slow for them");
        }
    }
}
