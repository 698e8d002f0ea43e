//! Migrations: embedded, checksummed, applied under the write lock.
//!
//! A migration adds tables, columns with a default, and indexes. So a server of the version before
//! works on beside a newer one, and servers of one database are updated one after another. One that
//! takes away or changes what the version before uses is named in `BREAKING`.

use super::{
    dialect::Dialect,
    driver::{Driver, Fault, FaultKind, Session},
    error::{Done, OpenError},
    row::{Columns, Row},
    statement::Statement,
};
use ipxe_orch_core::{digest::Digest, ids::Epoch, stores::StoreError, time::Timestamp};

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

    /// The schema version that a program must know to use the database after this migration; 0 if
    /// every program can.
    pub fn oldest(&self) -> i64 {
        if BREAKING.contains(&self.version) { self.version } else { 0 }
    }
}

/// The versions after which older programs must not use the database.
const BREAKING: [i64; 0] = [];

/// The migrations in the folder of a database.
macro_rules! migrations {
    ($folder:literal) => {
        migrations!($folder:
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
            15 "0015_outcome",
            16 "0016_current_profiles",
            17 "0017_boot_events",
            18 "0018_writers",
            19 "0019_suspended",
            20 "0020_lists",
            21 "0021_locks",
            22 "0022_boot_row",
            23 "0023_access",
            24 "0024_policies",
            25 "0025_audit_checkpoints",
            26 "0026_audit_sinks",
        )
    };
    ($folder:literal: $($version:literal $name:literal,)+) => {
        &[$(Migration {
            version: $version,
            name: $name,
            sql: include_str!(concat!("../../migrations/", $folder, "/", $name, ".sql")),
        }),+]
    };
}

/// All migrations of a database in their order. Its administrator may want to read them first.
pub const fn migrations(dialect: Dialect) -> &'static [Migration] {
    match dialect {
        Dialect::Sqlite => migrations!("sqlite"),
        Dialect::Mssql => migrations!("mssql"),
        Dialect::Mysql => migrations!("mysql"),
        Dialect::Postgres => migrations!("postgres"),
    }
}

/// The statements of a migration, for databases that take one at a time. Each ends with a line; a
/// comment may stand behind it.
#[cfg(any(feature = "mssql", feature = "mysql"))]
pub(super) fn statements(sql: &str) -> Vec<&str> {
    let (mut all, mut start, mut end) = (Vec::new(), 0, 0);
    for line in sql.split_inclusive('\n') {
        end += line.len();
        if code_of(line).ends_with(';') {
            all.extend(sql.get(start..end));
            start = end;
        }
    }
    let rest = sql.get(start..).filter(|rest| rest.lines().any(|line| !code_of(line).is_empty()));
    all.extend(rest);
    all
}

/// A line without its comment.
#[cfg(any(feature = "mssql", feature = "mysql"))]
fn code_of(line: &str) -> &str {
    line.split("--").next().unwrap_or_default().trim()
}

/// The tables of a database, and what this program expects.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Schema {
    /// The version of the newest migration that was applied; 0 for an empty database.
    pub found: i64,
    /// The version of the newest migration that this program knows. A smaller one than `found`
    /// belongs to a program that is older than the database and can still use it.
    pub known: i64,
    /// The migrations that the database lacks, in their order.
    pub missing: &'static [Migration],
}

impl Schema {
    /// # Errors
    /// [`OpenError::Outdated`] if migrations are missing.
    pub(super) const fn up_to_date(&self) -> Result<(), OpenError> {
        if self.missing.is_empty() {
            return Ok(());
        }
        Err(OpenError::Outdated { found: self.found, known: self.known })
    }
}

/// What a database holds.
pub(super) enum Tables {
    Ours(Schema),
    /// Those of another program.
    Foreign,
}

/// The tables of the database. Changes nothing.
pub(super) async fn tables(session: &mut dyn Session) -> Result<Tables, OpenError> {
    let all = migrations(session.dialect());
    let known = all.last().map_or(0, |migration| migration.version);
    let tables = session.rows(Statement::new(session.dialect().tables())).await?;
    if tables.is_empty() {
        return Ok(Tables::Ours(Schema { found: 0, known, missing: all }));
    }
    let is_ours = |row| {
        let name = Columns { row, table: "tables", key: "name" }.get::<&str>("name");
        name.is_ok_and(|name| name == "schema_migrations")
    };
    if !tables.iter().any(is_ours) {
        return Ok(Tables::Foreign);
    }
    let applied = "SELECT version, name, checksum FROM schema_migrations ORDER BY version";
    let applied = session.rows(Statement::new(applied)).await?;
    let applied = applied.iter().map(read).collect::<Done<Vec<_>>>()?;
    let found = applied.last().map_or(0, |(version, ..)| *version);
    if found > known && oldest(session, found).await? > known {
        return Err(OpenError::Newer { found, known });
    }
    let mut ours = all.iter();
    for (version, name, checksum) in applied.into_iter().filter(|(version, ..)| *version <= known) {
        let same = |m: &&Migration| {
            m.version == version && m.name == name && m.checksum().to_string() == checksum
        };
        ours.next().filter(same).ok_or(OpenError::Altered { version })?;
    }
    Ok(Tables::Ours(Schema { found, known, missing: ours.as_slice() }))
}

/// The version that a program must know at least.
async fn oldest(session: &mut dyn Session, found: i64) -> Done<i64> {
    if !session.dialect().has_oldest() {
        return Ok(found);
    }
    let query = "SELECT max(oldest) AS oldest FROM schema_migrations";
    let row = session.row(Statement::new(query)).await?;
    let oldest =
        |row| Columns { row: &row, table: "schema_migrations", key: "oldest" }.get("oldest");
    row.map_or(Ok(found), oldest)
}

/// Whether no copy into the database was cut off: a copy writes its row of `meta` last.
pub(super) async fn is_complete(session: &mut dyn Session) -> Result<bool, Fault> {
    Ok(session.row(Statement::new("SELECT id FROM meta WHERE id = 1")).await?.is_some())
}

/// Before a store is used.
pub(super) async fn require_complete(driver: &dyn Driver) -> Result<(), OpenError> {
    let complete = is_complete(&mut *driver.read().await?).await?;
    if complete { Ok(()) } else { Err(OpenError::Incomplete) }
}

/// A store that is in use became the target of a copy.
pub(super) fn incomplete() -> StoreError {
    StoreError::Corrupt(OpenError::Incomplete.to_string())
}

fn read(row: &Row) -> Done<(i64, &str, &str)> {
    let columns = Columns { row, table: "schema_migrations", key: "version" };
    Ok((columns.get("version")?, columns.get("name")?, columns.get("checksum")?))
}

/// Applies what is missing. Where the database can, this is a transaction that nobody else writes
/// beside; elsewhere each statement may be repeated.
pub(super) async fn migrate(
    session: &mut dyn Session,
    epoch: Epoch,
    now: Timestamp,
) -> Result<(), OpenError> {
    session.script(session.dialect().migrations_table()).await?;
    let Tables::Ours(schema) = tables(session).await? else { return Ok(()) };
    for migration in schema.missing {
        session.script(migration.sql).await?;
        if migration.version == 1 {
            // Later a database without it is an incomplete copy.
            let meta = Statement::new("INSERT INTO meta (id, epoch) VALUES (1, ?)").bind(epoch);
            unless_taken(session.run(meta).await)?;
        }
        let insert = record(session.dialect(), migration, now);
        unless_taken(session.run(insert).await)?;
    }
    Ok(())
}

fn record(dialect: Dialect, migration: &Migration, now: Timestamp) -> Statement {
    let mut insert =
        Statement::new("INSERT INTO schema_migrations (version, name, checksum, applied_at");
    insert.push(if dialect.has_oldest() { ", oldest) VALUES (" } else { ") VALUES (" });
    insert.push_bind(migration.version).push(", ").push_bind(migration.name).push(", ");
    insert.push_bind(migration.checksum().to_string()).push(", ").push_bind(now);
    if dialect.has_oldest() {
        insert.push(", ").push_bind(migration.oldest());
    }
    insert.push(")");
    insert
}

/// Another program that migrates at the same time may have been faster.
fn unless_taken(done: Result<u64, Fault>) -> Result<(), Fault> {
    match done {
        Err(fault) if fault.kind() != FaultKind::Taken => Err(fault),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_count_from_one_and_stand_in_the_names() {
        for (expected, migration) in (1..).zip(migrations(Dialect::Sqlite)) {
            assert_eq!(migration.version, expected);
            assert!(migration.name.starts_with(&format!("{expected:04}_")), "{}", migration.name);
        }
    }

    #[cfg(any(feature = "mssql", feature = "mysql"))]
    #[test]
    fn a_migration_is_taken_apart_at_the_ends_of_its_statements() {
        let sql = "-- One; two.\nCREATE TABLE t (\n    a bigint -- JSON; text\n);\n\
            ALTER TABLE t ADD COLUMN b TEXT; -- JSON\nDROP TABLE t;\n-- End.\n";
        let parts = statements(sql);
        assert_eq!(parts.len(), 3, "{parts:?}");
        assert!(parts[0].ends_with(");\n"));
        assert_eq!(parts[1], "ALTER TABLE t ADD COLUMN b TEXT; -- JSON\n");
        assert_eq!(parts[2], "DROP TABLE t;\n");
        assert_eq!(statements("SELECT 1"), ["SELECT 1"]);
    }
}
