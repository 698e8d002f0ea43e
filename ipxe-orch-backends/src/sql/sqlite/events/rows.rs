//! The rows of the events file.

use super::super::{
    super::{
        driver::Session,
        error::Done,
        row::{Columns, to_i64, to_json},
        scope,
        statement::{Bind as _, Statement},
    },
    options::EventRetention,
};
use ipxe_orch_core::{
    auth::Grant,
    ids::HostId,
    stores::{BootEvent, EventFilter, StoreError},
};

/// An event that is ready to be stored.
#[derive(Debug)]
pub(super) struct EventRow {
    at: i64,
    host: Option<HostId>,
    alert: bool,
    text: String,
}

impl EventRow {
    pub(super) fn new(event: &BootEvent) -> Result<Self, StoreError> {
        let BootEvent { host, alert, .. } = *event;
        Ok(Self { at: event.at.as_millis(), host, alert, text: to_json(event)? })
    }
}

/// Stores events and drops some that are too old or too many, all in one transaction.
pub(super) async fn write(
    session: &mut dyn Session,
    events: &[EventRow],
    keep: &EventRetention,
) -> Done<()> {
    session.run(Statement::new("BEGIN IMMEDIATE")).await?;
    insert(session, events).await?;
    // The newest event tells the time: the store has no clock.
    if let Some(now) = events.iter().map(|event| event.at).max() {
        drop_old(session, now, keep).await?;
    }
    session.run(Statement::new("COMMIT")).await?;
    Ok(())
}

/// Rows that one transaction drops at most: more than a batch brings, and few enough to be quick.
const DROPPED: i64 = 2_000;

async fn drop_old(session: &mut dyn Session, now: i64, keep: &EventRetention) -> Done<()> {
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
    let age = i64::try_from(keep.age.as_millis()).unwrap_or(i64::MAX);
    let oldest = now.saturating_sub(age);
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
        let (at, text) = (event.at.into_value(), event.text.as_str().into_value());
        let alert = event.alert.into_value();
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

/// The newest first; those without a host only for who may see all hosts. `unproved`: whether the
/// file has the table for them.
pub(super) async fn list(
    session: &mut dyn Session,
    grant: &Grant,
    filter: &EventFilter,
    unproved: bool,
) -> Done<Vec<BootEvent>> {
    let limit = i64::from(filter.page_size());
    let mut query = Statement::new(
        "SELECT * FROM (SELECT id, id AS place, 0 AS unproved, at, event FROM boot_events WHERE 1 = 1",
    );
    if !grant.scope().is_all() {
        query.push(" AND EXISTS (SELECT 1 FROM hosts h WHERE h.id = boot_events.host_id");
        scope::push(&mut query, grant.scope());
        query.push(")");
    }
    if let Some(host) = filter.host {
        query.push(" AND host_id = ").push_bind(host);
    }
    push_filter(&mut query, filter);
    query.push(" ORDER BY at DESC, id DESC LIMIT ").push_bind(limit).push(")");
    if unproved && grant.scope().is_all() && filter.host.is_none() {
        query.push(" UNION ALL SELECT * FROM (SELECT id, place, 1, at, event FROM unproved_events");
        query.push(" WHERE 1 = 1");
        push_filter(&mut query, filter);
        query.push(" ORDER BY at DESC, id DESC LIMIT ").push_bind(limit).push(")");
    }
    query.push(" ORDER BY at DESC, place DESC, unproved DESC, id DESC LIMIT ").push_bind(limit);
    let rows = session.rows(query).await?;
    let event = |row| Columns { row, table: "boot_events", key: "id" }.json("event");
    rows.iter().map(event).collect()
}

fn push_filter(query: &mut Statement, filter: &EventFilter) {
    if let Some(since) = filter.since {
        query.push(" AND at >= ").push_bind(since);
    }
    if filter.alerts {
        query.push(" AND alert = 1");
    }
}
