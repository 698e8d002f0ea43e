//! What is overdue: three ranges of small indexes, merged.

use super::{
    dialect::Dialect,
    driver::Session,
    error::Done,
    row::{Columns, Row},
    scope,
    statement::Statement,
};
use ipxe_orch_core::{
    auth::Grant,
    ids::{AttemptId, HostId},
    lease::Overdue,
    stores::{OverdueFilter, OverdueHost, OverdueKey, StoreError},
    time::Timestamp,
};

/// The oldest first.
pub(super) async fn list(
    session: &mut dyn Session,
    grant: &Grant,
    filter: &OverdueFilter,
) -> Done<Vec<OverdueHost>> {
    let rows = session.rows(query(session.dialect(), grant, filter)).await?;
    rows.iter().map(overdue).collect()
}

pub(super) fn query(dialect: Dialect, grant: &Grant, filter: &OverdueFilter) -> Statement {
    let (from, to) =
        (filter.after.map_or(Timestamp::from_millis(i64::MIN), |key| key.0), filter.now);
    let wait = i64::try_from(filter.claim_wait.as_millis()).unwrap_or(i64::MAX);
    let offered = |at: Timestamp| at.minus(filter.claim_wait).as_millis();
    let mut query =
        Statement::new("SELECT d.since, d.what, d.host_id, d.attempt_id, h.name FROM (");
    query.push(
        "SELECT a.deadline AS since, 0 AS what, a.host_id, a.id AS attempt_id FROM attempts a \
         JOIN leases l ON l.host_id = a.host_id AND l.attempt_id = a.id \
         WHERE a.outcome IS NULL AND a.deadline BETWEEN ",
    );
    query.push_bind(from.as_millis()).push(" AND ").push_bind(to.as_millis());
    query.push(
        " UNION ALL SELECT l.mark_expires_at, 1, l.host_id, NULL FROM leases l \
         WHERE l.mark_expires_at BETWEEN ",
    );
    query.push_bind(from.as_millis()).push(" AND ").push_bind(to.as_millis());
    query.push(" UNION ALL SELECT a.offered_at + ").push_bind(wait);
    query.push(
        ", 2, a.host_id, a.id FROM attempts a \
         JOIN leases l ON l.host_id = a.host_id AND l.attempt_id = a.id \
         WHERE a.outcome IS NULL AND a.claim_id IS NULL AND a.offered_at BETWEEN ",
    );
    query.push_bind(offered(from)).push(" AND ").push_bind(offered(to));
    query.push(") d JOIN hosts h ON h.id = d.host_id WHERE h.removed = 0");
    scope::push(&mut query, grant.scope());
    if let Some(after) = &filter.after {
        push_after(&mut query, after);
    }
    query.push(" ORDER BY d.since, d.host_id, d.what");
    query.push_limit(dialect, i64::from(filter.page_size()));
    query
}

fn push_after(query: &mut Statement, (since, host, what): &OverdueKey) {
    query.push(" AND (d.since > ").push_bind(*since);
    query.push(" OR (d.since = ").push_bind(*since);
    query.push(" AND (d.host_id > ").push_bind(*host);
    query.push(" OR (d.host_id = ").push_bind(*host);
    query.push(" AND d.what > ").push_bind(number(*what)).push("))))");
}

/// In the order of the variants.
const fn number(what: Overdue) -> i64 {
    match what {
        Overdue::Install => 0,
        Overdue::Mark => 1,
        // And whatever this code does not know: asked for again rather than left out.
        _ => 2,
    }
}

fn overdue(row: &Row) -> Done<OverdueHost> {
    let columns = Columns { row, table: "leases", key: "host_id" };
    let what = match columns.get::<i64>("what")? {
        0 => Overdue::Install,
        1 => Overdue::Mark,
        _ => Overdue::Offer,
    };
    let name: &str = columns.get("name")?;
    let name =
        name.parse().map_err(|error| StoreError::Corrupt(format!("table hosts: {error}")))?;
    Ok(OverdueHost {
        since: Timestamp::from_millis(columns.get("since")?),
        host: HostId::from_bytes(columns.bytes("host_id")?),
        what,
        name,
        attempt: columns.optional_bytes("attempt_id")?.map(AttemptId::from_bytes),
    })
}
