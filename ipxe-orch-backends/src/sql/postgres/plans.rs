//! How PostgreSQL finds what the statements ask for.

use super::{
    super::{dialect::Dialect, migrations, plans},
    plan::wrong,
};
use sqlx::{AssertSqlSafe, Connection as _, PgConnection, Row as _};

#[expect(clippy::disallowed_methods, reason = "which server there is, only the environment tells")]
fn server() -> String {
    let server = std::env::var("IPXE_ORCH_TEST_POSTGRES");
    server.map_err(|_| "run it with `scripts/databases COMMAND`, which starts a server").unwrap()
}

async fn run(connection: &mut PgConnection, sql: &str) {
    let done = sqlx::raw_sql(AssertSqlSafe(sql.to_owned())).execute(connection).await;
    done.map_err(|error| format!("{error}: {sql}")).unwrap();
}

/// A database with many rows, which its planner knows.
async fn filled() -> PgConnection {
    let url = server().replace("/?", "/postgres?");
    let mut connection = PgConnection::connect(&url).await.unwrap();
    let name = format!("plans_{}", std::process::id());
    let sql = format!("CREATE DATABASE {name}");
    run(&mut connection, &sql).await;
    let url = server().replace("/?", &format!("/{name}?"));
    let mut connection = PgConnection::connect(&url).await.unwrap();
    for sql in ["SET jit = off".to_owned()] {
        run(&mut connection, &sql).await;
    }
    for migration in migrations(Dialect::Postgres) {
        run(&mut connection, migration.sql).await;
    }
    for sql in plans::fill(Dialect::Postgres) {
        run(&mut connection, &sql).await;
    }
    run(&mut connection, "ANALYZE").await;
    connection
}

#[tokio::test]
async fn no_list_and_no_lookup_reads_or_sorts_a_whole_table() {
    let mut connection = filled().await;
    let mut all = Vec::new();
    // Which pins are sealed no index knows: it must look at each of them.
    let is_indexed = |query: &plans::Query| !query.name.starts_with("sealed");
    for query in plans::queries(Dialect::Postgres).await.into_iter().filter(is_indexed) {
        let sql = format!("EXPLAIN (FORMAT JSON) {}", query.statement.literal(Dialect::Postgres));
        let row = sqlx::raw_sql(AssertSqlSafe(sql)).fetch_one(&mut connection).await.unwrap();
        let text: String = row.try_get_unchecked(0).unwrap();
        let plan: serde_json::Value = serde_json::from_str(&text).unwrap();
        for what in wrong(&plan, query.sorts) {
            all.push(format!("{}: {what} in {plan:#}", query.name));
        }
    }
    assert!(all.is_empty(), "{}", all.join("\n"));
}
