//! The rows of the events file.

use super::super::{
    driver::Connection,
    error::Done,
    options::EventRetention,
    row::{Columns, to_i64, to_json},
    scope,
};
use ipxe_orch_core::{
    auth::Grant,
    ids::HostId,
    stores::{BootEvent, EventFilter, StoreError},
};
use sqlx::QueryBuilder;

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

/// Rows of one statement: well below SQLite's 32,766 values.
const CHUNK: usize = 500;

/// Stores events and drops some that are too old or too many, all in one transaction.
pub(super) async fn write(
    connection: &mut Connection,
    events: &[EventRow],
    keep: &EventRetention,
) -> Done<()> {
    sqlx::query("BEGIN IMMEDIATE").execute(&mut *connection).await?;
    insert(connection, events).await?;
    // The newest event tells the time: the store has no clock.
    if let Some(now) = events.iter().map(|event| event.at).max() {
        drop_old(connection, now, keep).await?;
    }
    sqlx::query("COMMIT").execute(connection).await?;
    Ok(())
}

/// Rows that one transaction drops at most: more than a batch brings, and few enough to be quick.
const DROPPED: i64 = 2_000;

async fn drop_old(connection: &mut Connection, now: i64, keep: &EventRetention) -> Done<()> {
    const BY_TIME: &str = "DELETE FROM boot_events WHERE id IN \
        (SELECT id FROM boot_events WHERE at < ? ORDER BY at LIMIT ?)";
    const BY_NUMBER: &str = "DELETE FROM boot_events WHERE id IN (SELECT id FROM boot_events \
        WHERE id <= (SELECT max(id) FROM boot_events) - ? ORDER BY id LIMIT ?)";
    let age = i64::try_from(keep.age.as_millis()).unwrap_or(i64::MAX);
    let oldest = now.saturating_sub(age);
    sqlx::query(BY_TIME).bind(oldest).bind(DROPPED).execute(&mut *connection).await?;
    let rows = to_i64(keep.rows)?;
    sqlx::query(BY_NUMBER).bind(rows).bind(DROPPED).execute(connection).await?;
    Ok(())
}

async fn insert(connection: &mut Connection, events: &[EventRow]) -> Done<()> {
    for chunk in events.chunks(CHUNK) {
        let mut query = QueryBuilder::new("INSERT INTO boot_events (at, host_id, alert, event) ");
        query.push_values(chunk, |mut row, event| {
            row.push_bind(event.at);
            row.push_bind(event.host.map(|host| host.as_bytes().to_vec()));
            row.push_bind(i64::from(event.alert));
            row.push_bind(event.text.clone());
        });
        // The number of rows differs each time: nothing to keep prepared.
        query.build().persistent(false).execute(&mut *connection).await?;
    }
    Ok(())
}

/// The newest first; those without a host only for who may see all hosts.
pub(super) async fn list(
    connection: &mut Connection,
    grant: &Grant,
    filter: &EventFilter,
) -> Done<Vec<BootEvent>> {
    let mut query = QueryBuilder::new("SELECT id, event FROM boot_events WHERE 1 = 1");
    if !grant.scope().is_all() {
        query.push(" AND EXISTS (SELECT 1 FROM hosts h WHERE h.id = boot_events.host_id");
        scope::push(&mut query, grant.scope());
        query.push(")");
    }
    if let Some(host) = filter.host {
        query.push(" AND host_id = ").push_bind(host.as_bytes().to_vec());
    }
    if let Some(since) = filter.since {
        query.push(" AND at >= ").push_bind(since.as_millis());
    }
    if filter.alerts {
        query.push(" AND alert = 1");
    }
    let limit = i64::from(filter.page_size());
    query.push(" ORDER BY at DESC, id DESC LIMIT ").push_bind(limit);
    let rows = query.build().fetch_all(connection).await?;
    let event = |row| Columns { row, table: "boot_events", key: "id" }.json("event");
    rows.iter().map(event).collect()
}
