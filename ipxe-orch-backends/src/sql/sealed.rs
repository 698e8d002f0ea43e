//! Secrets in the pins of marks and attempts, which are sealed again with another key.

use super::{
    dialect::Dialect,
    driver::Session,
    error::Done,
    row::{Columns, Row, to_json},
    statement::Statement,
};
use ipxe_orch_core::{
    ids::{AttemptId, HostId, KeyId, MarkId},
    lease::{Mark, Pin},
    stores::{PinOwner, SealedPin, StoreError},
};

/// The number of rows that are looked at together.
const PAGE: i64 = 500;
/// Every sealed value has this text; so may a few others, which are looked at in vain.
pub(super) const MARKS: &str = "SELECT m.id, m.host_id, m.mark, \
    CASE WHEN EXISTS (SELECT 1 FROM leases l \
    WHERE l.host_id = m.host_id AND l.mark_id = m.id) THEN 0 ELSE 1 END AS ended \
    FROM marks m WHERE m.mark LIKE '%sealed:v1:%' AND m.id > ? ORDER BY m.id";
pub(super) const ATTEMPTS: &str = "SELECT a.id, a.host_id, c.pin, \
    CASE WHEN a.closed IS NULL THEN 0 ELSE 1 END AS ended \
    FROM attempts a JOIN attempt_contents c ON c.attempt_id = a.id \
    WHERE c.pin LIKE '%sealed:v1:%' AND a.id > ? ORDER BY a.id";

/// The first pins that have values sealed with another key.
pub(super) async fn list(session: &mut dyn Session, key: KeyId) -> Done<Vec<SealedPin>> {
    let mut pins = Vec::new();
    look_through(session, MARKS, &mut pins, |row| of_mark(row, key)).await?;
    look_through(session, ATTEMPTS, &mut pins, |row| of_attempt(row, key)).await?;
    Ok(pins)
}

/// Looks at the rows page by page, until there are enough pins.
async fn look_through(
    session: &mut dyn Session,
    sql: &'static str,
    pins: &mut Vec<SealedPin>,
    pin: impl Fn(&Row) -> Done<SealedPin> + Sync,
) -> Done<()> {
    let mut after = vec![0; 16];
    while pins.len() < SealedPin::PAGE {
        let query = page(session.dialect(), sql, after);
        let rows = session.rows(query).await?;
        let Some(last) = rows.last() else { return Ok(()) };
        after = Columns { row: last, table: "marks", key: "id" }.bytes::<16>("id")?.to_vec();
        for row in &rows {
            let pin = pin(row)?;
            if !pin.values.is_empty() && pins.len() < SealedPin::PAGE {
                pins.push(pin);
            }
        }
    }
    Ok(())
}

pub(super) fn page(dialect: Dialect, sql: &'static str, after: Vec<u8>) -> Statement {
    let mut query = Statement::new(sql).bind(after);
    query.push_limit(dialect, PAGE);
    query
}

fn of_mark(row: &Row, key: KeyId) -> Done<SealedPin> {
    let columns = Columns { row, table: "marks", key: "id" };
    let mark: Mark = columns.json("mark")?;
    Ok(SealedPin {
        host: HostId::from_bytes(columns.bytes("host_id")?),
        owner: PinOwner::Mark(MarkId::from_bytes(columns.bytes("id")?)),
        ended: columns.get("ended")?,
        values: SealedPin::unwanted(&mark.pin.spec.values, key),
    })
}

fn of_attempt(row: &Row, key: KeyId) -> Done<SealedPin> {
    let columns = Columns { row, table: "attempt_contents", key: "id" };
    let pin: Pin = columns.json("pin")?;
    Ok(SealedPin {
        host: HostId::from_bytes(columns.bytes("host_id")?),
        owner: PinOwner::Attempt(AttemptId::from_bytes(columns.bytes("id")?)),
        ended: columns.get("ended")?,
        values: SealedPin::unwanted(&pin.spec.values, key),
    })
}

/// Puts the new values, if nobody has written others since they were read.
pub(super) async fn put(session: &mut dyn Session, pin: &SealedPin) -> Done<()> {
    let (read, write, id, table) = match &pin.owner {
        PinOwner::Mark(id) => (
            "SELECT id, mark AS text FROM marks WHERE id = ?",
            "UPDATE marks SET mark = ? WHERE id = ? AND mark = ?",
            id.as_bytes().to_vec(),
            "marks",
        ),
        PinOwner::Attempt(id) => (
            "SELECT attempt_id AS id, pin AS text FROM attempt_contents WHERE attempt_id = ?",
            "UPDATE attempt_contents SET pin = ? WHERE attempt_id = ? AND pin = ?",
            id.as_bytes().to_vec(),
            "attempt_contents",
        ),
        _ => return Ok(()),
    };
    let row = session.row(Statement::new(read).bind(id.clone())).await?;
    let Some(row) = row else { return Ok(()) };
    let columns = Columns { row: &row, table, key: "id" };
    let text = if let PinOwner::Mark(_) = pin.owner {
        let mut mark: Mark = columns.json("text")?;
        pin.put_into(&mut mark.pin.spec.values);
        to_json(&mark)?
    } else {
        let mut stored: Pin = columns.json("text")?;
        pin.put_into(&mut stored.spec.values);
        to_json(&stored)?
    };
    let update = Statement::new(write).bind(text).bind(id).bind(columns.get::<&str>("text")?);
    if session.run(update).await? != 1 {
        return Err(StoreError::Conflict.into());
    }
    if !pin.ended {
        let next = "UPDATE leases SET generation = generation + 1 WHERE host_id = ?";
        session.run(Statement::new(next).bind(pin.host)).await?;
    }
    Ok(())
}
