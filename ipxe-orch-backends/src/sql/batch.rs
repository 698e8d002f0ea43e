//! A batch of jobs: one transaction, and what is looked at before and after it.
//!
//! Nobody may be told of a write that a replaced or older file has lost. So the writer looks at the
//! files before a batch and after its commit, compares what it and the programs beside it have
//! seen with the database inside the transaction, and remembers its new head outside of the
//! database before it replies.

use super::{
    driver::{self, Connection},
    error::{Done, Failure},
    restore,
    seen::{Memory, Seen},
    sqlite::{
        SqliteOptions, connect,
        file::{self, Look},
        head_file::{HeadFile, HeadFileError, Lines},
        readers::Readers,
        write_lock,
    },
    work::Work,
    writer::Job,
};
use ipxe_orch_core::{audit::ChainHead, ids::ChainId, stores::StoreError};
use sqlx::{ConnectOptions, Connection as _, sqlite::SqliteConnectOptions};
use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

pub(super) type Outcomes = Vec<Result<(), StoreError>>;

/// What the writer keeps from batch to batch.
#[derive(Debug)]
pub(super) struct Batches {
    path: PathBuf,
    chain: ChainId,
    connect: SqliteConnectOptions,
    readers: Readers,
    connection: Option<Connection>,
    /// The files after the last batch.
    look: Option<Look>,
    memory: Memory,
    heads: HeadFile,
}

/// A batch that failed as a whole.
enum Ended {
    NotWritten(Failure),
    /// The commit failed: nobody knows.
    Unknown(sqlx::Error),
    /// It was committed, but perhaps to a file that is no longer the database.
    Lost(StoreError),
}

impl From<Failure> for Ended {
    fn from(failure: Failure) -> Self {
        Self::NotWritten(failure)
    }
}

impl From<StoreError> for Ended {
    fn from(error: StoreError) -> Self {
        Self::NotWritten(Failure::Refused(error))
    }
}

impl From<sqlx::Error> for Ended {
    fn from(error: sqlx::Error) -> Self {
        Self::NotWritten(Failure::Driver(error))
    }
}

impl From<HeadFileError> for Ended {
    fn from(error: HeadFileError) -> Self {
        StoreError::Unavailable(Box::new(error)).into()
    }
}

/// How a batch ended.
pub(super) struct Written {
    pub(super) outcomes: Outcomes,
    /// Whether there was a commit to the right database.
    pub(super) committed: bool,
}

impl Batches {
    pub(super) fn new(options: &SqliteOptions, readers: Readers) -> Self {
        Self {
            path: options.path.clone(),
            chain: options.chain,
            connect: connect::writer(&options.path),
            readers,
            connection: None,
            // The connections that read may be open before the one that writes.
            look: Look::at(&options.path).ok(),
            memory: Memory::default(),
            heads: HeadFile::new(options.heads_path()),
        }
    }

    /// Writes a batch, and says what became of each job.
    pub(super) async fn write(&mut self, batch: &[Job]) -> Written {
        let mut written = self.commit(batch).await;
        if matches!(&written, Err(Ended::NotWritten(Failure::Driver(e))) if driver::is_full(e)) {
            self.close().await;
            self.make_room().await;
            written = self.commit(batch).await;
        }
        match written {
            Ok(written) => written,
            Err(ended) => {
                // Closing rolls back whatever is still open.
                self.close().await;
                let outcomes = self.fail(batch.len(), ended).await;
                Written { outcomes, committed: false }
            }
        }
    }

    async fn commit(&mut self, batch: &[Job]) -> Result<Written, Ended> {
        let mut connection = self.begin().await?;
        let lines = self.heads.read()?;
        let mut work = Work::begin(&mut connection, self.chain).await?;
        self.compare(&mut work, &lines).await?;
        let outcomes = run_all(&mut work, batch).await?;
        let (head, epoch, doubt) = (work.head, work.epoch, work.doubt.take());
        let done = |(_, outcome): &(&Job, &Result<_, _>)| outcome.is_ok();
        let done: Vec<&Job> =
            batch.iter().zip(&outcomes).filter(done).map(|(job, _)| job).collect();
        if done.is_empty() {
            execute(&mut connection, "ROLLBACK").await?;
            self.connection = Some(connection);
            return Ok(Written { outcomes, committed: false });
        }
        execute(&mut connection, "COMMIT").await.map_err(Ended::Unknown)?;
        self.connection = Some(connection);
        self.confirm().await.map_err(Ended::Lost)?;
        let accepted = done.iter().any(|job| matches!(job, Job::Accept { .. }));
        if doubt.is_none() || accepted {
            let binding = accepted || done.iter().any(|job| job.is_binding());
            let kept = self.remember(Seen { epoch, head }, binding, accepted).await;
            kept.map_err(|error| Ended::Lost(StoreError::Unavailable(Box::new(error))))?;
        }
        Ok(Written { outcomes, committed: true })
    }

    /// A connection with the write lock, to the file that is at the path now.
    async fn begin(&mut self) -> Result<Connection, Ended> {
        let now = Look::at(&self.path)?;
        match self.look.filter(|known| *known != now) {
            Some(known) if !known.same_files(&now) => self.reopen(&known, &now).await?,
            // A checkpoint, or somebody who overwrites the file: what is cached proves nothing.
            Some(_) => self.close().await,
            None => {}
        }
        if let Some(mut connection) = self.connection.take() {
            write_lock::begin(&mut connection).await?;
            return Ok(connection);
        }
        let mut connection = self.open().await?;
        write_lock::begin(&mut connection).await?;
        let opened = Look::at(&self.path)?;
        if !opened.same_main(&now) {
            let why = "the database file is being replaced by another one";
            return Err(StoreError::Unavailable(why.into()).into());
        }
        if !restore::leases_add_up(&mut connection).await? {
            return Err(restore::mixed().into());
        }
        self.look = Some(opened);
        Ok(connection)
    }

    /// The files are others than before: no connection of this process may be left.
    async fn reopen(&mut self, known: &Look, now: &Look) -> Result<(), Ended> {
        if !known.same_main(now) {
            let path = self.path.display();
            tracing::error!(alert = true, "the database file {path} was replaced by another one");
        }
        self.close().await;
        self.readers.renew().await;
        self.look = None;
        self.heads.settle(&self.path, known.pair())?;
        let private = file::check_private(&self.path);
        Ok(private.map_err(|error| StoreError::Unavailable(Box::new(error)))?)
    }

    /// Whether the files are as they were after the last batch.
    pub(super) fn is_unchanged(&self) -> bool {
        self.look.is_some() && Look::at(&self.path).ok() == self.look
    }

    async fn open(&self) -> Result<Connection, sqlx::Error> {
        let mut connection = self.connect.connect().await?;
        write_lock::prepare(&mut connection).await?;
        Ok(connection)
    }

    /// Whether the database has all that was seen of it.
    async fn compare(&mut self, work: &mut Work<'_>, lines: &Lines) -> Result<(), Ended> {
        let file = lines.seen();
        work.seen = self.memory.epochs(&file);
        let Work { connection, epoch, head, .. } = work;
        let doubt = self.memory.compare(connection, &file, *epoch, head).await?;
        work.doubt = doubt.or_else(|| lines.is_damaged().then(|| self.damaged()));
        if work.doubt.is_some() {
            // The programs beside this one may not know of it.
            for seen in self.memory.all() {
                self.heads.write(&seen, None, false)?;
            }
        }
        Ok(())
    }

    fn damaged(&self) -> String {
        let (path, remedy) = (self.heads.path().display(), super::seen::REMEDY);
        format!("{path} is damaged: nobody knows whether the database was set back; {remedy}")
    }

    /// Looks at the files again: a commit to a file that is no longer the database, or that was
    /// overwritten at the same time, counts for nothing. What happens to the files from here on
    /// until the answer is sent goes unnoticed.
    async fn confirm(&mut self) -> Result<(), StoreError> {
        let now = Look::at(&self.path)?;
        let Some(known) = self.look.replace(now) else { return Ok(()) };
        if !known.same_files(&now) {
            // So that the next batch opens the new file.
            self.look = Some(known);
            let path = self.path.display();
            return Err(StoreError::Replaced(format!(
                "the database file {path} was replaced during a write"
            )));
        }
        if known.same_contents(&now) {
            return Ok(());
        }
        self.close().await;
        let whole = self.open_whole().await;
        if self.readers.result(whole)? { Ok(()) } else { Err(restore::mixed()) }
    }

    /// Opens a connection that has nothing cached, and asks it whether the file is whole.
    async fn open_whole(&mut self) -> Done<bool> {
        let mut connection = self.open().await?;
        let whole = restore::leases_add_up(&mut connection).await?;
        self.connection = Some(connection);
        Ok(whole)
    }

    /// Keeps the head in memory and in the file of heads; durably, if a job must not be forgotten.
    async fn remember(
        &mut self,
        seen: Seen,
        binding: bool,
        alone: bool,
    ) -> Result<(), HeadFileError> {
        if alone {
            self.memory.forget();
        }
        if seen.head.sequence == 0 || self.memory.knows(&seen) {
            return Ok(());
        }
        let pair = self.look.and_then(|look| look.pair());
        let file = self.heads.write(&seen, pair, alone)?;
        if binding {
            let synced = tokio::task::spawn_blocking(move || file.sync_data()).await;
            let synced = synced.unwrap_or_else(|panic| Err(std::io::Error::other(panic)));
            synced.map_err(|source| self.heads.not_durable(source))?;
        }
        self.memory.keep(seen);
        Ok(())
    }

    /// Between batches: keeps the write-ahead log shorter than the disk.
    pub(super) async fn tend(&mut self) {
        let Ok((free, log)) = file::room(&self.path) else { return };
        let Some(connection) = &mut self.connection else { return };
        let sql = match log {
            _ if log > connect::SMALL_LOG && log > free / 2 => "PRAGMA wal_checkpoint(TRUNCATE)",
            _ if log > connect::LONG_LOG => {
                "PRAGMA busy_timeout = 100; PRAGMA wal_checkpoint(TRUNCATE); \
                 PRAGMA busy_timeout = 0"
            }
            _ => return,
        };
        if let Err(error) = sqlx::raw_sql(sql).execute(connection).await {
            tracing::warn!(%error, "the write-ahead log cannot be shortened");
        }
        // Its own checkpoint is not the work of somebody else.
        if let (Some(known), Ok(now)) = (self.look, Look::at(&self.path))
            && known.same_files(&now)
        {
            self.look = Some(now);
        }
    }

    /// Moves the write-ahead log into the file, so that the log can be used anew.
    async fn make_room(&self) {
        if let Ok(mut connection) = self.open().await {
            let sql = "PRAGMA wal_checkpoint(TRUNCATE)";
            sqlx::raw_sql(sql).execute(&mut connection).await.ok();
            connection.close().await.ok();
        }
    }

    pub(super) async fn close(&mut self) {
        if let Some(connection) = self.connection.take() {
            // All is committed, or to be rolled back; what closing fails to tidy up, the next
            // opening does.
            connection.close().await.ok();
        }
    }

    async fn fail(&mut self, jobs: usize, ended: Ended) -> Outcomes {
        let (error, unknown) = match ended {
            Ended::NotWritten(Failure::Driver(error)) => (error, false),
            Ended::Unknown(error) => (error, true),
            Ended::NotWritten(Failure::Refused(error)) | Ended::Lost(error) => {
                tracing::error!(error = %with_source(&error), jobs, "a batch of writes failed");
                return (0..jobs).map(|_| Err(copy(&error))).collect();
            }
        };
        tracing::error!(%error, jobs, "a batch of writes failed");
        if driver::is_of_the_file(&error) {
            self.readers.renew().await;
        }
        let error = Arc::new(error);
        let told = |_| {
            if unknown {
                return Err(StoreError::OutcomeUnknown(Box::new(error.clone())));
            }
            Err(not_written(&error, &self.path))
        };
        (0..jobs).map(told).collect()
    }
}

/// Each job in a savepoint. A failure of the driver ends the batch: SQLite may have rolled back
/// the whole transaction, and what follows would stand alone.
async fn run_all(work: &mut Work<'_>, batch: &[Job]) -> Done<Outcomes> {
    let mut outcomes = Vec::with_capacity(batch.len());
    for job in batch {
        let (head, epoch): (ChainHead, _) = (work.head, work.epoch);
        execute(work.connection, "SAVEPOINT job").await?;
        let outcome = match job.run(work).await {
            Ok(()) => Ok(()),
            Err(Failure::Refused(error)) => {
                execute(work.connection, "ROLLBACK TO job").await?;
                (work.head, work.epoch) = (head, epoch);
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

/// Nothing was written: later it may work, unless an operator must act first.
fn not_written(error: &Arc<sqlx::Error>, path: &Path) -> StoreError {
    match driver::store_error(error, path) {
        StoreError::Backend(source) => StoreError::Unavailable(source),
        error => error,
    }
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
