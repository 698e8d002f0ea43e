//! What the commands for the tables of a database did and found.

use ipxe_orch_backends::sql::{DatabaseUrl, Dialect, Migration, Schema};
use serde::Serialize;

/// A database, and whether it was made just now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DatabaseView {
    /// Its URL.
    pub database: String,
    /// Whether it was made; otherwise it existed and is as it was.
    pub made: bool,
}

/// What was done to bring the tables up to date.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct MigratedView {
    /// The URL of the database.
    pub database: String,
    /// The version of its tables before; 0 for an empty database.
    pub found: i64,
    /// The names of the migrations that were applied.
    pub applied: Vec<&'static str>,
}

impl MigratedView {
    /// `before`: the tables before.
    pub fn new(database: String, before: &Schema) -> Self {
        Self { database, found: before.found, applied: names(before.missing) }
    }
}

/// A database, and whether its tables are up to date.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DatabaseStatusView {
    /// Its URL.
    pub database: String,
    /// `sqlite`, `mysql` (MariaDB, too) or `postgres`.
    pub kind: &'static str,
    /// Whether the tables are up to date.
    pub state: SchemaState,
    /// The version of its tables; 0 for an empty database.
    pub found: i64,
    /// The version that this program knows.
    pub known: i64,
    /// The names of the migrations that are missing.
    pub missing: Vec<&'static str>,
}

/// Whether tables are up to date.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SchemaState {
    /// There are none.
    Empty,
    /// Some are missing.
    Outdated,
    /// They are.
    Ready,
    /// They are newer than this program, which can use them.
    Newer,
}

impl DatabaseStatusView {
    /// The tables of this database.
    pub fn new(database: &DatabaseUrl, schema: &Schema) -> Self {
        let state = match schema {
            Schema { found: 0, .. } => SchemaState::Empty,
            schema if !schema.missing.is_empty() => SchemaState::Outdated,
            schema if schema.found > schema.known => SchemaState::Newer,
            _ => SchemaState::Ready,
        };
        let kind = match database.dialect() {
            Dialect::Sqlite => "sqlite",
            Dialect::Mysql => "mysql",
            Dialect::Postgres => "postgres",
            _ => "other",
        };
        let (found, known, missing) = (schema.found, schema.known, names(schema.missing));
        Self { database: database.to_string(), kind, state, found, known, missing }
    }
}

fn names(migrations: &[Migration]) -> Vec<&'static str> {
    migrations.iter().map(|migration| migration.name).collect()
}
