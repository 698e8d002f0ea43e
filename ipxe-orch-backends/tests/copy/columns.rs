//! A later migration cannot be forgotten.

use crate::{
    common::{Place, kinds, options},
    mssql::ado,
};
use ipxe_orch_backends::sql::copied_columns;
use sqlx::{Connection as _, MySqlConnection, PgConnection, Row as _, SqliteConnection};
use std::collections::BTreeSet;

/// What only one kind of database has, and counts itself.
const OWN: [(&str, (&str, &str)); 2] =
    [("SQLite", ("meta", "lease_writes")), ("MariaDB", ("leases", "locks"))];

async fn found(place: &Place) -> BTreeSet<(String, String)> {
    const COLUMNS: &str = "SELECT CAST(table_name AS CHAR(64)), CAST(column_name AS CHAR(64)) \
        FROM information_schema.columns WHERE table_schema = ";
    let mut all = BTreeSet::new();
    match place {
        Place::Sqlite(folder) => {
            for path in [options(folder.path()).path, options(folder.path()).events_path()] {
                let url = format!("sqlite://{}", path.display());
                let mut database = SqliteConnection::connect(&url).await.unwrap();
                let sql = "SELECT s.name, c.name FROM sqlite_schema s \
                           JOIN pragma_table_info(s.name) c WHERE s.type = 'table'";
                let rows = sqlx::query(sql).fetch_all(&mut database).await.unwrap();
                all.extend(rows.iter().map(|row| (row.get(0), row.get(1))));
            }
        }
        Place::Mysql(place) => {
            let mut database = MySqlConnection::connect(&place.url).await.unwrap();
            let sql = sqlx::AssertSqlSafe(format!("{COLUMNS} DATABASE()"));
            let rows = sqlx::query(sql).fetch_all(&mut database).await.unwrap();
            all.extend(rows.iter().map(|row| (row.get(0), row.get(1))));
        }
        Place::Postgres(place) => {
            let mut database = PgConnection::connect(&place.url).await.unwrap();
            let sql = COLUMNS.replace("CHAR(64)", "TEXT");
            let sql = sqlx::AssertSqlSafe(format!("{sql} current_schema()"));
            let rows = sqlx::query(sql).fetch_all(&mut database).await.unwrap();
            all.extend(rows.iter().map(|row| (row.get(0), row.get(1))));
        }
        Place::Mssql(place) => {
            let mut database = ado::connected(&place.name).await.unwrap();
            let sql = "SELECT t.name, c.name FROM sys.tables t JOIN sys.columns c \
                       ON c.object_id = t.object_id WHERE t.schema_id = SCHEMA_ID('dbo')";
            let rows = database.simple_query(sql).await.unwrap().into_first_result().await.unwrap();
            let text =
                |row: &tiberius::Row, index| row.get::<&str, usize>(index).unwrap().to_owned();
            all.extend(rows.iter().map(|row| (text(row, 0), text(row, 1))));
        }
    }
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_has_every_column_of_every_table() {
    for kind in kinds() {
        let place = Place::new(kind).await;
        place.end().prepare().await.unwrap();
        let owned = |(table, column): (&str, &str)| (table.to_owned(), column.to_owned());
        let mut expected: BTreeSet<_> = copied_columns().into_iter().map(owned).collect();
        let own = OWN.into_iter().filter(|(of, _)| of == kind);
        expected.extend(own.map(|(_, column)| owned(column)));
        let mut found = found(&place).await;
        // Which migrations were applied, and who writes now, each database knows itself.
        found.retain(|(table, _)| table != "schema_migrations" && table != "writers");
        assert_eq!(found, expected, "{kind}: add it to `sql/copy/tables.rs`");
    }
}
