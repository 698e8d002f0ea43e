//! The places of a person: each of its sessions has another one, and so has each of its tokens. A
//! unique index of person and place keeps their number bounded, whoever writes at the same time.

use super::super::{
    driver::Session,
    error::Done,
    row::{Columns, Row},
    statement::Statement,
};
use ipxe_orch_core::auth::PersonId;
use std::collections::BTreeSet;

/// The rows of a person, the oldest first.
pub(super) async fn of(
    session: &mut dyn Session,
    sql: &'static str,
    person: &PersonId,
) -> Done<Vec<Row>> {
    Ok(session.rows(Statement::new(sql).bind(person)).await?)
}

/// The first place that is free; none if all are taken.
pub(super) fn free(rows: &[Row], table: &'static str, places: u32) -> Done<Option<i64>> {
    let place = |row| Columns { row, table, key: "id" }.get::<i64>("place");
    let taken = rows.iter().map(place).collect::<Done<BTreeSet<_>>>()?;
    Ok((0..i64::from(places)).find(|place| !taken.contains(place)))
}
