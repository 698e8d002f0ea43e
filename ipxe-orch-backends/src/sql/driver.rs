//! What stands between the statements and a database's driver. To add a database: implement these
//! traits, name what its failures mean, add its words to `Dialect` and its migrations.

use super::{dialect::Dialect, error::Done, row::Row, seen::Seen, statement::Statement};
use async_trait::async_trait;
use ipxe_orch_core::stores::StoreError;
use std::{error::Error, fmt, sync::Arc};

/// What a failure of a driver means to its caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FaultKind {
    /// A unique key has this value already.
    Taken,
    /// Another constraint refuses the row.
    Refused,
    /// Busy, a deadlock, too little memory: it may pass.
    Again,
    /// The connection, or none was to be had. At a commit nobody knows what became of it.
    Lost,
    /// The database takes no writes.
    ReadOnly,
    /// There is no room left.
    Full,
    /// Where the data is stored cannot be opened or read.
    Unreadable,
    /// What is stored is damaged, and how.
    Corrupt(&'static str),
    Other,
}

/// A failure of a driver.
#[derive(Debug)]
pub(super) struct Fault {
    kind: FaultKind,
    error: Box<dyn Error + Send + Sync>,
}

impl Fault {
    pub(super) fn new(kind: FaultKind, error: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self { kind, error: error.into() }
    }

    pub(super) const fn kind(&self) -> FaultKind {
        self.kind
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.error.fmt(f)
    }
}

/// Its text is that of the driver's error, whose source follows.
impl Error for Fault {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.error.source()
    }
}

/// A connection at work.
#[async_trait]
pub(super) trait Session: Send {
    fn dialect(&self) -> Dialect;

    /// Writes, and gives the number of rows that the statement found.
    async fn run(&mut self, statement: Statement) -> Result<u64, Fault>;

    async fn rows(&mut self, statement: Statement) -> Result<Vec<Row>, Fault>;

    /// The first rows, until they have about so many bytes: at least one, if there is one. A driver
    /// that cannot stop reading gives all of them.
    async fn some(&mut self, statement: Statement, _bytes: usize) -> Result<Vec<Row>, Fault> {
        self.rows(statement).await
    }

    /// The first row, if there is one.
    async fn row(&mut self, statement: Statement) -> Result<Option<Row>, Fault>;

    /// Runs the statements of a migration.
    async fn script(&mut self, sql: &'static str) -> Result<(), Fault>;
}

/// A session whose statements count together. Dropping it rolls back.
#[async_trait]
pub(super) trait Transaction: Session {
    async fn commit(self: Box<Self>) -> Result<(), Fault>;

    async fn rollback(self: Box<Self>) -> Result<(), Fault>;
}

/// A database that can be read.
#[async_trait]
pub(super) trait Driver: fmt::Debug + Send + Sync {
    /// A session to read in. Each statement sees one state of the database; two statements may see
    /// two states.
    async fn read(&self) -> Result<Box<dyn Session>, Fault>;

    /// What a caller is told of a failure. One failure may end many jobs, so it is shared.
    fn tell(&self, fault: &Arc<Fault>) -> StoreError;

    async fn close(&self);
}

/// What the programs beside this one have seen of the database, remembered outside of it.
#[derive(Debug, Default)]
pub(super) struct Beside {
    pub(super) seen: Vec<Seen>,
    /// Why it cannot be trusted.
    pub(super) damaged: Option<String>,
}

/// The one way in which a store writes, and what its kind of database wants looked at around it.
#[async_trait]
pub(super) trait Primary: fmt::Debug + Send {
    /// Begins to write into the database that is in its place now.
    async fn begin(&mut self) -> Done<Box<dyn Transaction>>;

    /// What counts for the transaction that has begun.
    async fn beside(&mut self) -> Result<Beside, StoreError>;

    /// After a commit: whether it went into the database that was there before.
    async fn confirm(&mut self) -> Result<(), StoreError>;

    /// Remembers a head outside of the database. With `durably` before anybody is told of it; with
    /// `alone` nothing else counts from then on.
    async fn remember(&mut self, seen: &Seen, durably: bool, alone: bool)
    -> Result<(), StoreError>;

    /// Tells the programs beside this one what it has seen of another state of the database.
    fn warn(&mut self, seen: &[Seen]) -> Result<(), StoreError>;

    /// Whether nobody has touched the database since the last write, as far as this is cheap to
    /// know.
    fn is_unchanged(&self) -> bool;

    /// Frees room that is taken in vain.
    async fn make_room(&mut self);

    /// Between batches.
    async fn tend(&mut self);

    /// After a failure: ends whatever is still open.
    async fn reset(&mut self, fault: Option<&Fault>);

    async fn close(&mut self);

    /// Whether its work holds up the thread that does it.
    fn blocks(&self) -> bool {
        false
    }
}
