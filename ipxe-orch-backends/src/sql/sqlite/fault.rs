//! What the failures of SQLite mean.

use super::{
    super::driver::{Fault, FaultKind},
    file,
};
use ipxe_orch_core::stores::StoreError;
use std::{error::Error, path::Path, sync::Arc};

/// Primary result codes of SQLite (<https://www.sqlite.org/rescode.html>).
mod code {
    pub(super) const BUSY: i32 = 5;
    pub(super) const LOCKED: i32 = 6;
    pub(super) const NOMEM: i32 = 7;
    pub(super) const READONLY: i32 = 8;
    pub(super) const IOERR: i32 = 10;
    pub(super) const CORRUPT: i32 = 11;
    pub(super) const FULL: i32 = 13;
    pub(super) const CANTOPEN: i32 = 14;
    pub(super) const PROTOCOL: i32 = 15;
    pub(super) const CONSTRAINT: i32 = 19;
    pub(super) const NOTADB: i32 = 26;
}

/// The primary result code; the low byte of the extended one.
fn primary_code(error: &sqlx::Error) -> Option<i32> {
    let code: i32 = error.as_database_error()?.code()?.parse().ok()?;
    Some(code & 0xff)
}

/// Whether another connection had the lock.
pub(super) fn is_busy(error: &sqlx::Error) -> bool {
    primary_code(error) == Some(code::BUSY)
}

/// The driver's failure with its meaning.
pub(super) fn fault(error: sqlx::Error) -> Fault {
    let kind = match (&error, primary_code(&error)) {
        (sqlx::Error::Database(error), _) if error.is_unique_violation() => FaultKind::Taken,
        (_, Some(code::CONSTRAINT)) => FaultKind::Refused,
        (_, Some(code::READONLY)) => FaultKind::ReadOnly,
        (_, Some(code::FULL)) => FaultKind::Full,
        (_, Some(code::CANTOPEN | code::IOERR | code::PROTOCOL)) => FaultKind::Unreadable,
        (_, Some(code::CORRUPT)) => FaultKind::Corrupt("the file is malformed"),
        (_, Some(code::NOTADB)) => FaultKind::Corrupt("the file is no database"),
        (_, Some(code::BUSY | code::LOCKED | code::NOMEM)) | (sqlx::Error::PoolTimedOut, _) => {
            FaultKind::Again
        }
        (sqlx::Error::Io(_) | sqlx::Error::PoolClosed | sqlx::Error::WorkerCrashed, _) => {
            FaultKind::Lost
        }
        _ => FaultKind::Other,
    };
    Fault::new(kind, error)
}

/// Whether new connections may help once somebody has mended or replaced the file.
pub(super) fn is_of_the_file(fault: &Fault) -> bool {
    matches!(fault.kind(), FaultKind::ReadOnly | FaultKind::Unreadable | FaultKind::Corrupt(_))
}

/// What a caller is told of a failure of the file at `path`.
pub(super) fn tell(fault: &Arc<Fault>, path: &Path) -> StoreError {
    let source: Box<dyn Error + Send + Sync> = Box::new(Arc::clone(fault));
    match fault.kind() {
        FaultKind::ReadOnly => {
            let why = || format!("{} cannot be written", path.display());
            StoreError::ReadOnly(file::not_writable(path).unwrap_or_else(why))
        }
        FaultKind::Full => StoreError::Full(format!("free some space for {}", path.display())),
        FaultKind::Unreadable => {
            StoreError::Unavailable(file::not_writable(path).map_or(source, Into::into))
        }
        FaultKind::Corrupt(how) => StoreError::Corrupt(how.to_owned()),
        FaultKind::Again | FaultKind::Lost => StoreError::Unavailable(source),
        FaultKind::Taken | FaultKind::Refused | FaultKind::Other => StoreError::Backend(source),
    }
}
