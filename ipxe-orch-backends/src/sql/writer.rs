//! The one writer of a store: it makes all waiting jobs durable with one commit.

use super::{
    access::AccessJob,
    apply,
    audit::Entry,
    batch::{Batches, Written},
    checkpoints, defaults,
    discovered::{self, DiscoveredRow},
    driver::{Driver, Primary},
    error::Done,
    images, policies, profiles, put, restore, sealed, sinks,
    work::Work,
    writers,
};
use ipxe_orch_core::{
    audit::{SealedCheckpoint, SinkState},
    auth::{Scope, WriteGrant},
    ids::{ChainId, Epoch, HostId},
    lease::Change,
    policy::PutPolicy,
    profile::{Defaults, ProfileVersion},
    stores::{Acceptance, ImageBuild, PutGrant, PutHost, SealedPin, StoreError},
};
use std::{
    mem,
    sync::{
        Arc, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use tokio::{
    runtime::Handle,
    sync::{Mutex, mpsc, oneshot},
    task::{JoinHandle, spawn_blocking},
    time::Instant,
};

/// The largest number of jobs of one commit. It limits how long a job waits for those before it.
const BATCH: usize = 256;
/// The largest number of jobs in the queue. Further callers wait for a place.
const QUEUE: usize = 1024;
/// A commit this short ago shows that the database takes writes.
const RECENT: Duration = Duration::from_secs(1);

/// One thing to write, wholly or not at all.
#[derive(Debug)]
pub(super) enum Job {
    Put {
        grant: PutGrant,
        epoch: Epoch,
        hosts: Vec<(PutHost, Entry)>,
    },
    Apply {
        grant: WriteGrant,
        epoch: Epoch,
        change: Box<Change>,
        entry: Option<Entry>,
    },
    Images {
        scope: Scope,
        epoch: Epoch,
        images: Vec<(HostId, ImageBuild)>,
    },
    Sealed {
        epoch: Epoch,
        pins: Vec<SealedPin>,
        entry: Entry,
    },
    Profile {
        version: Box<ProfileVersion>,
        entry: Entry,
    },
    Policy {
        change: Box<PutPolicy>,
        entry: Entry,
    },
    Defaults {
        values: Box<Defaults>,
        entry: Entry,
    },
    Access(Box<AccessJob>),
    Audit(Vec<Entry>),
    /// Removes old entries.
    Prune {
        checkpoint: Box<SealedCheckpoint>,
        entry: Entry,
    },
    PutSink(Box<SinkState>),
    RemoveSink(Box<SinkState>),
    Discovered(Vec<DiscoveredRow>),
    /// At this time.
    Check(i64),
    Accept {
        acceptance: Acceptance,
        entry: Entry,
    },
}

impl Job {
    pub(super) async fn run(&self, work: &mut Work<'_>) -> Done<()> {
        if let Some(why) = work.doubt.as_ref().filter(|_| self.needs_trust()) {
            return Err(StoreError::Replaced(why.clone()).into());
        }
        if let Some(moved) = work.suspended.as_ref().filter(|one| one.is_moved() && self.is_lost())
        {
            return Err(StoreError::ReadOnly(moved.why()).into());
        }
        match self {
            Self::Put { grant, epoch, hosts } => put::put_hosts(work, grant, *epoch, hosts).await,
            Self::Apply { grant, epoch, change, entry } => {
                apply::apply(work, grant, *epoch, change).await?;
                match entry {
                    Some(entry) => work.append(entry).await,
                    None => Ok(()),
                }
            }
            Self::Images { scope, epoch, images } => {
                work.check_epoch(*epoch)?;
                images::record_all(&mut work.session, scope, images).await
            }
            Self::Sealed { epoch, pins, entry } => {
                work.check_epoch(*epoch)?;
                for pin in pins {
                    sealed::put(&mut work.session, pin).await?;
                }
                work.append(entry).await
            }
            Self::Profile { version, entry } => {
                profiles::put(&mut work.session, version).await?;
                work.append(entry).await
            }
            Self::Policy { change, entry } => {
                policies::put(&mut work.session, change).await?;
                work.append(entry).await
            }
            Self::Defaults { values, entry } => {
                defaults::put(&mut work.session, values).await?;
                work.append(entry).await
            }
            Self::Access(job) => job.run(work).await,
            Self::Audit(entries) => {
                for entry in entries {
                    work.append(entry).await?;
                }
                Ok(())
            }
            Self::Prune { checkpoint, entry } => {
                checkpoints::prune(work, checkpoint).await?;
                work.append(entry).await
            }
            Self::PutSink(state) => sinks::put(work, state).await,
            Self::RemoveSink(state) => sinks::remove(work, state).await,
            Self::Discovered(machines) => discovered::record(&mut work.session, machines).await,
            Self::Check(at) => writers::check(&mut work.session, work.head.chain, *at).await,
            Self::Accept { acceptance, entry } => {
                let seen = work.seen.clone();
                restore::accept(work, acceptance, &seen, entry.at).await?;
                work.append(entry).await
            }
        }
    }

    /// Whether it may be done only in a database that has all that was seen of it.
    fn needs_trust(&self) -> bool {
        match self {
            Self::Apply { change, .. } => change.leads_to_install(),
            Self::Put { hosts, .. } => hosts.iter().any(|(put, _)| put.marks()),
            Self::Check(_) | Self::Prune { .. } => true,
            _ => false,
        }
    }

    /// Whether it would be missed in the database that this one was moved to.
    fn is_lost(&self) -> bool {
        match self {
            Self::Apply { change, .. } => !change.is_void(),
            Self::Access(job) => job.is_lost(),
            Self::Audit(_) | Self::Discovered(_) | Self::Check(_) | Self::Accept { .. } => false,
            _ => true,
        }
    }

    /// Whether nobody may be told of it before it is remembered outside of the database.
    pub(super) fn is_binding(&self) -> bool {
        match self {
            Self::Apply { change, .. } => change.is_binding(),
            Self::Access(job) => job.is_binding(),
            _ => matches!(self, Self::Put { .. } | Self::Policy { .. }),
        }
    }
}

type Reply = oneshot::Sender<Result<(), StoreError>>;

/// What a writer has done since it was started.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Counters {
    /// Durable commits.
    pub commits: u64,
    /// Jobs that those commits made durable.
    pub jobs: u64,
    /// Jobs that wait for a place in a commit.
    pub waiting: u64,
    /// Jobs that failed because of the database, not of what they are.
    pub failed_jobs: u64,
    /// Reads that failed because of the database.
    pub failed_reads: u64,
}

#[derive(Debug)]
struct Shared {
    chain: ChainId,
    batches: Mutex<Batches>,
    commits: AtomicU64,
    jobs: AtomicU64,
    failed: AtomicU64,
    /// The time of the last commit.
    written: std::sync::Mutex<Option<Instant>>,
}

/// The handle that sends jobs to the writer.
#[derive(Debug)]
pub(super) struct Writer {
    queue: mpsc::Sender<(Job, Reply)>,
    shared: Arc<Shared>,
    task: JoinHandle<()>,
}

impl Writer {
    /// Starts the task; it ends when the handle is dropped and the queue is empty.
    pub(super) fn start(
        chain: ChainId,
        driver: Arc<dyn Driver>,
        primary: Box<dyn Primary>,
    ) -> Self {
        let (queue, jobs) = mpsc::channel(QUEUE);
        let shared = Arc::new(Shared {
            chain,
            batches: Mutex::new(Batches::new(chain, driver, primary)),
            commits: AtomicU64::new(0),
            jobs: AtomicU64::new(0),
            failed: AtomicU64::new(0),
            written: std::sync::Mutex::new(None),
        });
        let task = tokio::spawn(supervise(jobs, Arc::clone(&shared)));
        Self { queue, shared, task }
    }

    /// Writes durably. A caller that stops waiting does not stop the job.
    pub(super) async fn write(&self, job: Job) -> Result<(), StoreError> {
        let (reply, outcome) = oneshot::channel();
        // A job that did not get in was not written.
        let queued = self.queue.send((job, reply)).await;
        queued.map_err(|_| StoreError::Unavailable("the writer has ended".into()))?;
        let lost = |_| StoreError::OutcomeUnknown("the writer ended during the write".into());
        outcome.await.map_err(lost)?
    }

    /// Finds out whether the database takes writes.
    pub(super) async fn check(&self, at: i64) -> Result<(), StoreError> {
        let last = *self.shared.written.lock().unwrap_or_else(PoisonError::into_inner);
        let recent = last.is_some_and(|last| last.elapsed() < RECENT);
        if recent && self.shared.batches.lock().await.is_unchanged() {
            return Ok(());
        }
        self.write(Job::Check(at)).await
    }

    pub(super) fn chain(&self) -> ChainId {
        self.shared.chain
    }

    pub(super) fn counters(&self) -> Counters {
        let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let waiting = self.queue.max_capacity().saturating_sub(self.queue.capacity());
        Counters {
            commits: count(&self.shared.commits),
            jobs: count(&self.shared.jobs),
            waiting: u64::try_from(waiting).unwrap_or(u64::MAX),
            failed_jobs: count(&self.shared.failed),
            failed_reads: 0,
        }
    }

    /// Waits until all jobs are written and the connection is closed.
    pub(super) async fn close(self) {
        drop(self.queue);
        // A panic was reported where it happened.
        self.task.await.ok();
    }
}

/// Each batch is a task of its own; if its database is a file, on a thread where it may wait for the
/// disk. If it panics, its jobs get no answer, and its connection is closed, which rolls back. The
/// next batch opens another one.
async fn supervise(mut jobs: mpsc::Receiver<(Job, Reply)>, shared: Arc<Shared>) {
    let mut waiting = Vec::new();
    let blocks = shared.batches.lock().await.blocks();
    while jobs.recv_many(&mut waiting, BATCH).await > 0 {
        let (batch, replies) = mem::take(&mut waiting).into_iter().unzip();
        let work = write(Arc::clone(&shared), batch, replies);
        let task = if blocks {
            let runtime = Handle::current();
            spawn_blocking(move || runtime.block_on(work))
        } else {
            tokio::spawn(work)
        };
        if let Err(error) = task.await {
            tracing::error!(%error, "the writer of the database panicked");
        }
    }
    shared.batches.lock().await.close().await;
}

/// Writes a batch and replies.
async fn write(shared: Arc<Shared>, batch: Vec<Job>, replies: Vec<Reply>) {
    let mut batches = shared.batches.lock().await;
    let Written { outcomes, committed } = batches.write(&batch).await;
    let done = outcomes.iter().filter(|outcome| outcome.is_ok()).count();
    let failed = outcomes.iter().filter(|outcome| outcome.as_ref().is_err_and(is_failure)).count();
    let add = |counter: &AtomicU64, more: usize| {
        counter.fetch_add(u64::try_from(more).unwrap_or(u64::MAX), Ordering::Relaxed);
    };
    add(&shared.failed, failed);
    if committed {
        add(&shared.commits, 1);
        add(&shared.jobs, done);
    }
    // In doubt a check is refused, so that a commit of something else does not stand for it.
    let trusted = committed && outcomes.iter().all(|o| !matches!(o, Err(StoreError::Replaced(_))));
    *shared.written.lock().unwrap_or_else(PoisonError::into_inner) =
        (trusted && done > 0).then(Instant::now);
    drop(batch);
    for (reply, outcome) in replies.into_iter().zip(outcomes) {
        // Who no longer waits is not told.
        reply.send(outcome).ok();
    }
    batches.tend().await;
}

/// Whether the database is to blame, and not what was asked of it.
pub(super) const fn is_failure(error: &StoreError) -> bool {
    !matches!(
        error,
        StoreError::NotFound
            | StoreError::AlreadyExists(_)
            | StoreError::Conflict
            | StoreError::Invalid(_)
    )
}
