//! The driver's types under the names that the statements use, and what its errors mean.

use super::sqlite::file;
use ipxe_orch_core::stores::StoreError;
use sqlx::error::DatabaseError;
use std::{error::Error, path::Path, sync::Arc};

pub(super) use sqlx::{
    Sqlite as Database, SqliteConnection as Connection, SqlitePool as Pool,
    sqlite::{SqliteArguments as Arguments, SqliteRow as Row},
};

/// Primary result codes of SQLite (<https://www.sqlite.org/rescode.html>).
mod code {
    pub(super) const BUSY: i32 = 5;
    pub(super) const READONLY: i32 = 8;
    pub(super) const FULL: i32 = 13;
    pub(super) const IOERR: i32 = 10;
    pub(super) const CORRUPT: i32 = 11;
    pub(super) const CANTOPEN: i32 = 14;
    pub(super) const CONSTRAINT: i32 = 19;
    pub(super) const NOTADB: i32 = 26;
    /// Read-only, I/O error, corrupt, cannot open, protocol, no database: the file or its log is the
    /// reason.
    pub(super) const OF_THE_FILE: [i32; 6] = [8, 10, 11, 14, 15, 26];
    /// Busy, locked, no memory, protocol: it may pass.
    pub(super) const PASSING: [i32; 4] = [5, 6, 7, 15];
}

/// The primary result code; the low byte of the extended one.
fn primary_code(error: &sqlx::Error) -> Option<i32> {
    let code: i32 = error.as_database_error()?.code()?.parse().ok()?;
    Some(code & 0xff)
}

/// Whether a unique or primary key was taken.
pub(super) fn is_unique_violation(error: &sqlx::Error) -> bool {
    error.as_database_error().is_some_and(DatabaseError::is_unique_violation)
}

/// Whether the database refused a row; the transaction goes on.
pub(super) fn is_constraint_violation(error: &sqlx::Error) -> bool {
    primary_code(error) == Some(code::CONSTRAINT)
}

/// Whether another connection had the lock.
pub(super) fn is_busy(error: &sqlx::Error) -> bool {
    primary_code(error) == Some(code::BUSY)
}

/// Whether there is no room left on the disk.
pub(super) fn is_full(error: &sqlx::Error) -> bool {
    primary_code(error) == Some(code::FULL)
}

/// Whether new connections may help once somebody has mended or replaced the file.
pub(super) fn is_of_the_file(error: &sqlx::Error) -> bool {
    primary_code(error).is_some_and(|code| code::OF_THE_FILE.contains(&code))
}

/// What a caller is told of a failure; shared, as one failure may end many jobs.
pub(super) fn store_error(error: &Arc<sqlx::Error>, path: &Path) -> StoreError {
    let source: Box<dyn Error + Send + Sync> = Box::new(Arc::clone(error));
    match (&**error, primary_code(error)) {
        (_, Some(code::READONLY)) => {
            let why = || format!("{} cannot be written", path.display());
            StoreError::ReadOnly(file::not_writable(path).unwrap_or_else(why))
        }
        (_, Some(code::FULL)) => {
            StoreError::Full(format!("free some space for {}", path.display()))
        }
        (_, Some(code::CANTOPEN | code::IOERR)) => {
            StoreError::Unavailable(file::not_writable(path).map_or(source, Into::into))
        }
        (_, Some(code::CORRUPT)) => StoreError::Corrupt("the file is malformed".to_owned()),
        (_, Some(code::NOTADB)) => StoreError::Corrupt("the file is no database".to_owned()),
        (_, Some(code)) if code::PASSING.contains(&code) => StoreError::Unavailable(source),
        (
            sqlx::Error::Io(_)
            | sqlx::Error::PoolTimedOut
            | sqlx::Error::PoolClosed
            | sqlx::Error::WorkerCrashed,
            _,
        ) => StoreError::Unavailable(source),
        _ => StoreError::Backend(source),
    }
}
