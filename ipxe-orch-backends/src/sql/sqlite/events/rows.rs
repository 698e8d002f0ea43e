//! The rows of the events file.

use super::super::super::{
    driver::Session,
    error::Done,
    events::{DROPPED, EventRetention, EventRow},
    row::{Columns, to_i64},
    statement::{Bind as _, Statement},
};
use ipxe_orch_core::stores::BootEvent;

/// Stores events and drops some that are too old or too many, all in one transaction.
pub(super) async fn write(
    session: &mut dyn Session,
    events: &[EventRow],
    keep: &EventRetention,
) -> Done<()> {
    session.run(Statement::new("BEGIN IMMEDIATE")).await?;
    insert(session, events).await?;
    if let Some(oldest) = keep.oldest(events) {
        drop_old(session, oldest, keep).await?;
    }
    session.run(Statement::new("COMMIT")).await?;
    Ok(())
}

async fn drop_old(session: &mut dyn Session, oldest: i64, keep: &EventRetention) -> Done<()> {
    const BY_TIME: [&str; 2] = [
        "DELETE FROM boot_events WHERE id IN \
         (SELECT id FROM boot_events WHERE at < ? ORDER BY at LIMIT ?)",
        "DELETE FROM unproved_events WHERE id IN \
         (SELECT id FROM unproved_events WHERE at < ? ORDER BY at LIMIT ?)",
    ];
    const BY_NUMBER: &str = "DELETE FROM boot_events WHERE id IN (SELECT id FROM boot_events \
        WHERE id <= (SELECT max(id) FROM boot_events) - ? ORDER BY id LIMIT ?)";
    const UNPROVED: &str = "DELETE FROM unproved_events \
        WHERE id <= (SELECT max(id) FROM unproved_events) - ?";
    for sql in BY_TIME {
        session.run(Statement::new(sql).bind(oldest).bind(DROPPED)).await?;
    }
    let rows = to_i64(keep.rows)?;
    session.run(Statement::new(BY_NUMBER).bind(rows).bind(DROPPED)).await?;
    session.run(Statement::new(UNPROVED).bind(BootEvent::MAX_UNPROVED)).await?;
    Ok(())
}

/// Events of hosts are numbered without gaps, whatever comes between them: their number tells which
/// are too many. The others have the place after which they came.
async fn insert(session: &mut dyn Session, events: &[EventRow]) -> Done<()> {
    const LAST: &str = "SELECT coalesce(max(id), 0) AS last FROM boot_events";
    const PROVED: &str = "INSERT INTO boot_events (id, at, host_id, alert, event)";
    const UNPROVED: &str = "INSERT INTO unproved_events (place, at, alert, event)";
    let row = session.row(Statement::new(LAST)).await?;
    let mut last: i64 = row.map_or(Ok(0), |row| {
        Columns { row: &row, table: "boot_events", key: "last" }.get("last")
    })?;
    let (mut proved, mut unproved) = (Vec::new(), Vec::new());
    for event in events {
        let [at, alert, text] = event.columns();
        if let Some(host) = event.host {
            last += 1;
            proved.push(vec![last.into_value(), at, host.into_value(), alert, text]);
        } else {
            unproved.push(vec![last.into_value(), at, alert, text]);
        }
    }
    for insert in Statement::inserts(PROVED, proved).chain(Statement::inserts(UNPROVED, unproved)) {
        session.run(insert).await?;
    }
    Ok(())
}
