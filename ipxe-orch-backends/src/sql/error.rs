//! Failures inside a transaction, and of opening a database.

use super::driver::{Fault, FaultKind};
use ipxe_orch_core::stores::StoreError;
use std::{error::Error, path::PathBuf};

/// Why a statement or a job failed.
#[derive(Debug)]
pub(super) enum Failure {
    /// The store refuses the job, and no other one.
    Refused(StoreError),
    /// The driver failed. The state of the transaction is not known.
    Driver(Fault),
}

pub(super) type Done<T> = Result<T, Failure>;

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::Refused(error)
    }
}

impl From<Fault> for Failure {
    fn from(fault: Fault) -> Self {
        match fault.kind() {
            FaultKind::Refused => {
                Self::Refused(StoreError::Invalid(format!("it cannot be stored: {fault}")))
            }
            _ => Self::Driver(fault),
        }
    }
}

/// Why a database cannot be opened. Nothing was changed then.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The URL names no database. It is not repeated, because it may hold a password.
    #[error("the URL of the database is wrong: {why}")]
    Url {
        /// What is wrong, and what to write instead.
        why: &'static str,
    },
    /// The file could not be made.
    #[error("{} cannot be created", .path.display())]
    Create {
        /// The path of the file.
        path: PathBuf,
        /// The error behind it.
        source: std::io::Error,
    },
    /// The file went away while it was opened.
    #[error("the file went away")]
    Gone(#[source] Box<ipxe_orch_core::stores::StoreError>),
    /// The file with the last heads of the audit chains cannot be used.
    #[error("the file beside the database")]
    Heads(#[source] Box<dyn Error + Send + Sync>),
    /// Other users may read or write the file.
    #[error("{}: other users may access it (mode {mode:04o}): run `chmod 600 {}`", .path.display(), .path.display())]
    Exposed {
        /// The path of the file.
        path: PathBuf,
        /// Its mode.
        mode: u32,
    },
    /// The file is a database of another program.
    #[error("{} is a database, but not one of ipxe-orch: give another path", .path.display())]
    Foreign {
        /// The path of the file.
        path: PathBuf,
    },
    /// A database of a server has tables of another program.
    #[error("database {name} has tables, but not those of ipxe-orch: make a database for it alone")]
    ForeignSchema {
        /// The name of the database.
        name: String,
    },
    /// A copy into it is under way, or was cut off.
    #[error(
        "it is an incomplete copy of another database: wait until `database copy` or `database \
         restore` has ended, or run it again"
    )]
    Incomplete,
    /// The server's version or settings do not keep what a lease needs.
    #[error("{0}")]
    Settings(String),
    /// The server takes no statements now, as a node that is cut off from its cluster or joins it.
    #[error("the database server is not ready: {0}")]
    NotReady(String),
    /// A newer program has changed the tables.
    #[error("made by a newer ipxe-orch (schema {found}, this one knows {known}): update ipxe-orch")]
    Newer {
        /// The schema version of the database.
        found: i64,
        /// The schema version of this program.
        known: i64,
    },
    /// The database lacks tables or columns, and opening it was not to make them.
    #[error("its tables are not up to date: schema {found}, and this program needs {known}")]
    Outdated {
        /// The schema version of the database; 0 if it is empty.
        found: i64,
        /// The schema version of this program.
        known: i64,
    },
    /// A migration that was applied is not the one that this program has.
    #[error(
        "migration {version} of the database is not this program's: \
         restore a backup, or use the ipxe-orch that made it"
    )]
    Altered {
        /// The version of the migration.
        version: i64,
    },
    /// The file system has no shared memory or no locks, like most network file systems.
    #[error("SQLite cannot use its write-ahead log here: keep the database on a local disk")]
    NoWriteAheadLog,
    /// The database failed.
    #[error("the database cannot be opened")]
    Driver(#[source] Box<dyn Error + Send + Sync>),
}

impl From<Failure> for OpenError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Refused(error) => Self::Driver(Box::new(error)),
            Failure::Driver(fault) => fault.into(),
        }
    }
}

impl From<Fault> for OpenError {
    fn from(fault: Fault) -> Self {
        Self::Driver(Box::new(fault))
    }
}
