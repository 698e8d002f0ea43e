//! Values that many hosts share.

use super::{
    driver::{Connection, Pool, Row},
    error::Done,
    row::{Columns, to_i64, to_json},
};
use ipxe_orch_core::{
    auth::Grant,
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

/// Those of the sites in the grant's scope, and of no site.
pub(super) async fn list(
    pool: &Pool,
    grant: &Grant,
    profile: Option<&ProfileName>,
) -> Done<Vec<Defaults>> {
    let sql = "SELECT profile, site, generation, given FROM shared_values \
               WHERE ?1 IS NULL OR profile = ?1 ORDER BY profile, site";
    let rows = sqlx::query(sql).bind(profile.map(ProfileName::as_str)).fetch_all(pool).await?;
    let all = rows.iter().map(values).collect::<Done<Vec<_>>>()?;
    let seen =
        |one: &Defaults| one.place.site.as_ref().is_none_or(|site| grant.scope().may_have(site));
    Ok(all.into_iter().filter(seen).collect())
}

fn values(row: &Row) -> Done<Defaults> {
    let columns = Columns { row, table: "shared_values", key: "profile" };
    let site: &str = columns.get("site")?;
    let site = if site.is_empty() { None } else { Some(columns.parse("site")?) };
    let place = DefaultsKey { profile: columns.parse("profile")?, site };
    let (generation, values) = (columns.number("generation")?, columns.json("given")?);
    Ok(Defaults { place, generation, values })
}
