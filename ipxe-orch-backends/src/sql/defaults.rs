//! Values that many hosts share.

use super::{
    driver::Session,
    error::Done,
    row::{Columns, Row, to_i64, to_json},
    statement::Statement,
};
use ipxe_orch_core::{
    auth::Grant,
    names::{ProfileName, SiteName},
    profile::{Defaults, DefaultsKey},
    stores::StoreError,
};

/// Replaces the values of a place, if they are of the generation that was looked at.
pub(super) async fn put(session: &mut dyn Session, values: &Defaults) -> Done<()> {
    let Defaults { place, generation, values } = values;
    let site = place.site.as_ref().map_or("", SiteName::as_str);
    let values = to_json(values)?;
    let statement = if *generation == 0 {
        let mut insert = Statement::new(
            "INSERT INTO shared_values (given, profile, site, generation) SELECT ?, ?, ?, 1",
        );
        insert = insert.bind(values).bind(&place.profile).bind(site);
        insert.push(session.dialect().no_table());
        insert.push(
            " WHERE NOT EXISTS (SELECT 1 FROM shared_values s WHERE s.profile = ? AND s.site = ?)",
        );
        insert.bind(&place.profile).bind(site)
    } else {
        Statement::new(
            "UPDATE shared_values SET given = ?, generation = generation + 1 \
             WHERE profile = ? AND site = ? AND generation = ?",
        )
        .bind(values)
        .bind(&place.profile)
        .bind(site)
        .bind(to_i64(*generation)?)
    };
    if session.run(statement).await? == 1 { Ok(()) } else { Err(StoreError::Conflict.into()) }
}

/// Those of the sites in the grant's scope, and of no site.
pub(super) async fn list(
    session: &mut dyn Session,
    grant: &Grant,
    profile: Option<&ProfileName>,
) -> Done<Vec<Defaults>> {
    let mut query = Statement::new("SELECT profile, site, generation, given FROM shared_values");
    if let Some(profile) = profile {
        query.push(" WHERE profile = ").push_bind(profile);
    }
    query.push(" ORDER BY profile, site");
    let rows = session.rows(query).await?;
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
