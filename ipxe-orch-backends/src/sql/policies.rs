//! Policies, and what was armed under their limits.

use super::{
    driver::{Fault, FaultKind, Session},
    error::Done,
    row::{Columns, Row, to_i64, to_json},
    statement::Statement,
};
use ipxe_orch_core::{
    ids::Generation,
    names::PolicyName,
    policy::{Meter, PolicyRecord, PutPolicy, Taken},
    stores::StoreError,
};

const SELECT: &str = "SELECT name, generation, policy, meter FROM policies";

/// By name.
pub(super) async fn list(session: &mut dyn Session) -> Done<Vec<PolicyRecord>> {
    let mut query = Statement::new(SELECT);
    query.push(" ORDER BY name");
    session.rows(query).await?.iter().map(record).collect()
}

fn record(row: &Row) -> Done<PolicyRecord> {
    let columns = Columns { row, table: "policies", key: "name" };
    Ok(PolicyRecord {
        policy: columns.json("policy")?,
        generation: Generation(columns.number("generation")?),
        meter: columns.json("meter")?,
    })
}

/// Sets or removes a policy. Its meter stays as it is: it belongs to the orders.
pub(super) async fn put(session: &mut dyn Session, change: &PutPolicy) -> Done<()> {
    let mut query = Statement::new(SELECT);
    query.push(" WHERE name = ").push_bind(change.name());
    let before = session.row(query).await?.as_ref().map(record).transpose()?;
    let next = change.apply_to(before.as_ref())?;
    let written = session.run(write(change.name(), before.as_ref(), next.as_ref())?).await;
    match written {
        Ok(1) => Ok(()),
        Ok(_) => Err(StoreError::Conflict.into()),
        Err(fault) if fault.kind() == FaultKind::Taken => Err(StoreError::Conflict.into()),
        Err(fault) => Err(fault.into()),
    }
}

fn write(
    name: &PolicyName,
    before: Option<&PolicyRecord>,
    next: Option<&PolicyRecord>,
) -> Result<Statement, StoreError> {
    let seen = to_i64(before.map_or(0, |before| before.generation.0))?;
    Ok(match (before, next) {
        (None, Some(next)) => Statement::new(
            "INSERT INTO policies (name, generation, policy, meter, turns) VALUES (?, 1, ?, ?, 0)",
        )
        .bind(name)
        .bind(to_json(&next.policy)?)
        .bind(to_json(&next.meter)?),
        (_, Some(next)) => Statement::new(
            "UPDATE policies SET policy = ?, generation = generation + 1 \
             WHERE name = ? AND generation = ?",
        )
        .bind(to_json(&next.policy)?)
        .bind(name)
        .bind(seen),
        (_, None) => Statement::new("DELETE FROM policies WHERE name = ? AND generation = ?")
            .bind(name)
            .bind(seen),
    })
}

/// A meter to write, and the number of times that it was written before.
pub(super) struct Next {
    name: PolicyName,
    meter: Meter,
    turns: i64,
}

/// Reads the meters in which places are to be taken; refuses where there are not as many.
pub(super) async fn meters(session: &mut dyn Session, taken: &[Taken]) -> Done<Vec<Next>> {
    let mut all = Vec::with_capacity(taken.len());
    for taken in taken {
        let query = Statement::new("SELECT name, meter, turns FROM policies WHERE name = ?");
        let row = session.row(query.bind(&taken.count.policy)).await?;
        let Some(row) = row else { return Err(StoreError::Limited.into()) };
        let columns = Columns { row: &row, table: "policies", key: "name" };
        let before: Meter = columns.json("meter")?;
        let meter = taken.from(Some(&before))?;
        all.push(Next { name: taken.count.policy.clone(), meter, turns: columns.get("turns")? });
    }
    Ok(all)
}

/// Takes the places. If another server wrote a meter meanwhile, the whole transaction is tried again.
pub(super) async fn take(session: &mut dyn Session, meters: &[Next]) -> Done<()> {
    for Next { name, meter, turns } in meters {
        let update = Statement::new(
            "UPDATE policies SET meter = ?, turns = turns + 1 WHERE name = ? AND turns = ?",
        );
        let update = update.bind(to_json(meter)?).bind(name).bind(*turns);
        if session.run(update).await? != 1 {
            let text = "another server has armed installs under the same policy";
            return Err(Fault::new(FaultKind::Again, text).into());
        }
    }
    Ok(())
}
