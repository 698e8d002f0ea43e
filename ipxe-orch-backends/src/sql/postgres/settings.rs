//! Settings of the server without which a claim that was acknowledged could be lost.

use super::{super::error::OpenError, fault::fault};
use sqlx::PgConnection;

/// The oldest version.
const OLDEST: i32 = 13;

/// What must be on, and why.
const NEEDED: [(&str, &str); 2] = [
    ("fsync", "a power failure loses what was committed"),
    ("full_page_writes", "a power failure damages pages"),
];

/// # Errors
/// [`OpenError::Settings`] names the setting and what to write instead.
pub(super) async fn check(connection: &mut PgConnection) -> Result<(), OpenError> {
    let version = setting(connection, "server_version_num").await?;
    let major = version.parse::<i32>().unwrap_or(0) / 10_000;
    if major < OLDEST {
        return Err(OpenError::Settings(format!(
            "the server is PostgreSQL {major}: {OLDEST} or newer is needed"
        )));
    }
    for (name, why) in NEEDED {
        if setting(connection, name).await? != "on" {
            return Err(OpenError::Settings(format!(
                "{name} is off: {why}; set it to on on the database server"
            )));
        }
    }
    Ok(())
}

async fn setting(connection: &mut PgConnection, name: &'static str) -> Result<String, OpenError> {
    let sql = "SELECT current_setting($1)";
    Ok(sqlx::query_scalar(sql).bind(name).fetch_one(connection).await.map_err(fault)?)
}
