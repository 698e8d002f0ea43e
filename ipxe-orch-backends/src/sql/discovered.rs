//! Machines with a genuine secret whose host was never registered.

use super::{
    dialect::Dialect,
    driver::Session,
    error::Done,
    row::{Columns, to_json},
    statement::Statement,
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
pub(super) async fn record(session: &mut dyn Session, machines: &[DiscoveredRow]) -> Done<()> {
    for row in machines {
        if session.run(count(row)).await? == 0 {
            let add = add(session.dialect(), row);
            session.run(add).await?;
        }
    }
    drop_oldest(session).await
}

/// Counts a machine that is known. Each column is computed from the columns as they were: the one
/// that the others are computed from comes last, because MySQL sets them one after another.
fn count(DiscoveredRow { machine, shown }: &DiscoveredRow) -> Statement {
    const SQL: &str = "UPDATE discovered SET \
        count = CASE WHEN count < 4294967295 THEN count + 1 ELSE count END, \
        first_seen = CASE WHEN first_seen > ? THEN ? ELSE first_seen END, \
        shown = CASE WHEN last_seen <= ? THEN ? ELSE shown END, \
        origin = CASE WHEN last_seen <= ? THEN ? ELSE origin END, \
        last_seen = CASE WHEN last_seen < ? THEN ? ELSE last_seen END WHERE host_id = ?";
    let at = machine.last_seen;
    Statement::new(SQL)
        .bind(at)
        .bind(at)
        .bind(at)
        .bind(shown.as_str())
        .bind(at)
        .bind(machine.origin.0.as_str())
        .bind(at)
        .bind(at)
        .bind(machine.host)
}

fn add(dialect: Dialect, DiscoveredRow { machine, shown }: &DiscoveredRow) -> Statement {
    let mut add = Statement::new(
        "INSERT INTO discovered (host_id, shown, origin, first_seen, last_seen, count) \
         SELECT ?, ?, ?, ?, ?, 1",
    )
    .bind(machine.host)
    .bind(shown.as_str())
    .bind(machine.origin.0.as_str())
    .bind(machine.last_seen)
    .bind(machine.last_seen);
    add.push(dialect.no_table());
    add.push(" WHERE NOT EXISTS (SELECT 1 FROM hosts h WHERE h.id = ?)");
    add.bind(machine.host)
}

async fn drop_oldest(session: &mut dyn Session) -> Done<()> {
    let mut first = Statement::new(
        "SELECT host_id, last_seen FROM discovered ORDER BY last_seen DESC, host_id DESC",
    );
    session.dialect().push_page(&mut first, 1, i64::from(Discovered::MAX));
    let Some(row) = session.row(first).await? else { return Ok(()) };
    let columns = Columns { row: &row, table: "discovered", key: "host_id" };
    let last_seen = columns.get::<i64>("last_seen")?;
    let host = HostId::from_bytes(columns.bytes("host_id")?);
    let sql = "DELETE FROM discovered WHERE last_seen < ? OR (last_seen = ? AND host_id <= ?)";
    session.run(Statement::new(sql).bind(last_seen).bind(last_seen).bind(host)).await?;
    Ok(())
}

/// The machines, the last seen first. A grant that is not for all hosts shows none. A machine that
/// was seen while another server registered it may be left in the table: it is a host.
pub(super) async fn list(session: &mut dyn Session, grant: &Grant) -> Done<Vec<Discovered>> {
    if !grant.scope().is_all() {
        return Ok(Vec::new());
    }
    let sql = "SELECT d.host_id, d.shown, d.origin, d.first_seen, d.last_seen, d.count \
               FROM discovered d WHERE NOT EXISTS (SELECT 1 FROM hosts h WHERE h.id = d.host_id) \
               ORDER BY d.last_seen DESC, d.host_id DESC";
    let rows = session.rows(Statement::new(sql)).await?;
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
