//! Boot events beside the hosts, in transactions of their own. Several programs write and delete
//! them at once.

use super::{
    super::{
        driver::{FaultKind, Session},
        error::{Done, Failure},
        events::{self, DROPPED, EventRetention, EventRow},
        row::{Columns, to_i64},
        statement::{Bind as _, MANY, Statement},
        store::Events,
    },
    Server,
};
use async_trait::async_trait;
use ipxe_orch_core::{
    auth::Grant,
    stores::{BootEvent, EventFilter, StoreError},
};
use std::sync::Arc;

/// How often events are written, if others come between.
const TRIES: u32 = 3;

#[derive(Debug)]
pub(in super::super) struct ServerEvents {
    server: Arc<dyn Server>,
    keep: EventRetention,
}

impl ServerEvents {
    pub(in super::super) fn new(server: Arc<dyn Server>, keep: EventRetention) -> Self {
        Self { server, keep }
    }

    async fn write(&self, events: &[EventRow]) -> Done<()> {
        let mut tries = 1;
        while let Err(failure) = self.insert(events).await {
            // On a cluster of several nodes, another one may have written at the same time.
            let passes =
                matches!(&failure, Failure::Driver(fault) if fault.kind() == FaultKind::Again);
            if !passes || tries >= TRIES {
                return Err(failure);
            }
            tries += 1;
        }
        let Some(oldest) = self.keep.oldest(events) else { return Ok(()) };
        let unproved = events.iter().any(|event| event.host.is_none());
        match self.drop_old(oldest, unproved).await {
            // Another server deletes the same ones.
            Err(Failure::Driver(fault)) if fault.kind() == FaultKind::Again => Ok(()),
            done => done,
        }
    }

    async fn insert(&self, events: &[EventRow]) -> Done<()> {
        let mut transaction = self.server.begin().await?;
        insert(&mut *transaction, events).await?;
        Ok(transaction.commit().await?)
    }

    /// `unproved`: whether there may be too many of those. They are counted. The others are too many
    /// to count: their numbers tell how many there are at most.
    async fn drop_old(&self, oldest: i64, unproved: bool) -> Done<()> {
        let mut transaction = self.server.begin().await?;
        for table in [&PROVED, &UNPROVED] {
            let old = Statement::new(table.by_time).bind(oldest);
            table.delete(&mut *transaction, old).await?;
        }
        let end = last(&mut *transaction).await?;
        let end = end.saturating_sub(to_i64(self.keep.rows)?);
        PROVED.delete(&mut *transaction, Statement::new(PROVED.by_number).bind(end)).await?;
        if unproved && let Some(end) = first_too_old(&mut *transaction).await? {
            let old = Statement::new(UNPROVED.by_number).bind(end);
            UNPROVED.delete(&mut *transaction, old).await?;
        }
        Ok(transaction.commit().await?)
    }

    fn result<T>(&self, done: Done<T>) -> Result<T, StoreError> {
        done.map_err(|failure| match failure {
            Failure::Refused(error) => error,
            Failure::Driver(fault) => self.server.tell(&Arc::new(fault)),
        })
    }
}

#[async_trait]
impl Events for ServerEvents {
    async fn record(&self, events: &[BootEvent]) -> Result<(), StoreError> {
        let rows = events.iter().map(EventRow::new).collect::<Result<Vec<_>, _>>()?;
        self.result(self.write(&rows).await)
    }

    async fn list(
        &self,
        grant: &Grant,
        filter: &EventFilter,
    ) -> Result<Vec<BootEvent>, StoreError> {
        let session = self.server.read().await.map_err(Failure::Driver);
        let mut session = self.result(session)?;
        self.result(events::list(&mut *session, grant, filter, true).await)
    }

    async fn close(&self) {}
}

/// The statements for a table of events.
struct Table {
    by_time: &'static str,
    by_number: &'static str,
    delete: &'static str,
}

/// The number of the last event of a host.
const LAST: &str = "SELECT coalesce(max(id), 0) AS last FROM boot_events";

const PROVED: Table = Table {
    by_time: "SELECT id FROM boot_events WHERE at < ? ORDER BY at, id",
    by_number: "SELECT id FROM boot_events WHERE id <= ? ORDER BY id",
    delete: "DELETE FROM boot_events WHERE id IN ",
};
const UNPROVED: Table = Table {
    by_time: "SELECT id FROM unproved_events WHERE at < ? ORDER BY at, id",
    by_number: "SELECT id FROM unproved_events WHERE id <= ? ORDER BY id",
    delete: "DELETE FROM unproved_events WHERE id IN ",
};

impl Table {
    /// Deletes the first of the rows that `old` gives.
    async fn delete(&self, session: &mut dyn Session, mut old: Statement) -> Done<()> {
        old.push_limit(session.dialect(), DROPPED);
        let rows = session.rows(old).await?;
        let id = |row| Columns { row, table: "boot_events", key: "id" }.get::<i64>("id");
        let ids = rows.iter().map(id).collect::<Done<Vec<_>>>()?;
        for ids in ids.chunks(MANY) {
            let mut delete = Statement::new(self.delete).once();
            delete.push_list(ids.iter().copied());
            session.run(delete).await?;
        }
        Ok(())
    }
}

/// The database numbers the events of hosts. The others have the place after which they came, so
/// that those before them are inserted first.
async fn insert(session: &mut dyn Session, events: &[EventRow]) -> Done<()> {
    const WITH_HOST: &str = "INSERT INTO boot_events (host_id, at, alert, event)";
    const WITHOUT_HOST: &str = "INSERT INTO unproved_events (place, at, alert, event)";
    for run in events.chunk_by(|one, next| one.host.is_some() == next.host.is_some()) {
        let place = match run.first().and_then(|event| event.host) {
            Some(_) => None,
            None => Some(last(session).await?),
        };
        let row = |event: &EventRow| {
            let first = place.map_or_else(|| event.host.into_value(), i64::into_value);
            [first].into_iter().chain(event.columns()).collect()
        };
        let sql = if place.is_some() { WITHOUT_HOST } else { WITH_HOST };
        for insert in Statement::inserts(sql, run.iter().map(row).collect()) {
            session.run(insert).await?;
        }
    }
    Ok(())
}

/// The newest of the events of who proved nothing that is one too many.
async fn first_too_old(session: &mut dyn Session) -> Done<Option<i64>> {
    let mut query = Statement::new("SELECT id AS last FROM unproved_events ORDER BY id DESC");
    session.dialect().push_page(&mut query, 1, i64::from(BootEvent::MAX_UNPROVED));
    let row = session.row(query).await?;
    row.map(|row| Columns { row: &row, table: "boot_events", key: "last" }.get("last")).transpose()
}

async fn last(session: &mut dyn Session) -> Done<i64> {
    let row = session.row(Statement::new(LAST)).await?;
    row.map_or(Ok(0), |row| Columns { row: &row, table: "boot_events", key: "last" }.get("last"))
}
