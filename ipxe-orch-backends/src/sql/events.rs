//! Boot events, as every database stores and lists them.

use super::{
    dialect::Dialect,
    driver::Session,
    error::Done,
    row::{Columns, to_json},
    scope,
    statement::{Bind as _, Statement, Value},
};
use ipxe_orch_core::{
    auth::Grant,
    ids::HostId,
    stores::{BootEvent, EventFilter, StoreError},
    time::Timestamp,
};
use std::time::Duration;

/// How long boot events are kept: until they are too old or too many, whichever comes first. Each
/// batch of new events deletes at most 2,000 old ones. Events of who proved nothing are kept apart:
/// at most [`BootEvent::MAX_UNPROVED`], which do not count here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EventRetention {
    /// The age up to which they are kept: 90 days by default.
    pub age: Duration,
    /// The largest number: 10 million by default, which is about 3 GB.
    pub rows: u64,
}

impl EventRetention {
    /// 90 days, or 10 million.
    pub const DEFAULT: Self = Self { age: Duration::from_hours(90 * 24), rows: 10_000_000 };

    /// The time before which events are too old. The newest event tells the time: a store has no
    /// clock.
    pub(super) fn oldest(&self, events: &[EventRow]) -> Option<i64> {
        let now = events.iter().map(|event| event.at).max()?;
        Some(now.saturating_sub(i64::try_from(self.age.as_millis()).unwrap_or(i64::MAX)))
    }
}

impl Default for EventRetention {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// Rows that one transaction drops at most: more than a batch brings, and few enough to be quick.
pub(super) const DROPPED: i64 = 2_000;

/// An event that is ready to be stored.
#[derive(Debug)]
pub(super) struct EventRow {
    at: i64,
    pub(super) host: Option<HostId>,
    alert: bool,
    text: String,
}

impl EventRow {
    pub(super) fn new(event: &BootEvent) -> Result<Self, StoreError> {
        let BootEvent { host, alert, .. } = *event;
        Ok(Self { at: event.at.as_millis(), host, alert, text: to_json(event)? })
    }

    /// The columns that each event has: time, alert, event.
    pub(super) fn columns(&self) -> [Value; 3] {
        [self.at.into_value(), self.alert.into_value(), self.text.as_str().into_value()]
    }
}

/// The newest first; those without a host only for who may see all hosts. `unproved`: whether there
/// is a table for them.
pub(super) async fn list(
    session: &mut dyn Session,
    grant: &Grant,
    filter: &EventFilter,
    unproved: bool,
) -> Done<Vec<BootEvent>> {
    let rows = session.rows(query(session.dialect(), grant, filter, unproved)).await?;
    let event = |row| Columns { row, table: "boot_events", key: "id" }.json("event");
    rows.iter().map(event).collect()
}

pub(super) fn query(
    dialect: Dialect,
    grant: &Grant,
    filter: &EventFilter,
    unproved: bool,
) -> Statement {
    let limit = i64::from(filter.page_size());
    let mut query = Statement::new(
        "SELECT id, place, unproved, at, event FROM (SELECT id, id AS place, 0 AS unproved, at, \
         event FROM boot_events WHERE 1 = 1",
    );
    if !grant.scope().is_all() {
        query.push(" AND EXISTS (SELECT 1 FROM hosts h WHERE h.id = boot_events.host_id");
        scope::push(&mut query, grant.scope());
        query.push(")");
    }
    if let Some(host) = filter.host {
        query.push(" AND host_id = ").push_bind(host);
    }
    push_rest(&mut query, filter, dialect, limit);
    query.push(") p");
    if unproved && grant.scope().is_all() && filter.host.is_none() {
        query.push(
            " UNION ALL SELECT id, place, unproved, at, event FROM (SELECT id, place, \
             1 AS unproved, at, event FROM unproved_events WHERE 1 = 1",
        );
        push_rest(&mut query, filter, dialect, limit);
        query.push(") u");
    }
    query.push(" ORDER BY at DESC, place DESC, unproved DESC, id DESC");
    query.push_limit(dialect, limit);
    query
}

fn push_rest(query: &mut Statement, filter: &EventFilter, dialect: Dialect, limit: i64) {
    // Without a range MariaDB sorts the whole table.
    let since = filter.since.unwrap_or(Timestamp::from_millis(i64::MIN));
    query.push(" AND at >= ").push_bind(since);
    if filter.alerts {
        query.push(" AND alert = 1");
    }
    query.push(" ORDER BY at DESC, id DESC").push_limit(dialect, limit);
}
