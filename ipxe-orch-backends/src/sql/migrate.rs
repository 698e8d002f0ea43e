//! Migrations: embedded, checksummed, applied under the write lock.

use super::{driver::Connection, error::OpenError, options::SqliteOptions};
use ipxe_orch_core::digest::Digest;
use sqlx::Row as _;
use std::path::Path;

/// One migration of the tables.
#[derive(Clone, Copy, Debug)]
pub struct Migration {
    /// 1, 2, 3, … without gaps.
    pub version: i64,
    /// The name of its file.
    pub name: &'static str,
    /// The statements.
    pub sql: &'static str,
}

impl Migration {
    /// The SHA-256 of the statements, which the database stores.
    pub fn checksum(&self) -> Digest {
        Digest::of(self.sql)
    }
}

macro_rules! migrations {
    ($($version:literal $name:literal),+ $(,)?) => {
        &[$(Migration {
            version: $version,
            name: $name,
            sql: include_str!(concat!("../../migrations/sqlite/", $name, ".sql")),
        }),+]
    };
}

static MIGRATIONS: &[Migration] = migrations![
    1 "0001_meta",
    2 "0002_hosts",
    3 "0003_leases",
    4 "0004_profiles",
    5 "0005_audit",
    6 "0006_discovered",
    7 "0007_overdue",
    8 "0008_shared_values",
    9 "0009_last_mark",
    10 "0010_last_image",
    11 "0011_restores",
    12 "0012_earlier_images",
    13 "0013_loader",
    14 "0014_claim_from",
];

/// All migrations in their order. A database administrator may want to read them first.
pub fn migrations() -> &'static [Migration] {
    MIGRATIONS
}

const TABLE: &str = "CREATE TABLE IF NOT EXISTS schema_migrations (
    version    INTEGER NOT NULL PRIMARY KEY,
    name       TEXT    NOT NULL,
    checksum   TEXT    NOT NULL,
    applied_at INTEGER NOT NULL
) STRICT";

/// The migrations that the database lacks. Changes nothing.
pub(super) async fn missing(
    connection: &mut Connection,
    path: &Path,
) -> Result<&'static [Migration], OpenError> {
    let tables = "SELECT name FROM sqlite_schema WHERE type = 'table'";
    let tables: Vec<String> = sqlx::query_scalar(tables).fetch_all(&mut *connection).await?;
    if tables.is_empty() {
        return Ok(MIGRATIONS);
    }
    if !tables.iter().any(|name| name == "schema_migrations") {
        return Err(OpenError::Foreign { path: path.to_owned() });
    }
    let applied = "SELECT version, name, checksum FROM schema_migrations ORDER BY version";
    let applied = sqlx::query(applied).fetch_all(&mut *connection).await?;
    let known = MIGRATIONS.last().map_or(0, |migration| migration.version);
    let found = applied.last().map_or(Ok(0), |row| row.try_get("version"))?;
    if found > known {
        return Err(OpenError::Newer { found, known });
    }
    let mut ours = MIGRATIONS.iter();
    for row in &applied {
        let version = row.try_get("version")?;
        let (name, checksum): (&str, &str) = (row.try_get("name")?, row.try_get("checksum")?);
        let same = |m: &&Migration| {
            m.version == version && m.name == name && m.checksum().to_string() == checksum
        };
        ours.next().filter(same).ok_or(OpenError::Altered { version })?;
    }
    Ok(ours.as_slice())
}

/// Applies what is missing, all of it or nothing. A second program waits and finds it done.
pub(super) async fn migrate(
    connection: &mut Connection,
    options: &SqliteOptions,
) -> Result<(), OpenError> {
    sqlx::query("BEGIN EXCLUSIVE").execute(&mut *connection).await?;
    // Closing the connection rolls back what fails.
    sqlx::raw_sql(TABLE).execute(&mut *connection).await?;
    for migration in missing(connection, &options.path).await? {
        sqlx::raw_sql(migration.sql).execute(&mut *connection).await?;
        sqlx::query("INSERT INTO schema_migrations VALUES (?, ?, ?, ?)")
            .bind(migration.version)
            .bind(migration.name)
            .bind(migration.checksum().to_string())
            .bind(options.now.as_millis())
            .execute(&mut *connection)
            .await?;
    }
    sqlx::query("INSERT INTO meta (id, epoch) SELECT 1, ? WHERE NOT EXISTS (SELECT 1 FROM meta)")
        .bind(options.new_epoch.0.as_bytes().as_slice())
        .execute(&mut *connection)
        .await?;
    sqlx::query("COMMIT").execute(&mut *connection).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_count_from_one_and_stand_in_the_names() {
        for (expected, migration) in (1..).zip(migrations()) {
            assert_eq!(migration.version, expected);
            assert!(migration.name.starts_with(&format!("{expected:04}_")), "{}", migration.name);
        }
    }
}
