//! The tables of the events file.

use super::super::{super::error::OpenError, connect, fault::fault};
use rusqlite::Connection;

/// The first one makes version 1 out of nothing, and so on.
pub(in super::super) const STEPS: [&str; 3] = [
    include_str!("../../../../migrations/sqlite-events/0001_events.sql"),
    include_str!("../../../../migrations/sqlite-events/0002_alerts.sql"),
    include_str!("../../../../migrations/sqlite-events/0003_unproved.sql"),
];

/// Of the schema, as the file's `user_version`.
pub(super) const VERSION: usize = STEPS.len();
/// The version from which alerts are in a column.
pub(super) const ALERTS: usize = 2;
/// The version from which events of who proved nothing are in a table of their own.
pub(super) const UNPROVED: usize = 3;

/// The version of a file: 0 if nothing was written to it.
pub(super) fn version(connection: &Connection) -> Result<usize, OpenError> {
    let found = connection.query_one("PRAGMA user_version", (), |row| row.get(0));
    let found: i64 = found.map_err(fault)?;
    let known = i64::try_from(VERSION).unwrap_or(i64::MAX);
    let read = usize::try_from(found).ok().filter(|found| *found <= VERSION);
    read.ok_or(OpenError::Newer { found, known })
}

/// Brings the tables up to date, in one transaction.
pub(in super::super) async fn bring_up(connection: &mut Connection) -> Result<(), OpenError> {
    if version(connection)? == VERSION {
        return Ok(());
    }
    connect::use_write_ahead_log(connection).await?;
    connect::execute(connection, "BEGIN IMMEDIATE")?;
    // Another program may have done it while this one waited for the lock.
    let found = version(connection)?;
    for step in STEPS.iter().skip(found) {
        connect::execute(connection, step)?;
    }
    connect::execute(connection, "COMMIT")
}
