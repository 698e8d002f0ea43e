//! Settings of the server without which a claim that was acknowledged could be lost.

use super::{
    connect::{Connection, Reads},
    session::Connected,
};
use crate::sql::{
    driver::{FaultKind, Session as _},
    error::OpenError,
    row::Columns,
    statement::Statement,
};

/// The oldest version: SQL Server 2014. Azure says that it is this one.
const OLDEST: u32 = 12;

const VERSION: &str = "SELECT CAST(SERVERPROPERTY('ProductVersion') AS nvarchar(128)) AS found";
const DURABILITY: &str = "SELECT CAST(delayed_durability AS bigint) AS found FROM sys.databases \
    WHERE database_id = DB_ID()";
const VERSIONS_OF_ROWS: &str = "SELECT CAST(is_read_committed_snapshot_on AS bigint) AS found \
    FROM sys.databases WHERE database_id = DB_ID()";
/// The value of `delayed_durability` that no transaction can escape.
const FORCED: i64 = 2;

/// How statements read, as far as the settings decide it.
///
/// # Errors
/// [`OpenError::Settings`] names the setting and what to write instead.
pub(super) async fn check(connection: &mut Connection) -> Result<Reads, OpenError> {
    let row = Connected(&mut *connection).row(Statement::new(VERSION)).await?;
    if let Some(row) = row {
        check_version(Columns { row: &row, table: "sys.databases", key: "found" }.get("found")?)?;
    }
    if setting(connection, DURABILITY).await? == Some(FORCED) {
        return Err(OpenError::Settings(
            "DELAYED_DURABILITY is FORCED: a failure of the server loses what was committed; run \
             `ALTER DATABASE CURRENT SET DELAYED_DURABILITY = DISABLED`"
                .to_owned(),
        ));
    }
    if setting(connection, VERSIONS_OF_ROWS).await? == Some(0) {
        tracing::warn!(
            "READ_COMMITTED_SNAPSHOT is OFF: those who read and those who write wait for each \
             other; run `ALTER DATABASE CURRENT SET READ_COMMITTED_SNAPSHOT ON` while no server \
             runs"
        );
        return Ok(Reads::Locks);
    }
    Ok(Reads::Versions)
}

/// `None` from a server that does not have the setting, such as Babelfish.
async fn setting(connection: &mut Connection, sql: &'static str) -> Result<Option<i64>, OpenError> {
    let row = match Connected(connection).row(Statement::new(sql)).await {
        Err(fault) if fault.kind() == FaultKind::Other => return Ok(None),
        row => row?,
    };
    let found = |row| Columns { row, table: "sys.databases", key: "found" }.get("found");
    Ok(row.as_ref().map_or(Ok(None), found)?)
}

fn check_version(text: &str) -> Result<(), OpenError> {
    let major = text.split('.').next().and_then(|major| major.parse::<u32>().ok()).unwrap_or(0);
    if major >= OLDEST {
        return Ok(());
    }
    Err(OpenError::Settings(format!(
        "the server is SQL Server {text}: {OLDEST}.0 (SQL Server 2014) or newer is needed"
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn old_servers_are_refused_by_name() {
        for good in ["12.0.2000.8", "13.0.7029.3", "16.0.4105.2", "17.0.700.9"] {
            assert!(check_version(good).is_ok(), "{good}");
        }
        let told = |version| check_version(version).unwrap_err().to_string();
        assert!(told("11.0.7507.2").contains("SQL Server 11.0.7507.2: 12.0 (SQL Server 2014)"));
        assert!(told("x").contains("12.0"));
    }
}
