//! What the failures of MySQL and MariaDB mean.

use super::super::driver::{Fault, FaultKind};
use sqlx::mysql::MySqlDatabaseError;

/// Numbers of errors
/// (<https://dev.mysql.com/doc/mysql-errors/9.0/en/server-error-reference.html>,
/// <https://mariadb.com/kb/en/mariadb-error-code-reference/>).
fn meaning(number: u16) -> FaultKind {
    match number {
        // Duplicate entries.
        1022 | 1062 | 1586 => FaultKind::Taken,
        // NULL, too long, out of range, foreign keys, checks (MySQL, MariaDB).
        1048 | 1264 | 1406 | 1451 | 1452 | 3819 | 4025 => FaultKind::Refused,
        // Too many connections, a row that changed, a lock that took too long, a deadlock. Galera
        // also tells conflicts with other nodes as deadlocks, at a commit as well; and that its node
        // is late as a lock that took too long.
        1020 | 1040 | 1203 | 1205 | 1213 => FaultKind::Again,
        // The server stops, the connection or statement was killed. A node of Galera is cut off from
        // its cluster: it was before (1047), or became so (1180), and then a commit may have reached
        // the others.
        1047 | 1053 | 1180 | 1317 | 1927 => FaultKind::Lost,
        // Options, transactions and servers that only read.
        1290 | 1792 | 1836 => FaultKind::ReadOnly,
        1021 | 1114 => FaultKind::Full,
        // Files that cannot be opened, errors of the storage engine.
        1016 | 1017 | 1030 => FaultKind::Unreadable,
        // Damaged tables.
        126 | 127 | 134 | 144 | 145 | 1034 | 1194 => FaultKind::Corrupt("a table is damaged"),
        _ => FaultKind::Other,
    }
}

/// The number of an error of the server.
pub(super) fn number(error: &sqlx::Error) -> Option<u16> {
    let error = error.as_database_error()?.try_downcast_ref::<MySqlDatabaseError>()?;
    Some(error.number())
}

/// The driver's failure with its meaning.
pub(super) fn fault(error: sqlx::Error) -> Fault {
    let kind = match (&error, number(&error)) {
        (_, Some(number)) => meaning(number),
        (sqlx::Error::PoolTimedOut, _) => FaultKind::Again,
        (
            sqlx::Error::Io(_)
            | sqlx::Error::Tls(_)
            | sqlx::Error::Protocol(_)
            | sqlx::Error::PoolClosed
            | sqlx::Error::WorkerCrashed,
            _,
        ) => FaultKind::Lost,
        _ => FaultKind::Other,
    };
    Fault::new(kind, error)
}
