//! What the failures of SQLite mean.

use super::{
    super::driver::{Fault, FaultKind},
    file,
};
use ipxe_orch_core::stores::StoreError;
use rusqlite::Error;
use std::{path::Path, sync::Arc};

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

    /// Extended ones: a primary key, a unique column or a row's number that there is already.
    pub(super) const TAKEN: [i32; 3] = [1555, 2067, 2579];
}

/// The extended result code; its low byte is the primary one.
fn result_code(error: &Error) -> Option<i32> {
    match error {
        Error::SqliteFailure(error, _) | Error::SqlInputError { error, .. } => {
            Some(error.extended_code)
        }
        _ => None,
    }
}

/// Whether another connection had the lock.
pub(super) fn is_busy(error: &Error) -> bool {
    result_code(error).is_some_and(|code| code & 0xff == code::BUSY)
}

/// The driver's failure with its meaning.
pub(super) fn fault(error: Error) -> Fault {
    let extended = result_code(&error);
    let kind = match extended.map(|code| code & 0xff) {
        _ if extended.is_some_and(|code| code::TAKEN.contains(&code)) => FaultKind::Taken,
        Some(code::CONSTRAINT) => FaultKind::Refused,
        Some(code::READONLY) => FaultKind::ReadOnly,
        Some(code::FULL) => FaultKind::Full,
        Some(code::CANTOPEN | code::IOERR | code::PROTOCOL) => FaultKind::Unreadable,
        Some(code::CORRUPT) => FaultKind::Corrupt("the file is malformed"),
        Some(code::NOTADB) => FaultKind::Corrupt("the file is no database"),
        Some(code::BUSY | code::LOCKED | code::NOMEM) => FaultKind::Again,
        _ => FaultKind::Other,
    };
    match error {
        // Its source would say the same once more.
        Error::SqliteFailure(error, Some(text)) => {
            Fault::new(kind, format!("{text} (SQLite error {})", error.extended_code))
        }
        error => Fault::new(kind, error),
    }
}

/// Whether new connections may help once somebody has mended or replaced the file.
pub(super) fn is_of_the_file(fault: &Fault) -> bool {
    matches!(fault.kind(), FaultKind::ReadOnly | FaultKind::Unreadable | FaultKind::Corrupt(_))
}

/// What a caller is told of a failure of the file at `path`.
pub(super) fn tell(fault: &Arc<Fault>, path: &Path) -> StoreError {
    let source: Box<dyn std::error::Error + Send + Sync> = Box::new(Arc::clone(fault));
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
