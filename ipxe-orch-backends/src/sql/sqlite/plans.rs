//! How SQLite finds what the statements ask for.

use super::super::{dialect::Dialect, migrations, overdue};
use ipxe_orch_core::{
    auth::{Actor, OperatorAuthorizer, SeeHosts, authorize},
    ids::HostId,
    lease::{Limits, Overdue},
    stores::OverdueFilter,
    time::Timestamp,
};
use sqlx::{AssertSqlSafe, Connection as _, Row as _};

/// However many hosts wait and attempts have ended: only ranges of the small indexes are read.
#[tokio::test]
async fn each_range_has_its_index() {
    let url = "sqlite::memory:";
    let mut connection = sqlx::SqliteConnection::connect(url).await.unwrap();
    for migration in migrations(Dialect::Sqlite) {
        sqlx::raw_sql(migration.sql).execute(&mut connection).await.unwrap();
    }
    let operator = Actor::Local { user: "ann".to_owned() };
    let grant = authorize::<SeeHosts>(&OperatorAuthorizer, &operator.into(), None).await.unwrap();
    let mut filter = OverdueFilter::new(Timestamp::from_millis(9), Limits::default().claim_wait);
    filter.after = Some((Timestamp::from_millis(1), HostId::from_bytes([1; 16]), Overdue::Mark));
    let sql =
        format!("EXPLAIN QUERY PLAN {}", overdue::query(Dialect::Sqlite, &grant, &filter).sql());
    let rows = sqlx::query(AssertSqlSafe(sql)).fetch_all(&mut connection).await.unwrap();
    let plan: Vec<String> = rows.iter().map(|row| row.get("detail")).collect();
    for index in ["attempts_by_deadline", "leases_by_expiry", "attempts_by_offer"] {
        let used = |step: &&String| step.starts_with("SEARCH") && step.contains(index);
        assert_eq!(plan.iter().filter(used).count(), 1, "{index}: {plan:#?}");
    }
    let whole = |step: &&String| step.starts_with("SCAN") && *step != "SCAN d";
    assert_eq!(plan.iter().find(whole), None, "{plan:#?}");
}
