//! Values that many hosts share.

use super::{
    driver::{Connection, Pool, Row},
    error::Done,
    row::{Columns, to_i64, to_json},
};
use ipxe_orch_core::{
    names::{ProfileName, SiteName},
    profile::{Defaults, DefaultsKey},
    stores::StoreError,
};

/// Replaces the values of a place, if they are of the generation that was looked at.
pub(super) async fn put(connection: &mut Connection, values: &Defaults) -> Done<()> {
    let Defaults { place, generation, values } = values;
    let sql = if *generation == 0 {
        "INSERT INTO shared_values (given, profile, site, generation) VALUES (?, ?, ?, ? + 1) \
         ON CONFLICT DO NOTHING"
    } else {
        "UPDATE shared_values SET given = ?, generation = generation + 1 \
         WHERE profile = ? AND site = ? AND generation = ?"
    };
    let done = sqlx::query(sql)
        .bind(to_json(values)?)
        .bind(place.profile.as_str())
        .bind(place.site.as_ref().map_or("", SiteName::as_str))
        .bind(to_i64(*generation)?)
        .execute(connection)
        .await?;
    if done.rows_affected() == 1 { Ok(()) } else { Err(StoreError::Conflict.into()) }
}

pub(super) async fn list(pool: &Pool, profile: Option<&ProfileName>) -> Done<Vec<Defaults>> {
    let sql = "SELECT profile, site, generation, given FROM shared_values \
               WHERE ?1 IS NULL OR profile = ?1 ORDER BY profile, site";
    let rows = sqlx::query(sql).bind(profile.map(ProfileName::as_str)).fetch_all(pool).await?;
    rows.iter().map(values).collect()
}

fn values(row: &Row) -> Done<Defaults> {
    let columns = Columns { row, table: "shared_values", key: "profile" };
    let site: &str = columns.get("site")?;
    let site = if site.is_empty() { None } else { Some(columns.parse("site")?) };
    let place = DefaultsKey { profile: columns.parse("profile")?, site };
    let (generation, values) = (columns.number("generation")?, columns.json("given")?);
    Ok(Defaults { place, generation, values })
}
