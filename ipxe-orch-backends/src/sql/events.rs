//! Boot events.

use super::{
    driver::{Connection, Pool},
    error::Done,
    row::{Columns, to_json},
    scope,
};
use ipxe_orch_core::{
    auth::{Grant, Scope},
    ids::HostId,
    stores::{BootEvent, EventFilter, StoreError},
};
use sqlx::QueryBuilder;

/// An event that is ready to be stored.
#[derive(Debug)]
pub(super) struct EventRow {
    at: i64,
    host: Option<HostId>,
    text: String,
}

impl EventRow {
    pub(super) fn new(event: &BootEvent) -> Result<Self, StoreError> {
        Ok(Self { at: event.at.as_millis(), host: event.host, text: to_json(event)? })
    }
}

/// Rows of one statement: well below SQLite's 32,766 values.
const CHUNK: usize = 500;

pub(super) async fn insert(connection: &mut Connection, events: &[EventRow]) -> Done<()> {
    for chunk in events.chunks(CHUNK) {
        let mut query = QueryBuilder::new("INSERT INTO boot_events (at, host_id, event) ");
        query.push_values(chunk, |mut row, event| {
            row.push_bind(event.at);
            row.push_bind(event.host.map(|host| host.as_bytes().to_vec()));
            row.push_bind(event.text.clone());
        });
        // The number of rows differs each time: nothing to keep prepared.
        query.build().persistent(false).execute(&mut *connection).await?;
    }
    Ok(())
}

/// The newest first; those without a host only for who may see all hosts.
pub(super) async fn list(pool: &Pool, grant: &Grant, filter: &EventFilter) -> Done<Vec<BootEvent>> {
    let mut query = QueryBuilder::new("SELECT id, event FROM boot_events WHERE 1 = 1");
    if *grant.scope() != Scope::All {
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
    let limit = i64::from(filter.page_size());
    query.push(" ORDER BY at DESC, id DESC LIMIT ").push_bind(limit);
    let rows = query.build().fetch_all(pool).await?;
    let event = |row| Columns { row, table: "boot_events", key: "id" }.json("event");
    rows.iter().map(event).collect()
}
