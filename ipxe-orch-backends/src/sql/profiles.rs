//! Profiles: every version, one of each name current.

use super::{
    driver::Session,
    error::Done,
    row::{Columns, Row, to_json},
    statement::Statement,
};
use ipxe_orch_core::{digest::Digest, names::ProfileName, profile::ProfileVersion};

/// Makes this version the current one.
pub(super) async fn put(session: &mut dyn Session, version: &ProfileVersion) -> Done<()> {
    let name = &version.profile().name;
    let digest = version.digest();
    let before = "UPDATE profiles SET current = 0 WHERE name = ? AND current = 1";
    session.run(Statement::new(before).bind(name)).await?;
    let known = "UPDATE profiles SET current = 1 WHERE name = ? AND digest = ?";
    if session.run(Statement::new(known).bind(name).bind(digest)).await? == 1 {
        return Ok(());
    }
    let insert = Statement::new(
        "INSERT INTO profiles (name, digest, definition, templates, current) \
         VALUES (?, ?, ?, ?, 1)",
    )
    .bind(name)
    .bind(digest)
    .bind(version.definition())
    .bind(to_json(&version.files())?);
    session.run(insert).await?;
    Ok(())
}

macro_rules! select {
    ($condition:literal) => {
        concat!("SELECT name, digest, definition, templates FROM profiles WHERE ", $condition)
    };
}

pub(super) async fn current(
    session: &mut dyn Session,
    name: &ProfileName,
) -> Done<Option<ProfileVersion>> {
    let query = Statement::new(select!("name = ? AND current = 1")).bind(name);
    session.row(query).await?.map(|row| version(&row)).transpose()
}

pub(super) async fn lookup(
    session: &mut dyn Session,
    name: &ProfileName,
    digest: &Digest,
) -> Done<Option<ProfileVersion>> {
    let query = Statement::new(select!("name = ? AND digest = ?")).bind(name).bind(*digest);
    session.row(query).await?.map(|row| version(&row)).transpose()
}

pub(super) async fn list(session: &mut dyn Session) -> Done<Vec<ProfileVersion>> {
    let rows = session.rows(Statement::new(select!("current = 1 ORDER BY name"))).await?;
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
