//! Attempts: a narrow row that each step writes, and wide contents that never change.

use super::{
    driver::{FaultKind, Session},
    error::Done,
    row::{Columns, Row, to_json},
    statement::Statement,
};
use ipxe_orch_core::{
    ids::{AttemptId, ClaimId, HostId, MarkId},
    lease::{Attempt, Claim, Closed},
    stores::StoreError,
    time::Timestamp,
};

/// The columns that [`attempt`] reads, of `attempts AS a` and `attempt_contents AS c`. The id comes
/// from the column that refers to the attempt, so that a row that is missing there is noticed.
macro_rules! attempt_columns {
    ($id:literal) => {
        concat!(
            $id,
            " AS attempt_id, a.mark_id AS attempt_mark, a.offered_at, a.offers, a.counted_at, \
             a.claim_id, a.claimed_at, a.claim_by_report, a.claim_from, a.answered_at, a.progress, \
             a.deadline, a.closed, c.pin, c.terms, c.script"
        )
    };
}
pub(super) use attempt_columns;

/// The attempt in a row, or `None` if its id is null.
pub(super) fn attempt(row: &Row) -> Done<Option<Attempt>> {
    let columns = Columns { row, table: "attempts", key: "attempt_id" };
    let Some(id) = columns.optional_bytes("attempt_id")? else { return Ok(None) };
    let time = |column| -> Done<Option<Timestamp>> {
        Ok(columns.get::<Option<i64>>(column)?.map(Timestamp::from_millis))
    };
    Ok(Some(Attempt {
        id: AttemptId::from_bytes(id),
        mark: MarkId::from_bytes(columns.bytes("attempt_mark")?),
        pin: columns.json("pin")?,
        terms: columns.json("terms")?,
        script: columns.get("script")?,
        offered_at: Timestamp::from_millis(columns.get("offered_at")?),
        offers: columns.number("offers")?,
        counted_at: Timestamp::from_millis(columns.get("counted_at")?),
        claim: claim(&columns)?,
        answered_at: time("answered_at")?,
        progress: columns.optional_json("progress")?,
        deadline: time("deadline")?,
        closed: columns.optional_json("closed")?,
    }))
}

fn claim(columns: &Columns<'_>) -> Done<Option<Claim>> {
    let Some(id) = columns.optional_bytes("claim_id")? else { return Ok(None) };
    let id = ClaimId::from_bytes(id);
    let at = Timestamp::from_millis(columns.get("claimed_at")?);
    let from = columns.optional_parse("claim_from")?;
    Ok(Some(Claim { id, at, by_report: columns.get("claim_by_report")?, from }))
}

/// One attempt by its id.
pub(super) async fn by_id(session: &mut dyn Session, id: AttemptId) -> Done<Option<Attempt>> {
    const SQL: &str = concat!(
        "SELECT ",
        attempt_columns!("a.id"),
        " FROM attempts a LEFT JOIN attempt_contents c ON c.attempt_id = a.id WHERE a.id = ?"
    );
    let row = session.row(Statement::new(SQL).bind(id)).await?;
    row.map_or(Ok(None), |row| attempt(&row))
}

/// Stores a new attempt.
pub(super) async fn insert(session: &mut dyn Session, host: HostId, a: &Attempt) -> Done<()> {
    const SQL: &str = "INSERT INTO attempts (mark_id, offered_at, offers, counted_at, claim_id, \
        claimed_at, claim_by_report, claim_from, answered_at, progress, deadline, closed, outcome, \
        id, host_id) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
    match session.run(narrow(SQL, host, a)?).await {
        Ok(_) => {}
        Err(fault) if fault.kind() == FaultKind::Taken => {
            return Err(StoreError::AlreadyExists(format!("attempt {} exists", a.id)).into());
        }
        Err(fault) => return Err(fault.into()),
    }
    let sql = "INSERT INTO attempt_contents (attempt_id, pin, terms, script) VALUES (?, ?, ?, ?)";
    let contents = Statement::new(sql)
        .bind(a.id)
        .bind(to_json(&a.pin)?)
        .bind(to_json(&a.terms)?)
        .bind(a.script.as_str());
    session.run(contents).await?;
    Ok(())
}

/// Stores what became of a known attempt of the host; its contents stay.
pub(super) async fn update(session: &mut dyn Session, host: HostId, a: &Attempt) -> Done<()> {
    const SQL: &str = "UPDATE attempts SET mark_id = ?, offered_at = ?, offers = ?, \
        counted_at = ?, claim_id = ?, claimed_at = ?, claim_by_report = ?, claim_from = ?, \
        answered_at = ?, progress = ?, deadline = ?, closed = ?, outcome = ? \
        WHERE id = ? AND host_id = ?";
    match session.run(narrow(SQL, host, a)?).await? {
        1 => Ok(()),
        _ => Err(StoreError::Corrupt(format!("table leases, attempt {} is missing", a.id)).into()),
    }
}

/// Puts a better outcome in the place of the one of a claimed, earlier attempt. Gives the number of
/// attempts that are so: 0 or 1.
pub(super) async fn join(
    session: &mut dyn Session,
    host: HostId,
    attempt: AttemptId,
    closed: &Closed,
) -> Done<u64> {
    const SQL: &str = "UPDATE attempts SET closed = ?, outcome = ? WHERE id = ? AND host_id = ? \
        AND claim_id IS NOT NULL AND (outcome IS NULL OR outcome < ?) AND NOT EXISTS \
        (SELECT 1 FROM leases l WHERE l.host_id = attempts.host_id AND l.attempt_id = attempts.id)";
    let rank = closed.outcome.rank();
    let update =
        Statement::new(SQL).bind(to_json(closed)?).bind(rank).bind(attempt).bind(host).bind(rank);
    Ok(session.run(update).await?)
}

/// Binds the narrow columns in the order of both statements.
fn narrow(sql: &'static str, host: HostId, a: &Attempt) -> Done<Statement> {
    let claim = a.claim.as_ref();
    Ok(Statement::new(sql)
        .bind(a.mark)
        .bind(a.offered_at)
        .bind(a.offers)
        .bind(a.counted_at)
        .bind(claim.map(|claim| claim.id))
        .bind(claim.map(|claim| claim.at))
        .bind(claim.map(|claim| claim.by_report))
        .bind(claim.and_then(|claim| claim.from).map(|from| from.to_string()))
        .bind(a.answered_at)
        .bind(a.progress.as_ref().map(to_json).transpose()?)
        .bind(a.deadline)
        .bind(a.closed.as_ref().map(to_json).transpose()?)
        .bind(a.closed.as_ref().map(|closed| closed.outcome.rank()))
        .bind(a.id)
        .bind(host))
}
