//! Settings of the server without which a claim that was acknowledged could be lost.

use super::{super::error::OpenError, fault::fault};
use sqlx::{MySqlConnection, Row as _};

/// The oldest versions that check constraints and know recursive queries.
const OLDEST_MYSQL: (u32, u32, u32) = (8, 0, 16);
const OLDEST_MARIADB: (u32, u32, u32) = (10, 6, 0);

/// What must be so, and why.
const NEEDED: [(&str, &str, &str); 2] = [
    ("innodb_flush_log_at_trx_commit", "1", "a power failure loses what was committed"),
    ("innodb_doublewrite", "ON", "a power failure damages pages"),
];

/// # Errors
/// [`OpenError::Settings`] names the setting, its value and what to write instead.
pub(super) async fn check(connection: &mut MySqlConnection) -> Result<(), OpenError> {
    let version: String =
        sqlx::query_scalar("SELECT version()").fetch_one(&mut *connection).await.map_err(fault)?;
    check_version(&version)?;
    for (name, wanted, why) in NEEDED {
        let found = variable(connection, name).await?;
        // MySQL 8 has further values that are as good.
        let good = ["ON", "DETECT_AND_RECOVER"];
        let is_good = |found: &str| found == wanted || wanted == "ON" && good.contains(&found);
        if found.as_deref().is_some_and(|found| !is_good(&found.to_uppercase())) {
            let found = found.unwrap_or_default();
            return Err(OpenError::Settings(format!(
                "{name} is {found}: {why}; set it to {wanted} on the database server"
            )));
        }
    }
    if variable(connection, "log_bin").await?.as_deref() == Some("ON")
        && variable(connection, "sync_binlog").await?.as_deref() != Some("1")
    {
        warn_of("sync_binlog", "1", "after a power failure its replicas may differ from it");
    }
    Ok(())
}

/// Says which setting is not as it should be, though nothing is lost by it.
pub(super) fn warn_of(name: &str, wanted: &str, why: &str) {
    tracing::warn!("{name} should be {wanted} on the database server: {why}");
}

pub(super) async fn variable(
    connection: &mut MySqlConnection,
    name: &'static str,
) -> Result<Option<String>, OpenError> {
    let rows = sqlx::query("SHOW GLOBAL VARIABLES WHERE Variable_name = ?")
        .bind(name)
        .fetch_optional(&mut *connection)
        .await
        .map_err(fault)?;
    Ok(rows.map(|row| row.try_get(1)).transpose().map_err(fault)?)
}

fn check_version(text: &str) -> Result<(), OpenError> {
    let is_mariadb = text.contains("MariaDB");
    // A replica-compatible prefix, which older MariaDB servers send.
    let numbers = text.strip_prefix("5.5.5-").unwrap_or(text);
    let mut parts = numbers.split(['.', '-']).map_while(|part| part.parse::<u32>().ok());
    let mut next = || parts.next().unwrap_or(0);
    let found = (next(), next(), next());
    let (name, oldest) =
        if is_mariadb { ("MariaDB", OLDEST_MARIADB) } else { ("MySQL", OLDEST_MYSQL) };
    if found >= oldest {
        return Ok(());
    }
    let (major, minor, patch) = oldest;
    Err(OpenError::Settings(format!(
        "the server is {name} {numbers}: {major}.{minor}.{patch} or newer is needed"
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn old_servers_are_refused_by_name() {
        for good in
            ["8.0.16", "9.7.4", "10.6.0-MariaDB", "10.11.19-MariaDB-0+deb12u1", "11.8.6-MariaDB"]
        {
            assert!(check_version(good).is_ok(), "{good}");
        }
        assert!(check_version("5.5.5-10.11.6-MariaDB").is_ok());
        let told = |version| check_version(version).unwrap_err().to_string();
        assert!(told("8.0.15").contains("the server is MySQL 8.0.15: 8.0.16 or newer is needed"));
        assert!(told("10.5.29-MariaDB").contains("10.6.0 or newer is needed"));
    }
}
