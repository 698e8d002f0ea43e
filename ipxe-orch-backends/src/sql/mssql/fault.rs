//! What the failures of SQL Server mean.

use super::super::driver::{Fault, FaultKind};
use tiberius::error::Error;

/// The number with which Babelfish, an open server for the language of SQL Server, tells most of
/// its failures. Only their text tells them apart.
const BABELFISH: u32 = 33_557_097;

/// Numbers of errors
/// (<https://learn.microsoft.com/en-us/sql/relational-databases/errors-events/database-engine-events-and-errors>).
fn meaning(number: u32, message: &str) -> FaultKind {
    match number {
        // Unique indexes and constraints.
        2601 | 2627 => FaultKind::Taken,
        // NULL, foreign keys and checks, too long, out of range.
        515 | 547 | 2628 | 8115 | 8152 => FaultKind::Refused,
        // Too little memory or too many locks, a deadlock, a lock that took too long, a row that
        // changed, somebody else who changes the tables; Azure is busy, or moves the database.
        701
        | 802
        | 1204
        | 1205
        | 1222
        | 3960
        | 8645
        | 50_010
        | 10_928
        | 10_929
        | 40_197
        | 40_501
        | 40_613
        | 49_918..=49_920 => FaultKind::Again,
        // The session was ended, the server stops, the database starts or is on another replica.
        596 | 921 | 922 | 952 | 976 | 983 | 6005 | 17_142 => FaultKind::Lost,
        // The database takes no writes.
        3906 => FaultKind::ReadOnly,
        // A file or the log is full.
        1101 | 1105 | 9002 => FaultKind::Full,
        // No such database, it cannot be opened, the login is refused.
        823 | 911 | 916 | 926 | 945 | 4060 | 4064 | 18_452 | 18_456 | 18_470 | 18_487 | 18_488 => {
            FaultKind::Unreadable
        }
        605 | 824 | 5242 | 5243 => FaultKind::Corrupt("a page of the database is damaged"),
        BABELFISH => by_text(message),
        _ => FaultKind::Other,
    }
}

fn by_text(message: &str) -> FaultKind {
    let passing = ["could not serialize", "lock timeout", "deadlock detected"];
    if passing.iter().any(|text| message.contains(text)) {
        FaultKind::Again
    } else if message.contains("read-only transaction") {
        FaultKind::ReadOnly
    } else {
        FaultKind::Other
    }
}

fn kind(error: &Error) -> FaultKind {
    match error {
        Error::Server(error) => meaning(error.code(), error.message()),
        Error::Io { .. } | Error::Protocol(_) | Error::Tls(_) | Error::Routing { .. } => {
            FaultKind::Lost
        }
        #[cfg(feature = "mssql-gssapi")]
        Error::Gssapi(_) => FaultKind::Unreadable,
        _ => FaultKind::Other,
    }
}

/// The driver's failure with its meaning.
pub(super) fn fault(error: Error) -> Fault {
    Fault::new(kind(&error), error)
}

/// The failure of a commit. Only who loses against another transaction was certainly rolled back:
/// after everything else that may pass, nobody knows what became of it.
pub(super) fn of_commit(error: Error) -> Fault {
    match kind(&error) {
        FaultKind::Again if !was_rolled_back(&error) => Fault::new(FaultKind::Lost, error),
        kind => Fault::new(kind, error),
    }
}

fn was_rolled_back(error: &Error) -> bool {
    matches!(error.code(), Some(1205 | 3960 | BABELFISH))
}

/// Whether the server has told the failure and keeps the connection.
pub(super) fn leaves_connected(error: &Error) -> bool {
    // From severity 20 on it ends the connection
    // (https://learn.microsoft.com/en-us/sql/relational-databases/errors-events/database-engine-error-severities).
    matches!(error, Error::Server(error) if error.class() < 20)
}

/// Whether another try to connect may succeed, though nobody has mended anything. A login that is
/// refused is not tried again, because some servers lock it then.
pub(super) fn may_connect_later(error: &Error) -> bool {
    match error {
        Error::Io { .. } => true,
        Error::Server(_) => matches!(kind(error), FaultKind::Again | FaultKind::Lost),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn means(number: u32) -> FaultKind {
        meaning(number, "")
    }

    #[test]
    fn numbers_say_what_to_do_next() {
        let kinds = [
            (FaultKind::Taken, [2601, 2627].as_slice()),
            (FaultKind::Refused, &[515, 547, 2628, 8152]),
            (FaultKind::Again, &[1205, 1222, 3960, 40_197, 40_501, 40_613, 49_918, 10_928]),
            (FaultKind::Lost, &[596, 983, 6005]),
            (FaultKind::ReadOnly, &[3906]),
            (FaultKind::Full, &[1105, 9002]),
            (FaultKind::Unreadable, &[911, 4060, 18_456]),
            (FaultKind::Other, &[102, 207, 208, 229, 334, 3902]),
        ];
        for (kind, numbers) in kinds {
            for number in numbers {
                assert_eq!(means(*number), kind, "{number}");
            }
        }
    }

    #[test]
    fn babelfish_says_what_happened_in_words() {
        let says = |text| meaning(BABELFISH, text);
        let conflict = "could not serialize access due to concurrent update";
        assert_eq!(says(conflict), FaultKind::Again);
        assert_eq!(says("canceling statement due to lock timeout"), FaultKind::Again);
        assert_eq!(says("relation \"x\" does not exist"), FaultKind::Other);
    }

    #[test]
    fn a_connection_that_ends_in_a_commit_says_nothing_of_it() {
        let cut = || Error::Io { kind: std::io::ErrorKind::UnexpectedEof, message: String::new() };
        assert_eq!(of_commit(cut()).kind(), FaultKind::Lost);
        assert!(!leaves_connected(&cut()));
        assert!(may_connect_later(&cut()));
    }
}
