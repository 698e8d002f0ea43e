//! Migrations: embedded, checksummed, applied under the write lock.

use super::{
    dialect::Dialect,
    driver::{Fault, FaultKind, Session},
    error::{Done, OpenError},
    row::{Columns, Row},
    statement::Statement,
};
use ipxe_orch_core::{digest::Digest, ids::Epoch, time::Timestamp};

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
            20 "0020_boot_row",
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
        Dialect::Mysql => migrations!("mysql"),
        Dialect::Postgres => migrations!("postgres"),
    }
}

/// What a database lacks.
pub(super) enum Missing {
    These(&'static [Migration]),
    /// It has tables, but not of this program.
    Foreign,
}

/// The migrations that the database lacks. Changes nothing.
pub(super) async fn missing(session: &mut dyn Session) -> Result<Missing, OpenError> {
    let all = migrations(session.dialect());
    let tables = session.rows(Statement::new(session.dialect().tables())).await?;
    if tables.is_empty() {
        return Ok(Missing::These(all));
    }
    let is_ours = |row| {
        let name = Columns { row, table: "tables", key: "name" }.get::<&str>("name");
        name.is_ok_and(|name| name == "schema_migrations")
    };
    if !tables.iter().any(is_ours) {
        return Ok(Missing::Foreign);
    }
    let applied = "SELECT version, name, checksum FROM schema_migrations ORDER BY version";
    let applied = session.rows(Statement::new(applied)).await?;
    let applied = applied.iter().map(read).collect::<Done<Vec<_>>>()?;
    let known = all.last().map_or(0, |migration| migration.version);
    let found = applied.last().map_or(0, |(version, ..)| *version);
    if found > known {
        return Err(OpenError::Newer { found, known });
    }
    let mut ours = all.iter();
    for (version, name, checksum) in applied {
        let same = |m: &&Migration| {
            m.version == version && m.name == name && m.checksum().to_string() == checksum
        };
        ours.next().filter(same).ok_or(OpenError::Altered { version })?;
    }
    Ok(Missing::These(ours.as_slice()))
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
    let Missing::These(migrations) = missing(session).await? else { return Ok(()) };
    for migration in migrations {
        session.script(migration.sql).await?;
        let sql = "INSERT INTO schema_migrations (version, name, checksum, applied_at) \
                   VALUES (?, ?, ?, ?)";
        let insert = Statement::new(sql)
            .bind(migration.version)
            .bind(migration.name)
            .bind(migration.checksum().to_string())
            .bind(now);
        unless_taken(session.run(insert).await)?;
    }
    if session.row(Statement::new("SELECT epoch FROM meta")).await?.is_none() {
        let sql = "INSERT INTO meta (id, epoch) VALUES (1, ?)";
        unless_taken(session.run(Statement::new(sql).bind(epoch)).await)?;
    }
    Ok(())
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
}
