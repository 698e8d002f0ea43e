//! Copies of whole databases, from any kind to any other: to move, to back up, to restore.
//!
//! The source is read in one state, while servers write into it. The target counts as incomplete
//! until all of it was read again and compared with what was written; then its row of `meta` is
//! written. A copy that was cut off begins anew.
//!
//! To copy a further table or column: add it to `tables`. To copy from and to a further database:
//! implement [`Side`].

mod error;
mod pages;
mod side;
mod source;
mod tables;
mod tally;
mod target;
mod verify;

use super::{
    error::{Done, Failure},
    statement::{Bind as _, Value},
};
use ipxe_orch_core::{
    audit::{AuditEntry, ChainError},
    ids::{ChainId, Epoch},
    stores::StoreError,
    time::Timestamp,
};
use pages::Pages;
use source::Source;
use std::sync::Arc;
use tables::{EVENTS, MAIN, OLD_UNPROVED, Table, UNPROVED};
use tally::Tally;

pub use error::CopyError;
pub(super) use side::Side;
pub(super) use tables::Part;
pub use tables::copied_columns;

/// A database at one end of a copy. Nothing is opened before the copy begins.
#[derive(Clone, Debug)]
pub struct CopyEnd(Arc<dyn Side>);

impl CopyEnd {
    #[cfg(feature = "sqlite")]
    pub(super) fn of(side: impl Side + 'static) -> Self {
        Self(Arc::new(side))
    }

    /// A SQLite file, and its file of boot events.
    #[cfg(feature = "sqlite")]
    pub fn sqlite(options: super::SqliteOptions) -> Self {
        Self(Arc::new(super::sqlite::FileSide::new(options)))
    }

    /// A SQL Server database.
    #[cfg(feature = "mssql")]
    pub fn mssql(options: super::MssqlOptions) -> Self {
        Self(Arc::new(super::mssql::MssqlSide::new(options)))
    }

    /// A MySQL or MariaDB database.
    #[cfg(feature = "mysql")]
    pub fn mysql(options: super::MysqlOptions) -> Self {
        Self(Arc::new(super::mysql::MysqlSide::new(options)))
    }

    /// A PostgreSQL database.
    #[cfg(feature = "postgres")]
    pub fn postgres(options: super::PostgresOptions) -> Self {
        Self(Arc::new(super::postgres::PostgresSide::new(options)))
    }

    /// Makes the database if there is none, and brings its tables up to date.
    ///
    /// # Errors
    /// [`CopyError::OpenTarget`].
    pub async fn prepare(&self) -> Result<(), CopyError> {
        prepare(&*self.0).await
    }
}

/// What else a copy does.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct CopyJob {
    /// The last entry of the audit in the copy, and its chain.
    pub entry: Option<(ChainId, AuditEntry)>,
    /// The copy is a restored backup: nothing is installed with it until an operator accepts it.
    pub restored_at: Option<Timestamp>,
    /// The source is moved to the place of this name: from now on nothing is installed with it, and
    /// it takes no edits. If the copy fails, it is as before.
    pub retire_for: Option<String>,
}

/// How far a copy is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CopyProgress {
    /// So many rows of a table are written.
    Wrote {
        /// The table.
        table: &'static str,
        /// The rows until now.
        rows: u64,
    },
    /// So many rows of a table were read again, and compared.
    Compared {
        /// The table.
        table: &'static str,
        /// The rows.
        rows: u64,
    },
}

/// A copy that is done.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Copied {
    /// The tables with their numbers of rows.
    pub tables: Vec<(&'static str, u64)>,
    /// The epoch of both.
    pub epoch: Epoch,
    /// What is wrong with the audit, in both. The copy has it as it is.
    pub broken: Option<ChainError>,
    /// Somebody has written into the source since; the copy does not have that.
    pub source_went_on: bool,
}

/// Copies a database with all that is in it, except keys, which are no part of it. The target must
/// be empty, or a copy that was cut off. `progress` is told now and then.
///
/// Boot events that the embedded database keeps in a second file are copied, too. The source is not
/// changed, unless the job says so.
///
/// # Errors
/// [`CopyError`]. If it was cut off, the target is incomplete, and no store opens it.
pub async fn copy(
    from: &CopyEnd,
    to: &CopyEnd,
    job: &CopyJob,
    mut progress: impl FnMut(CopyProgress) + Send,
) -> Result<Copied, CopyError> {
    let (from, to) = (&*from.0, &*to.0);
    // What is wrong with the source is told before anything is changed.
    drop(Source::open(from).await?);
    prepare(to).await?;
    target::clear(to).await?;
    if let Some(place) = &job.retire_for {
        let retired = source::retire(from, place).await;
        retired.map_err(|failure| CopyError::Source(refused(from, failure)))?;
    }
    let copied = whole(from, to, job, &mut progress).await;
    if copied.is_err()
        && job.retire_for.is_some()
        && let Err(failure) = source::resume(from).await
    {
        let error = refused(from, failure);
        tracing::error!(%error, "the source still says that it was moved");
    }
    to.close().await.map_err(|failure| CopyError::Target(refused(to, failure)))?;
    copied
}

async fn prepare(to: &dyn Side) -> Result<(), CopyError> {
    let before = to.prepare().await.map_err(CopyError::OpenTarget)?;
    if before.found > before.known {
        return source::require_same(&before).map_err(CopyError::OpenTarget);
    }
    Ok(())
}

async fn whole(
    from: &dyn Side,
    to: &dyn Side,
    job: &CopyJob,
    progress: &mut (dyn FnMut(CopyProgress) + Send),
) -> Result<Copied, CopyError> {
    let read = |failure| CopyError::Source(refused(from, failure));
    let mut source = Source::open(from).await?;
    let meta = source.meta().await.map_err(read)?;
    let (epoch, ends) = (meta.epoch, source.ends().await.map_err(read)?);
    let mut copier = Copier { from, to, source, progress };
    let mut tallies = Vec::new();
    for table in MAIN.iter().chain([&EVENTS]) {
        let mut tally = Tally::default();
        copier.copy(table, table, &mut tally, |row| row).await?;
        tallies.push((table, tally));
    }
    tallies.push((&UNPROVED, copier.copy_unproved().await?));
    let Copier { source, progress, .. } = copier;
    drop(source);
    let broken = verify::verify(to, &tallies, progress).await?;
    let finished = target::finish(to, meta, job).await;
    finished.map_err(|failure| CopyError::Target(refused(to, failure)))?;
    let mut now = Source::open(from).await?;
    let source_went_on = now.ends().await.map_err(read)? != ends;
    let tables = tallies.into_iter().map(|(table, tally)| (table.name, tally.rows)).collect();
    Ok(Copied { tables, epoch, broken, source_went_on })
}

/// What the caller is told of a failure of a side.
fn refused(side: &dyn Side, failure: Failure) -> StoreError {
    match failure {
        Failure::Refused(error) => error,
        Failure::Driver(fault) => side.tell(fault),
    }
}

struct Copier<'a> {
    from: &'a dyn Side,
    to: &'a dyn Side,
    source: Source,
    progress: &'a mut (dyn FnMut(CopyProgress) + Send),
}

impl Copier<'_> {
    /// Copies the rows of a list into a table; `row` makes a row of the one out of one of the other.
    async fn copy(
        &mut self,
        list: &Table,
        table: &Table,
        tally: &mut Tally,
        mut row: impl FnMut(Vec<Value>) -> Vec<Value> + Send,
    ) -> Result<(), CopyError> {
        let mut pages = Pages::new(list);
        loop {
            let rows = self.page(&mut pages, list).await;
            let rows = rows.map_err(|error| CopyError::Source(refused(self.from, error)))?;
            if rows.is_empty() {
                return Ok(());
            }
            let rows: Vec<_> = rows.into_iter().map(&mut row).collect();
            for row in &rows {
                tally.push(row);
            }
            let written = target::insert(self.to, table, rows).await;
            written.map_err(|error| CopyError::Target(refused(self.to, error)))?;
            (self.progress)(CopyProgress::Wrote { table: table.name, rows: tally.rows });
        }
    }

    async fn page(&mut self, pages: &mut Pages<'_>, list: &Table) -> Done<Vec<Vec<Value>>> {
        match self.source.session(list.part) {
            Some(session) => pages.next(session).await,
            None => Ok(Vec::new()),
        }
    }

    /// Events of who proved nothing are numbered anew, since some may come from another list.
    async fn copy_unproved(&mut self) -> Result<Tally, CopyError> {
        let (mut tally, mut last) = (Tally::default(), 0_i64);
        let mut number = || {
            last = last.saturating_add(1);
            last.into_value()
        };
        let numbered = |row: Vec<Value>| [number()].into_iter().chain(row).collect();
        self.copy(&OLD_UNPROVED, &UNPROVED, &mut tally, numbered).await?;
        let renumbered =
            |row: Vec<Value>| [number()].into_iter().chain(row.into_iter().skip(1)).collect();
        self.copy(&UNPROVED, &UNPROVED, &mut tally, renumbered).await?;
        Ok(tally)
    }
}
