//! Machines with a genuine secret whose host was never registered.

use super::{
    driver::{Connection, Pool},
    error::Done,
    row::{Columns, to_json},
};
use ipxe_orch_core::{
    auth::{Grant, Origin},
    ids::HostId,
    stores::{Discovered, StoreError},
    time::Timestamp,
};

/// A machine that is ready to be stored.
#[derive(Debug)]
pub(super) struct DiscoveredRow {
    machine: Discovered,
    shown: String,
}

impl DiscoveredRow {
    pub(super) fn new(machine: Discovered) -> Result<Self, StoreError> {
        Ok(Self { shown: to_json(&machine.shown)?, machine })
    }
}

/// Adds or counts machines, unless a host ever had their id. If there are too many, those that were
/// not seen for the longest time are deleted.
pub(super) async fn record(connection: &mut Connection, machines: &[DiscoveredRow]) -> Done<()> {
    const ADD: &str = "INSERT INTO discovered (host_id, shown, origin, first_seen, last_seen, count) \
        SELECT ?1, ?2, ?3, ?4, ?4, 1 WHERE NOT EXISTS (SELECT 1 FROM hosts WHERE id = ?1) \
        ON CONFLICT (host_id) DO UPDATE SET count = min(count + 1, 4294967295), \
        first_seen = min(first_seen, excluded.first_seen), \
        shown = CASE WHEN excluded.last_seen >= last_seen THEN excluded.shown ELSE shown END, \
        origin = CASE WHEN excluded.last_seen >= last_seen THEN excluded.origin ELSE origin END, \
        last_seen = max(last_seen, excluded.last_seen)";
    const DROP: &str = "DELETE FROM discovered WHERE host_id IN (SELECT host_id FROM discovered \
        ORDER BY last_seen DESC, host_id DESC LIMIT -1 OFFSET ?)";
    for DiscoveredRow { machine, shown } in machines {
        sqlx::query(ADD)
            .bind(machine.host.as_bytes().as_slice())
            .bind(shown)
            .bind(&machine.origin.0)
            .bind(machine.last_seen.as_millis())
            .execute(&mut *connection)
            .await?;
    }
    sqlx::query(DROP).bind(i64::from(Discovered::MAX)).execute(connection).await?;
    Ok(())
}

/// A host that is registered is no longer discovered.
pub(super) async fn forget(connection: &mut Connection, host: HostId) -> Done<()> {
    let query = sqlx::query("DELETE FROM discovered WHERE host_id = ?");
    query.bind(host.as_bytes().as_slice()).execute(connection).await?;
    Ok(())
}

/// The machines, the last seen first. A grant that is not for all hosts shows none.
pub(super) async fn list(pool: &Pool, grant: &Grant) -> Done<Vec<Discovered>> {
    if !grant.scope().is_all() {
        return Ok(Vec::new());
    }
    let sql = "SELECT host_id, shown, origin, first_seen, last_seen, count FROM discovered \
               ORDER BY last_seen DESC, host_id DESC";
    let rows = sqlx::query(sql).fetch_all(pool).await?;
    rows.iter()
        .map(|row| {
            let columns = Columns { row, table: "discovered", key: "host_id" };
            Ok(Discovered {
                host: HostId::from_bytes(columns.bytes("host_id")?),
                shown: columns.json("shown")?,
                origin: Origin(columns.get("origin")?),
                first_seen: Timestamp::from_millis(columns.get("first_seen")?),
                last_seen: Timestamp::from_millis(columns.get("last_seen")?),
                count: columns.number("count")?,
            })
        })
        .collect()
}
