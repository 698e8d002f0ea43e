//! How SQLite finds what the statements ask for.

use super::{
    super::{dialect::Dialect, migrations, plans},
    events,
};
use rusqlite::Connection;

fn empty() -> Connection {
    let connection = Connection::open_in_memory().unwrap();
    for migration in migrations(Dialect::Sqlite) {
        connection.execute_batch(migration.sql).unwrap();
    }
    for step in events::STEPS {
        connection.execute_batch(step).unwrap();
    }
    connection
}

fn plan(connection: &Connection, sql: &str) -> Vec<String> {
    let mut explain = connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
    let rows = explain.raw_query().mapped(|row| row.get("detail"));
    rows.collect::<Result<_, _>>().unwrap()
}

/// Its planner has no statistics: the plan is the same however many rows there are.
#[tokio::test]
async fn no_list_and_no_lookup_reads_or_sorts_a_whole_table() {
    let connection = empty();
    let mut wrong = Vec::new();
    for query in plans::queries(Dialect::Sqlite).await {
        let plan = plan(&connection, &query.statement.literal(Dialect::Sqlite));
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
    let connection = empty();
    for query in plans::queries(Dialect::Sqlite).await {
        let indexes: &[&str] = match query.name {
            "overdue hosts" => &["attempts_by_deadline", "leases_by_expiry", "attempts_by_offer"],
            "hosts of a site" => &["hosts_by_site"],
            "hosts with a label" | "hosts with two labels" => &["host_labels_by_name"],
            "installed hosts" | "first failed hosts" => &["leases_by_state"],
            _ => continue,
        };
        let plan = plan(&connection, &query.statement.literal(Dialect::Sqlite));
        for index in indexes {
            let used = |step: &&String| step.starts_with("SEARCH") && step.contains(index);
            assert_eq!(plan.iter().filter(used).count(), 1, "{}, {index}: {plan:#?}", query.name);
        }
    }
}
