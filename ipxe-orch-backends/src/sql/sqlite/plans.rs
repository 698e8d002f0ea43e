//! How SQLite finds what the statements ask for.

use super::super::{dialect::Dialect, migrations, overdue};
use ipxe_orch_core::{
    auth::{Actor, OperatorAuthorizer, SeeHosts, authorize},
    ids::HostId,
    lease::{Limits, Overdue},
    stores::OverdueFilter,
    time::Timestamp,
};
use rusqlite::Connection;

/// However many hosts wait and attempts have ended: only ranges of the small indexes are read.
#[tokio::test]
async fn each_range_has_its_index() {
    let connection = Connection::open_in_memory().unwrap();
    for migration in migrations(Dialect::Sqlite) {
        connection.execute_batch(migration.sql).unwrap();
    }
    let operator = Actor::Local { user: "ann".to_owned() };
    let grant = authorize::<SeeHosts>(&OperatorAuthorizer, &operator.into(), None).await.unwrap();
    let mut filter = OverdueFilter::new(Timestamp::from_millis(9), Limits::default().claim_wait);
    filter.after = Some((Timestamp::from_millis(1), HostId::from_bytes([1; 16]), Overdue::Mark));
    let sql =
        format!("EXPLAIN QUERY PLAN {}", overdue::query(Dialect::Sqlite, &grant, &filter).sql());
    let mut explain = connection.prepare(&sql).unwrap();
    let rows = explain.raw_query().mapped(|row| row.get("detail"));
    let plan: Vec<String> = rows.collect::<Result<_, _>>().unwrap();
    for index in ["attempts_by_deadline", "leases_by_expiry", "attempts_by_offer"] {
        let used = |step: &&String| step.starts_with("SEARCH") && step.contains(index);
        assert_eq!(plan.iter().filter(used).count(), 1, "{index}: {plan:#?}");
    }
    let whole = |step: &&String| step.starts_with("SCAN") && *step != "SCAN d";
    assert_eq!(plan.iter().find(whole), None, "{plan:#?}");
}
