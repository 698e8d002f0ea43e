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
    let (name, digest) = (&version.profile().name, version.digest());
    let known = Statement::new("SELECT digest FROM profiles WHERE name = ? AND digest = ?");
    if session.row(known.bind(name).bind(digest)).await?.is_none() {
        let insert = Statement::new(
            "INSERT INTO profiles (name, digest, definition, templates) VALUES (?, ?, ?, ?)",
        )
        .bind(name)
        .bind(digest)
        .bind(version.definition())
        .bind(to_json(&version.files())?);
        session.run(insert).await?;
    }
    let current = Statement::new("UPDATE current_profiles SET digest = ? WHERE name = ?");
    if session.run(current.bind(digest).bind(name)).await? == 0 {
        let insert = Statement::new("INSERT INTO current_profiles (name, digest) VALUES (?, ?)");
        session.run(insert.bind(name).bind(digest)).await?;
    }
    Ok(())
}

/// `$current`: what makes it only the current ones.
macro_rules! select {
    ($current:literal, $rest:literal) => {
        concat!(
            "SELECT p.name, p.digest, p.definition, p.templates FROM profiles p",
            $current,
            $rest
        )
    };
}

macro_rules! select_current {
    ($rest:literal) => {
        select!(" JOIN current_profiles c ON c.name = p.name AND c.digest = p.digest", $rest)
    };
}

pub(super) async fn current(
    session: &mut dyn Session,
    name: &ProfileName,
) -> Done<Option<ProfileVersion>> {
    let query = Statement::new(select_current!(" WHERE p.name = ?")).bind(name);
    session.row(query).await?.map(|row| version(&row)).transpose()
}

pub(super) async fn lookup(
    session: &mut dyn Session,
    name: &ProfileName,
    digest: &Digest,
) -> Done<Option<ProfileVersion>> {
    let query =
        Statement::new(select!("", " WHERE p.name = ? AND p.digest = ?")).bind(name).bind(*digest);
    session.row(query).await?.map(|row| version(&row)).transpose()
}

pub(super) async fn list(session: &mut dyn Session) -> Done<Vec<ProfileVersion>> {
    let rows = session.rows(Statement::new(select_current!(" ORDER BY p.name"))).await?;
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
