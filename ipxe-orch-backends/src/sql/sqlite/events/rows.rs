//! The rows of the events file.

use super::super::{
    super::{
        driver::Connection,
        error::Done,
        row::{Columns, to_i64, to_json},
        scope,
    },
    options::EventRetention,
};
use ipxe_orch_core::{
    auth::Grant,
    ids::HostId,
    stores::{BootEvent, EventFilter, StoreError},
};
use sqlx::{QueryBuilder, Sqlite};

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
        sqlx::query(sql).bind(oldest).bind(DROPPED).execute(&mut *connection).await?;
    }
    let rows = to_i64(keep.rows)?;
    sqlx::query(BY_NUMBER).bind(rows).bind(DROPPED).execute(&mut *connection).await?;
    let unproved = i64::from(BootEvent::MAX_UNPROVED);
    sqlx::query(UNPROVED).bind(unproved).execute(connection).await?;
    Ok(())
}

/// Events of hosts are numbered without gaps, whatever comes between them: their number tells which
/// are too many. The others have the place after which they came.
async fn insert(connection: &mut Connection, events: &[EventRow]) -> Done<()> {
    const LAST: &str = "SELECT coalesce(max(id), 0) FROM boot_events";
    let mut last: i64 = sqlx::query_scalar(LAST).fetch_one(&mut *connection).await?;
    let (mut proved, mut unproved) = (Vec::new(), Vec::new());
    for event in events {
        match event.host {
            Some(host) => {
                last += 1;
                proved.push((last, host, event));
            }
            None => unproved.push((last, event)),
        }
    }
    for chunk in proved.chunks(CHUNK) {
        let mut query =
            QueryBuilder::new("INSERT INTO boot_events (id, at, host_id, alert, event) ");
        query.push_values(chunk, |mut row, (id, host, event)| {
            row.push_bind(*id).push_bind(event.at).push_bind(host.as_bytes().to_vec());
            row.push_bind(i64::from(event.alert)).push_bind(event.text.clone());
        });
        // The number of rows differs each time: nothing to keep prepared.
        query.build().persistent(false).execute(&mut *connection).await?;
    }
    for chunk in unproved.chunks(CHUNK) {
        let mut query = QueryBuilder::new("INSERT INTO unproved_events (place, at, alert, event) ");
        query.push_values(chunk, |mut row, (place, event)| {
            row.push_bind(*place).push_bind(event.at);
            row.push_bind(i64::from(event.alert)).push_bind(event.text.clone());
        });
        query.build().persistent(false).execute(&mut *connection).await?;
    }
    Ok(())
}

/// The newest first; those without a host only for who may see all hosts. `unproved`: whether the
/// file has the table for them.
pub(super) async fn list(
    connection: &mut Connection,
    grant: &Grant,
    filter: &EventFilter,
    unproved: bool,
) -> Done<Vec<BootEvent>> {
    let limit = i64::from(filter.page_size());
    let mut query = QueryBuilder::new(
        "SELECT * FROM (SELECT id, id AS place, 0 AS unproved, at, event FROM boot_events WHERE 1 = 1",
    );
    if !grant.scope().is_all() {
        query.push(" AND EXISTS (SELECT 1 FROM hosts h WHERE h.id = boot_events.host_id");
        scope::push(&mut query, grant.scope());
        query.push(")");
    }
    if let Some(host) = filter.host {
        query.push(" AND host_id = ").push_bind(host.as_bytes().to_vec());
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
    let rows = query.build().fetch_all(connection).await?;
    let event = |row| Columns { row, table: "boot_events", key: "id" }.json("event");
    rows.iter().map(event).collect()
}

fn push_filter(query: &mut QueryBuilder<Sqlite>, filter: &EventFilter) {
    if let Some(since) = filter.since {
        query.push(" AND at >= ").push_bind(since.as_millis());
    }
    if filter.alerts {
        query.push(" AND alert = 1");
    }
}
