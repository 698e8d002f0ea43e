//! A batch of jobs: one transaction, and what is looked at before and after it.
//!
//! Nobody may be told of a write that a replaced or older database has lost. So the writer compares
//! what it and the programs beside it have seen with the database inside the transaction, asks
//! after the commit whether it went into the same database, and remembers its new head outside of
//! the database before it replies.

use super::{
    driver::{Beside, Driver, Fault, FaultKind, Primary},
    error::Failure,
    seen::{Memory, Seen},
    suspension::Suspension,
    work::Work,
    writer::Job,
};
use ipxe_orch_core::{ids::ChainId, stores::StoreError};
use std::{slice, sync::Arc, time::Duration};
use tokio::time::Instant;

/// How often a job is tried by itself, if what others write comes between.
const TRIES: u32 = 5;
/// How often, while each try is short: on a cluster of several nodes, the one that commits first wins
/// each time.
const SHORT_TRIES: u32 = 12;
const SHORT: Duration = Duration::from_secs(2);
/// How often several jobs are tried together before that.
const TRIES_TOGETHER: u32 = 3;
/// The pause after the first try; after the others it is longer.
const PAUSE: Duration = Duration::from_millis(10);
const LONGEST_PAUSE: Duration = Duration::from_millis(100);

pub(super) type Outcomes = Vec<Result<(), StoreError>>;

/// What the writer keeps from batch to batch.
#[derive(Debug)]
pub(super) struct Batches {
    chain: ChainId,
    driver: Arc<dyn Driver>,
    primary: Box<dyn Primary>,
    memory: Memory,
}

/// A batch that failed as a whole.
enum Ended {
    /// No transaction is to be had now.
    NotBegun(Failure),
    NotWritten(Failure),
    /// What others write came between, or one of its jobs failed after it had written. Nothing is
    /// written; the jobs can be tried again.
    Spoiled(Failure),
    /// The commit failed: nobody knows.
    Unknown(Fault),
    /// It was committed, but perhaps to a database that is no longer the one.
    Lost(StoreError),
}

/// Before a commit, nothing is written.
impl<E: Into<Failure>> From<E> for Ended {
    fn from(error: E) -> Self {
        match error.into() {
            Failure::Driver(fault) if is_passing(&fault) => Self::Spoiled(Failure::Driver(fault)),
            failure => Self::NotWritten(failure),
        }
    }
}

/// How a batch ended.
pub(super) struct Written {
    pub(super) outcomes: Outcomes,
    /// Whether there was a commit to the right database.
    pub(super) committed: bool,
}

impl Batches {
    pub(super) fn new(chain: ChainId, driver: Arc<dyn Driver>, primary: Box<dyn Primary>) -> Self {
        Self { chain, driver, primary, memory: Memory::default() }
    }

    /// Writes a batch, and says what became of each job.
    pub(super) async fn write(&mut self, batch: &[Job]) -> Written {
        let tries = if batch.len() > 1 { TRIES_TOGETHER } else { SHORT_TRIES };
        match self.again(batch, tries).await {
            Err(Ended::Spoiled(_)) if batch.len() > 1 => self.apart(batch).await,
            Err(ended) => {
                Written { outcomes: self.fail(batch.len(), ended).await, committed: false }
            }
            Ok(written) => written,
        }
    }

    /// Each job in a transaction of its own.
    async fn apart(&mut self, batch: &[Job]) -> Written {
        let mut all = Written { outcomes: Vec::with_capacity(batch.len()), committed: false };
        for (job, left) in batch.iter().zip((1..=batch.len()).rev()) {
            match self.again(slice::from_ref(job), SHORT_TRIES).await {
                Ok(written) => {
                    all.outcomes.extend(written.outcomes);
                    all.committed |= written.committed;
                }
                // Each of the others would wait as long in vain.
                Err(ended @ Ended::NotBegun(_)) => {
                    all.outcomes.extend(self.fail(left, ended).await);
                    break;
                }
                Err(ended) => all.outcomes.extend(self.fail(1, ended).await),
            }
            // The programs beside this one wait, too.
            self.primary.tend().await;
        }
        all
    }

    /// What others write at the same time may come between; then it is tried again. A job among
    /// others that was refused after it had written would be refused again.
    async fn again(&mut self, batch: &[Job], tries: u32) -> Result<Written, Ended> {
        let (mut pause, start) = (PAUSE, Instant::now());
        for tried in 1..tries {
            match self.together(batch).await {
                Err(Ended::Spoiled(Failure::Driver(fault)))
                    if (batch.len() == 1 || fault.kind() != FaultKind::Taken)
                        && (tried < TRIES || start.elapsed() < SHORT) =>
                {
                    tokio::time::sleep(pause).await;
                }
                ended => return ended,
            }
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
        self.together(batch).await
    }

    async fn together(&mut self, batch: &[Job]) -> Result<Written, Ended> {
        let written = self.commit(batch).await;
        let is_full = |fault: &Fault| fault.kind() == FaultKind::Full;
        if let Err(Ended::NotBegun(failure) | Ended::NotWritten(failure)) = &written
            && matches!(failure, Failure::Driver(fault) if is_full(fault))
        {
            self.primary.reset(None).await;
            self.primary.make_room().await;
            return self.commit(batch).await;
        }
        written
    }

    async fn commit(&mut self, batch: &[Job]) -> Result<Written, Ended> {
        let mut transaction = self.primary.begin().await.map_err(Ended::NotBegun)?;
        let beside = self.primary.beside().await?;
        let mut work = Work::begin(&mut *transaction, self.chain).await?;
        self.compare(&mut work, beside).await?;
        let outcomes = match run_all(&mut work, batch).await {
            Err(Ended::Spoiled(failure)) => {
                // If it cannot even be rolled back, it ends with its connection.
                transaction.rollback().await.ok();
                return Err(Ended::Spoiled(failure));
            }
            outcomes => outcomes?,
        };
        let (head, epoch, doubt) = (work.head, work.epoch, work.doubt.take());
        let done = |(_, outcome): &(&Job, &Result<_, _>)| outcome.is_ok();
        let done: Vec<&Job> =
            batch.iter().zip(&outcomes).filter(done).map(|(job, _)| job).collect();
        if done.is_empty() {
            transaction.rollback().await?;
            return Ok(Written { outcomes, committed: false });
        }
        transaction.commit().await.map_err(|fault| match fault.kind() {
            // The database says that it has rolled back, as the nodes of a cluster do that disagree.
            FaultKind::Again => Ended::Spoiled(Failure::Driver(fault)),
            _ => Ended::Unknown(fault),
        })?;
        self.primary.confirm().await.map_err(Ended::Lost)?;
        let accepted = done.iter().any(|job| matches!(job, Job::Accept { .. }));
        if doubt.is_none() || accepted {
            let binding = accepted || done.iter().any(|job| job.is_binding());
            let kept = self.remember(Seen { epoch, head }, binding, accepted).await;
            kept.map_err(Ended::Lost)?;
        }
        Ok(Written { outcomes, committed: true })
    }

    /// Whether the database has all that was seen of it.
    async fn compare(&mut self, work: &mut Work<'_>, beside: Beside) -> Result<(), Ended> {
        work.seen = self.memory.epochs(&beside.seen);
        let Work { session, epoch, head, .. } = work;
        let doubt = self.memory.compare(session, &beside.seen, *epoch, head).await?;
        let suspended = work.suspended.as_ref().map(Suspension::why);
        work.doubt = doubt.or(beside.damaged).or(suspended);
        if work.doubt.is_some() {
            // The programs beside this one may not know of it.
            self.primary.warn(&self.memory.all())?;
        }
        Ok(())
    }

    /// Keeps the head in memory and outside of the database; durably, if a job must not be
    /// forgotten.
    async fn remember(&mut self, seen: Seen, binding: bool, alone: bool) -> Result<(), StoreError> {
        if alone {
            self.memory.forget();
        }
        if seen.head.sequence == 0 || self.memory.knows(&seen) {
            return Ok(());
        }
        self.primary.remember(&seen, binding, alone).await?;
        self.memory.keep(seen);
        Ok(())
    }

    /// Whether nobody has touched the database since the last batch.
    pub(super) fn is_unchanged(&self) -> bool {
        self.primary.is_unchanged()
    }

    /// Between batches.
    pub(super) async fn tend(&mut self) {
        self.primary.tend().await;
    }

    pub(super) async fn close(&mut self) {
        self.primary.close().await;
    }

    /// Whether the work holds up the thread that does it.
    pub(super) fn blocks(&self) -> bool {
        self.primary.blocks()
    }

    /// Ends what is still open, which rolls it back, and says it to all jobs.
    async fn fail(&mut self, jobs: usize, ended: Ended) -> Outcomes {
        let (fault, unknown) = match ended {
            Ended::NotBegun(Failure::Driver(fault))
            | Ended::NotWritten(Failure::Driver(fault))
            | Ended::Spoiled(Failure::Driver(fault)) => (fault, false),
            Ended::Unknown(fault) => (fault, true),
            Ended::NotBegun(Failure::Refused(error))
            | Ended::NotWritten(Failure::Refused(error))
            | Ended::Spoiled(Failure::Refused(error))
            | Ended::Lost(error) => {
                self.primary.reset(None).await;
                tracing::error!(error = %with_source(&error), jobs, "a batch of writes failed");
                return (0..jobs).map(|_| Err(copy(&error))).collect();
            }
        };
        tracing::error!(error = %fault, jobs, "a batch of writes failed");
        self.primary.reset(Some(&fault)).await;
        let fault = Arc::new(fault);
        let told = |_| {
            if unknown {
                return Err(StoreError::OutcomeUnknown(Box::new(Arc::clone(&fault))));
            }
            Err(self.not_written(&fault))
        };
        (0..jobs).map(told).collect()
    }

    /// Nothing was written: later it may work, unless an operator must act first.
    fn not_written(&self, fault: &Arc<Fault>) -> StoreError {
        if fault.kind() == FaultKind::Taken {
            return StoreError::Invalid(format!("it cannot be stored: {fault}"));
        }
        match self.driver.tell(fault) {
            StoreError::Backend(source) => StoreError::Unavailable(source),
            error => error,
        }
    }
}

/// Runs the jobs one after another. What a job refuses before it has written concerns nobody else:
/// no savepoint is needed, which some databases do not release, and which others lose with all that
/// came before when a statement fails.
async fn run_all(work: &mut Work<'_>, batch: &[Job]) -> Result<Outcomes, Ended> {
    let mut outcomes = Vec::with_capacity(batch.len());
    for job in batch {
        let (head, epoch) = (work.head, work.epoch);
        work.session.wrote = false;
        let outcome = match job.run(work).await {
            Ok(()) => Ok(()),
            // A single job is rolled back with its transaction.
            Err(Failure::Refused(error)) if !work.session.wrote || batch.len() == 1 => {
                (work.head, work.epoch) = (head, epoch);
                Err(error)
            }
            Err(failure @ Failure::Driver(_)) => return Err(failure.into()),
            Err(refused) => return Err(Ended::Spoiled(refused)),
        };
        outcomes.push(outcome);
    }
    Ok(outcomes)
}

/// Whether it may be different in another transaction. A connection that is lost before the commit
/// has written nothing: there may be another one, also to another machine.
const fn is_passing(fault: &Fault) -> bool {
    matches!(fault.kind(), FaultKind::Taken | FaultKind::Again | FaultKind::Lost)
}

/// The same for another job of the batch.
fn copy(error: &StoreError) -> StoreError {
    match error {
        StoreError::Replaced(why) => StoreError::Replaced(why.clone()),
        StoreError::Corrupt(why) => StoreError::Corrupt(why.clone()),
        other => StoreError::Unavailable(with_source(other).into()),
    }
}

fn with_source(error: &StoreError) -> String {
    let all = std::iter::successors(std::error::Error::source(error), |&error| error.source());
    let causes: Vec<String> = all.map(ToString::to_string).collect();
    if causes.is_empty() { error.to_string() } else { causes.join(": ") }
}
