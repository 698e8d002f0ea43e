//! How SQLite finds what the statements ask for.

use super::{
    super::{dialect::Dialect, migrations, plans},
    events,
};
use sqlx::{AssertSqlSafe, Connection as _, Row as _, SqliteConnection};

async fn empty() -> SqliteConnection {
    let mut connection = SqliteConnection::connect("sqlite::memory:").await.unwrap();
    for migration in migrations(Dialect::Sqlite) {
        sqlx::raw_sql(migration.sql).execute(&mut connection).await.unwrap();
    }
    for step in events::STEPS {
        sqlx::raw_sql(step).execute(&mut connection).await.unwrap();
    }
    connection
}

async fn plan(connection: &mut SqliteConnection, sql: &str) -> Vec<String> {
    let sql = AssertSqlSafe(format!("EXPLAIN QUERY PLAN {sql}"));
    let rows = sqlx::query(sql).fetch_all(connection).await.unwrap();
    rows.iter().map(|row| row.get("detail")).collect()
}

/// Its planner has no statistics: the plan is the same however many rows there are.
#[tokio::test]
async fn no_list_and_no_lookup_reads_or_sorts_a_whole_table() {
    let mut connection = empty().await;
    let mut wrong = Vec::new();
    for query in plans::queries(Dialect::Sqlite).await {
        let plan = plan(&mut connection, &query.statement.literal(Dialect::Sqlite)).await;
        // Derived tables, which are bounded, have these names; an index that is read in its order
        // is read until the page is full.
        let reads_all = |step: &&String| {
            let bounded = ["SCAN d", "SCAN p", "SCAN u", "SCAN c", "SCAN chains", "SCAN (subquery"];
            step.starts_with("SCAN")
                && !step.contains("USING INDEX")
                && !step.ends_with("VIRTUAL TABLE INDEX")
                && !bounded.iter().any(|name| step.starts_with(name))
        };
        let sorts = |step: &&String| step.contains("TEMP B-TREE") && !query.sorts;
        let in_order = query.name.starts_with("first audit") || query.name == "ends of chains";
        if let Some(step) = plan.iter().find(|step| sorts(step) || reads_all(step) && !in_order) {
            wrong.push(format!("{}: {step} in {plan:#?}", query.name));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// However many hosts wait and attempts have ended: only ranges of the small indexes are read.
#[tokio::test]
async fn each_range_has_its_index() {
    let mut connection = empty().await;
    for query in plans::queries(Dialect::Sqlite).await {
        let indexes: &[&str] = match query.name {
            "overdue hosts" => &["attempts_by_deadline", "leases_by_expiry", "attempts_by_offer"],
            "hosts of a site" => &["hosts_by_site"],
            "hosts with a label" | "hosts with two labels" => &["host_labels_by_name"],
            "installed hosts" | "first failed hosts" => &["leases_by_state"],
            _ => continue,
        };
        let plan = plan(&mut connection, &query.statement.literal(Dialect::Sqlite)).await;
        for index in indexes {
            let used = |step: &&String| step.starts_with("SEARCH") && step.contains(index);
            assert_eq!(plan.iter().filter(used).count(), 1, "{}, {index}: {plan:#?}", query.name);
        }
    }
}
