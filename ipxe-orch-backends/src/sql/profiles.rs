//! Profiles: every version, one of each name current.

use super::{
    driver::{Connection, Pool, Row},
    error::Done,
    row::{Columns, to_json},
};
use ipxe_orch_core::{digest::Digest, names::ProfileName, profile::ProfileVersion};

/// Makes this version the current one.
pub(super) async fn put(connection: &mut Connection, version: &ProfileVersion) -> Done<()> {
    let name = version.profile().name.as_str();
    let digest = version.digest();
    sqlx::query("UPDATE profiles SET current = 0 WHERE name = ? AND current = 1")
        .bind(name)
        .execute(&mut *connection)
        .await?;
    let known = sqlx::query("UPDATE profiles SET current = 1 WHERE name = ? AND digest = ?")
        .bind(name)
        .bind(digest.as_bytes().as_slice())
        .execute(&mut *connection)
        .await?;
    if known.rows_affected() == 1 {
        return Ok(());
    }
    let sql = "INSERT INTO profiles (name, digest, definition, templates, current) \
               VALUES (?, ?, ?, ?, 1)";
    sqlx::query(sql)
        .bind(name)
        .bind(digest.as_bytes().as_slice())
        .bind(version.definition())
        .bind(to_json(&version.files())?)
        .execute(connection)
        .await?;
    Ok(())
}

macro_rules! select {
    ($condition:literal) => {
        concat!("SELECT name, digest, definition, templates FROM profiles WHERE ", $condition)
    };
}

pub(super) async fn current(pool: &Pool, name: &ProfileName) -> Done<Option<ProfileVersion>> {
    let query = sqlx::query(select!("name = ? AND current = 1")).bind(name.as_str());
    query.fetch_optional(pool).await?.map(|row| version(&row)).transpose()
}

pub(super) async fn lookup(
    pool: &Pool,
    name: &ProfileName,
    digest: &Digest,
) -> Done<Option<ProfileVersion>> {
    let query = sqlx::query(select!("name = ? AND digest = ?"))
        .bind(name.as_str())
        .bind(digest.as_bytes().as_slice());
    query.fetch_optional(pool).await?.map(|row| version(&row)).transpose()
}

pub(super) async fn list(pool: &Pool) -> Done<Vec<ProfileVersion>> {
    let rows = sqlx::query(select!("current = 1 ORDER BY name")).fetch_all(pool).await?;
    rows.iter().map(version).collect()
}

/// The files must still make the digest that marks pin.
fn version(row: &Row) -> Done<ProfileVersion> {
    let columns = Columns { row, table: "profiles", key: "digest" };
    let definition: &str = columns.get("definition")?;
    let version = ProfileVersion::new(definition, columns.json("templates")?)
        .map_err(|error| columns.corrupt(error))?;
    if version.digest() != Digest::from_bytes(columns.bytes("digest")?) {
        return Err(columns.corrupt("its files are not those of its digest"));
    }
    Ok(version)
}
