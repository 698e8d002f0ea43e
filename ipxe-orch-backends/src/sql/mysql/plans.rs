//! How MariaDB finds what the statements ask for.

use super::super::{dialect::Dialect, migrations, plans};
use sqlx::{AssertSqlSafe, Connection as _, MySqlConnection, Row as _, mysql::MySqlRow};

#[expect(clippy::disallowed_methods, reason = "which server there is, only the environment tells")]
fn server() -> String {
    let server = std::env::var("IPXE_ORCH_TEST_MARIADB");
    server.map_err(|_| "run it with `scripts/databases COMMAND`, which starts a server").unwrap()
}

async fn run(connection: &mut MySqlConnection, sql: &str) {
    let done = sqlx::raw_sql(AssertSqlSafe(sql.to_owned())).execute(connection).await;
    done.map_err(|error| format!("{error}: {sql}")).unwrap();
}

/// A database with many rows, which its planner knows.
async fn filled() -> MySqlConnection {
    let mut connection = MySqlConnection::connect(&server()).await.unwrap();
    let name = format!("plans_{}", std::process::id());
    for sql in [
        format!("CREATE DATABASE {name} CHARACTER SET utf8mb4 COLLATE utf8mb4_bin"),
        format!("USE {name}"),
        "SET SESSION sql_mode = 'STRICT_ALL_TABLES,ANSI_QUOTES'".to_owned(),
        "SET SESSION foreign_key_checks = 0".to_owned(),
    ] {
        run(&mut connection, &sql).await;
    }
    for migration in migrations(Dialect::Mysql) {
        run(&mut connection, migration.sql).await;
    }
    for sql in plans::fill(Dialect::Mysql) {
        run(&mut connection, &sql).await;
    }
    for table in ["hosts", "host_labels", "leases", "marks", "attempts", "audit", "boot_events"] {
        run(&mut connection, &format!("ANALYZE TABLE {table}")).await;
    }
    connection
}

/// Tables that are read as a whole, and sorts.
fn wrong(step: &MySqlRow, sorts: bool) -> Option<String> {
    let text =
        |column| step.try_get_unchecked::<Option<String>, _>(column).unwrap().unwrap_or_default();
    let (table, way, extra) = (text("table"), text("type"), text("Extra"));
    let rows = text("rows").parse::<u64>().unwrap_or_default();
    let whole = ["ALL", "index"].contains(&way.as_str()) && rows > plans::FEW;
    if whole && !table.starts_with('<') {
        return Some(format!("reads all of {table}"));
    }
    (extra.contains("filesort") && !sorts).then(|| format!("sorts {table}"))
}

#[tokio::test]
async fn no_list_and_no_lookup_reads_or_sorts_a_whole_table() {
    let mut connection = filled().await;
    let mut all = Vec::new();
    for query in plans::queries(Dialect::Mysql).await {
        let sql = format!("EXPLAIN {}", query.statement.literal(Dialect::Mysql));
        let steps = sqlx::raw_sql(AssertSqlSafe(sql)).fetch_all(&mut connection).await.unwrap();
        for what in steps.iter().filter_map(|step| wrong(step, query.sorts)) {
            all.push(format!("{}: {what}", query.name));
        }
    }
    assert!(all.is_empty(), "{}", all.join("\n"));
}
