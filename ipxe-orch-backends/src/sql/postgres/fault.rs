//! What the failures of PostgreSQL mean.

use super::super::driver::{Fault, FaultKind};

/// `SQLSTATE` codes (<https://www.postgresql.org/docs/current/errcodes-appendix.html>).
fn meaning(code: &str) -> FaultKind {
    match code {
        // unique_violation
        "23505" => FaultKind::Taken,
        // Too many connections, no serialization, a deadlock, a lock or statement that took too long.
        "53300" | "40001" | "40P01" | "55P03" | "57014" => FaultKind::Again,
        // read_only_sql_transaction
        "25006" => FaultKind::ReadOnly,
        // disk_full
        "53100" => FaultKind::Full,
        // io_error
        "58030" => FaultKind::Unreadable,
        // data_corrupted, index_corrupted
        "XX001" | "XX002" => FaultKind::Corrupt("a table or index is damaged"),
        // The server stops, or ends the connection.
        "57P01" | "57P02" | "57P03" => FaultKind::Lost,
        // Values that do not fit, other constraints.
        _ if code.starts_with("22") || code.starts_with("23") => FaultKind::Refused,
        // Connections.
        _ if code.starts_with("08") => FaultKind::Lost,
        _ => FaultKind::Other,
    }
}

/// The driver's failure with its meaning.
pub(super) fn fault(error: sqlx::Error) -> Fault {
    let kind = match &error {
        sqlx::Error::Database(error) => {
            error.code().map_or(FaultKind::Other, |code| meaning(&code))
        }
        sqlx::Error::PoolTimedOut => FaultKind::Again,
        sqlx::Error::Io(_)
        | sqlx::Error::Tls(_)
        | sqlx::Error::Protocol(_)
        | sqlx::Error::PoolClosed
        | sqlx::Error::WorkerCrashed => FaultKind::Lost,
        _ => FaultKind::Other,
    };
    Fault::new(kind, error)
}
