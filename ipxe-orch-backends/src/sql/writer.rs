//! The one writer of a store: it makes all waiting jobs durable with one commit.

use super::{
    apply,
    audit::Entry,
    connect, defaults,
    discovered::{self, DiscoveredRow},
    driver::{self, Connection},
    error::{Done, Failure},
    images,
    options::SqliteOptions,
    profiles, put, sealed,
    work::Work,
    write_lock::{self, WriteLock},
};
use ipxe_orch_core::{
    auth::{Scope, WriteGrant},
    ids::{ChainId, Epoch, HostId},
    lease::Change,
    profile::{Defaults, ProfileVersion},
    stores::{ImageBuild, PutGrant, PutHost, SealedPin, StoreError},
};
use sqlx::{ConnectOptions, Connection as _, sqlite::SqliteConnectOptions};
use std::{
    mem,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};
use tokio::{
    sync::{mpsc, oneshot},
    task::JoinHandle,
};

/// The largest number of jobs of one commit. It limits how long a job waits for those before it.
const BATCH: usize = 256;
/// The largest number of jobs in the queue. Further callers wait for a place.
const QUEUE: usize = 1024;

/// One thing to write, wholly or not at all.
#[derive(Debug)]
pub(super) enum Job {
    Put { grant: PutGrant, epoch: Epoch, hosts: Vec<(PutHost, Entry)> },
    Apply { grant: WriteGrant, epoch: Epoch, change: Box<Change>, entry: Option<Entry> },
    Images { scope: Scope, epoch: Epoch, images: Vec<(HostId, ImageBuild)> },
    Sealed { epoch: Epoch, pins: Vec<SealedPin>, entry: Entry },
    Profile { version: Box<ProfileVersion>, entry: Entry },
    Defaults { values: Box<Defaults>, entry: Entry },
    Audit(Vec<Entry>),
    Discovered(Vec<DiscoveredRow>),
}

impl Job {
    async fn run(&self, work: &mut Work<'_>) -> Done<()> {
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
                for (host, build) in images {
                    images::record(work.connection, scope, *host, build).await?;
                }
                Ok(())
            }
            Self::Sealed { epoch, pins, entry } => {
                work.check_epoch(*epoch)?;
                for pin in pins {
                    sealed::put(work.connection, pin).await?;
                }
                work.append(entry).await
            }
            Self::Profile { version, entry } => {
                profiles::put(work.connection, version).await?;
                work.append(entry).await
            }
            Self::Defaults { values, entry } => {
                defaults::put(work.connection, values).await?;
                work.append(entry).await
            }
            Self::Audit(entries) => {
                for entry in entries {
                    work.append(entry).await?;
                }
                Ok(())
            }
            Self::Discovered(machines) => discovered::record(work.connection, machines).await,
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
}

#[derive(Debug)]
struct Shared {
    connect: SqliteConnectOptions,
    chain: ChainId,
    commits: AtomicU64,
    jobs: AtomicU64,
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
    pub(super) fn start(options: &SqliteOptions) -> Self {
        let (queue, jobs) = mpsc::channel(QUEUE);
        let shared = Arc::new(Shared {
            connect: connect::writer(&options.path),
            chain: options.chain,
            commits: AtomicU64::new(0),
            jobs: AtomicU64::new(0),
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

    pub(super) fn chain(&self) -> ChainId {
        self.shared.chain
    }

    pub(super) fn counters(&self) -> Counters {
        let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Counters { commits: count(&self.shared.commits), jobs: count(&self.shared.jobs) }
    }

    /// Waits until all jobs are written and the connection is closed.
    pub(super) async fn close(self) {
        drop(self.queue);
        // A panic was reported where it happened.
        self.task.await.ok();
    }
}

/// Each batch is a task of its own. If it panics, its jobs get no answer, and its connection is
/// closed, which rolls back. The next batch opens another one.
async fn supervise(mut jobs: mpsc::Receiver<(Job, Reply)>, shared: Arc<Shared>) {
    let mut connection = None;
    let mut waiting = Vec::new();
    let mut write_lock = WriteLock::new();
    while jobs.recv_many(&mut waiting, BATCH).await > 0 {
        write_lock.next().await;
        let (batch, replies) = mem::take(&mut waiting).into_iter().unzip();
        let task = tokio::spawn(write(connection.take(), Arc::clone(&shared), batch, replies));
        connection = task.await.unwrap_or_else(|error| {
            tracing::error!(%error, "the writer of the database panicked");
            None
        });
        write_lock.released();
    }
    if let Some(connection) = connection {
        // All is committed; what closing fails to tidy up, the next opening does.
        Connection::close(connection).await.ok();
    }
}

/// Writes a batch and replies; gives the connection back if it can be used again.
async fn write(
    connection: Option<Connection>,
    shared: Arc<Shared>,
    batch: Vec<Job>,
    replies: Vec<Reply>,
) -> Option<Connection> {
    let opened = match connection {
        Some(connection) => Ok(connection),
        None => connect(&shared).await,
    };
    let (outcomes, connection) = match opened {
        Err(error) => (fail(batch.len(), error, not_written), None),
        Ok(mut connection) => match commit(&mut connection, &shared, &batch).await {
            Ok(outcomes) => (outcomes, Some(connection)),
            // Closing rolls back whatever is still open.
            Err(Ended::NotWritten(error)) => (fail(batch.len(), error, not_written), None),
            Err(Ended::Unknown(error)) => (fail(batch.len(), error, unknown), None),
        },
    };
    drop(batch);
    for (reply, outcome) in replies.into_iter().zip(outcomes) {
        // Who no longer waits is not told.
        reply.send(outcome).ok();
    }
    connection
}

async fn connect(shared: &Shared) -> Result<Connection, sqlx::Error> {
    let mut connection = shared.connect.connect().await?;
    write_lock::prepare(&mut connection).await?;
    Ok(connection)
}

/// A batch that failed as a whole.
enum Ended {
    NotWritten(sqlx::Error),
    Unknown(sqlx::Error),
}

type Outcomes = Vec<Result<(), StoreError>>;

async fn commit(
    connection: &mut Connection,
    shared: &Shared,
    batch: &[Job],
) -> Result<Outcomes, Ended> {
    let not_written = Ended::NotWritten;
    write_lock::begin(connection).await.map_err(not_written)?;
    let outcomes = match run_all(connection, shared.chain, batch).await {
        Ok(outcomes) => outcomes,
        Err(Failure::Driver(error)) => return Err(not_written(error)),
        Err(Failure::Refused(error)) => {
            return Err(not_written(sqlx::Error::Protocol(error.to_string())));
        }
    };
    let written = outcomes.iter().filter(|outcome| outcome.is_ok()).count();
    if written == 0 {
        execute(connection, "ROLLBACK").await.map_err(not_written)?;
        return Ok(outcomes);
    }
    execute(connection, "COMMIT").await.map_err(Ended::Unknown)?;
    shared.commits.fetch_add(1, Ordering::Relaxed);
    shared.jobs.fetch_add(u64::try_from(written).unwrap_or(u64::MAX), Ordering::Relaxed);
    Ok(outcomes)
}

/// Each job in a savepoint. A failure of the driver ends the batch: SQLite may have rolled back
/// the whole transaction, and what follows would stand alone.
async fn run_all(connection: &mut Connection, chain: ChainId, batch: &[Job]) -> Done<Outcomes> {
    let mut work = Work::begin(connection, chain).await?;
    let mut outcomes = Vec::with_capacity(batch.len());
    for job in batch {
        let head = work.head;
        execute(work.connection, "SAVEPOINT job").await?;
        let outcome = match job.run(&mut work).await {
            Ok(()) => Ok(()),
            Err(Failure::Refused(error)) => {
                execute(work.connection, "ROLLBACK TO job").await?;
                work.head = head;
                Err(error)
            }
            Err(failure) => return Err(failure),
        };
        execute(work.connection, "RELEASE job").await?;
        outcomes.push(outcome);
    }
    Ok(outcomes)
}

async fn execute(connection: &mut Connection, sql: &'static str) -> Result<(), sqlx::Error> {
    sqlx::query(sql).execute(connection).await.map(drop)
}

fn fail(jobs: usize, error: sqlx::Error, kind: fn(&Arc<sqlx::Error>) -> StoreError) -> Outcomes {
    tracing::error!(%error, jobs, "a batch of writes failed");
    let error = Arc::new(error);
    (0..jobs).map(|_| Err(kind(&error))).collect()
}

/// Nothing was written: later it may work, unless an operator must act first.
fn not_written(error: &Arc<sqlx::Error>) -> StoreError {
    match driver::store_error(error) {
        StoreError::Backend(source) => StoreError::Unavailable(source),
        error => error,
    }
}

fn unknown(error: &Arc<sqlx::Error>) -> StoreError {
    StoreError::OutcomeUnknown(Box::new(Arc::clone(error)))
}
