//! The embedded database: a file with one writer and a few readers, and a file of events.
//!
//! Here is what only a database in a file needs: its options, its files and what is beside them,
//! its connections, its lock.

mod apart;
mod backup;
mod connect;
mod events;
mod fault;
mod file;
mod names;
mod options;
#[cfg(test)]
mod plans;
mod primary;
mod readers;
mod session;
mod settle;
mod side;
mod threads;
mod whole;
mod write_lock;

use super::{
    error::OpenError,
    migrate::{self, Schema},
    store::SqlStore,
};
use apart::apart;
use events::EventsFile;
use primary::FileWriter;
use readers::Readers;
use std::sync::Arc;

pub use backup::{backup, restore};
pub use names::{NameKind, names};
pub use options::SqliteOptions;
pub(super) use side::FileSide;

/// A database in a file.
#[derive(Debug)]
pub struct Sqlite(());

/// Hosts, leases, profiles and audit in one SQLite file, boot events in another one beside it.
///
/// The file of events is made when the first event comes. Without the file there are no events. An
/// error of that file affects nothing else.
///
/// Several programs on one machine may use the file at the same time; each sees at once what
/// another has written. It needs a tokio runtime.
pub type SqliteStore = SqlStore<Sqlite>;

impl SqliteStore {
    /// Opens the database, makes it if it is not there, and brings its tables up to date.
    ///
    /// # Errors
    /// [`OpenError`]. A database that this program does not understand is not changed.
    pub async fn open(options: SqliteOptions) -> Result<Self, OpenError> {
        Self::migrate(&options).await?;
        let readers = Readers::new(&options);
        migrate::require_complete(&readers).await?;
        let writer = FileWriter::new(&options, readers.clone());
        let events = EventsFile::new(&options);
        Ok(Self::new(options.chain, Arc::new(readers), Box::new(writer), Box::new(events)))
    }

    /// Looks at the tables of a file, and changes nothing.
    ///
    /// # Errors
    /// [`OpenError`] if there is no such file, or if it is a database of another program.
    pub async fn schema(options: &SqliteOptions) -> Result<Schema, OpenError> {
        let path = options.path.clone();
        apart(async move || connect::schema(&path).await).await?
    }

    /// Makes the file if it is not there, brings its tables up to date, and gives what there was
    /// before.
    ///
    /// # Errors
    /// [`OpenError`]. A database that this program does not understand is not changed.
    pub async fn migrate(options: &SqliteOptions) -> Result<Schema, OpenError> {
        let options = options.clone();
        apart(async move || connect::prepare(&options).await).await?
    }
}
