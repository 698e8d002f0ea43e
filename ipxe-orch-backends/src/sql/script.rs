//! The migrations as a script, for the administrator of a database who runs it himself.

use super::{
    dialect::Dialect,
    migrate::{Migration, migrations},
};
use ipxe_orch_core::{ids::Epoch, time::Timestamp};

/// The SQL statements that bring a database from the schema `found` (0 for an empty one) up to date,
/// for its own client program. A new database gets the epoch.
pub fn script(dialect: Dialect, found: i64, new_epoch: Epoch, now: Timestamp) -> String {
    let missing: Vec<_> = migrations(dialect).iter().filter(|m| m.version > found).collect();
    let Some(last) = missing.last() else {
        return format!("-- Nothing is missing: the database has schema {found}.\n");
    };
    let mut script = format!("-- ipxe-orch: from schema {found} to schema {}.\n", last.version);
    let (begin, end) = dialect.script_frame();
    script.push_str(begin);
    if found == 0 {
        add(&mut script, dialect.migrations_table());
    }
    for migration in missing {
        add_migration(&mut script, dialect, migration, now);
    }
    if found == 0 {
        let epoch = dialect.bytes(new_epoch.0.as_bytes());
        add(&mut script, &format!("INSERT INTO meta (id, epoch) VALUES (1, {epoch})"));
    }
    script.push_str(end);
    script
}

fn add(script: &mut String, statement: &str) {
    script.push_str(statement);
    script.push_str(";\n");
}

/// Names and checksums hold no `'`.
fn add_migration(script: &mut String, dialect: Dialect, migration: &Migration, now: Timestamp) {
    let Migration { version, name, sql } = migration;
    let (columns, values) = if dialect.has_oldest() {
        (", oldest", format!(", {}", migration.oldest()))
    } else {
        ("", String::new())
    };
    let (checksum, now) = (migration.checksum(), now.as_millis());
    script.push_str(&["\n-- ", name, "\n", sql].concat());
    add(
        script,
        &format!(
            "INSERT INTO schema_migrations (version, name, checksum, applied_at{columns}) VALUES \
             ({version}, '{name}', '{checksum}', {now}{values})"
        ),
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_missing_is_in_the_script() {
        let (epoch, now) = (Epoch::from_bytes([7; 16]), Timestamp::from_millis(9));
        let known = migrations(Dialect::Postgres).last().unwrap();
        let whole = script(Dialect::Postgres, 0, epoch, now);
        assert!(whole.starts_with("-- ipxe-orch: from schema 0 to schema "), "{whole}");
        assert!(whole.contains("CREATE TABLE IF NOT EXISTS schema_migrations"), "{whole}");
        assert!(whole.contains("'0001_meta'") && whole.contains("INSERT INTO meta"), "{whole}");
        let last = script(Dialect::Postgres, known.version - 1, epoch, now);
        assert!(last.contains(known.sql) && !last.contains("0001_meta"), "{last}");
        assert!(!last.contains("INSERT INTO meta"), "{last}");
        let nothing = script(Dialect::Mysql, known.version, epoch, now);
        assert_eq!(
            nothing,
            format!("-- Nothing is missing: the database has schema {}.\n", known.version)
        );
    }
}
