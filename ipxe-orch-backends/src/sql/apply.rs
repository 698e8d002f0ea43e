//! A change of a lease by compare-and-set: each statement contains the expected state, and changes
//! one row.

use super::{
    attempts, boot,
    driver::{FaultKind, Session},
    error::{Done, Failure},
    hosts, policies,
    row::{to_i64, to_json},
    scope,
    statement::Statement,
    work::Work,
};
use ipxe_orch_core::{
    auth::WriteGrant,
    ids::{AttemptId, Epoch, HostId, MarkId},
    lease::{Change, Expected, Lease, Mark, Write},
    stores::StoreError,
    time::Timestamp,
};

pub(super) async fn apply(
    work: &mut Work<'_>,
    grant: &WriteGrant,
    epoch: Epoch,
    change: &Change,
) -> Done<()> {
    work.check_epoch(epoch)?;
    if !scope::covers(&mut work.session, grant.scope(), change.host).await? {
        return Err(StoreError::NotFound.into());
    }
    let (session, host) = (&mut work.session, change.host);
    match &change.write {
        Write::Replace { expected, next, claim, new_mark } => {
            let meters = policies::meters(session, &change.taken()).await?;
            replace(session, host, expected, next).await?;
            change.check()?;
            policies::take(session, &meters).await?;
            store_mark(session, host, next, *new_mark).await?;
            store_attempt(session, host, expected, next).await?;
            match claim {
                Some((mark, attempt)) => insert_claim(session, host, *mark, *attempt, next).await,
                None => Ok(()),
            }
        }
        Write::CountOffer { attempt, offers, count } => {
            count_offer(session, host, *attempt, *offers, *count).await
        }
        Write::Join { attempt, closed } => {
            match attempts::join(session, host, *attempt, closed).await? {
                1 => Ok(()),
                _ => Err(unchanged(session, host).await),
            }
        }
    }
}

/// Why no row changed.
async fn unchanged(session: &mut dyn Session, host: HostId) -> Failure {
    match hosts::name(session, host).await {
        Ok(Some(_)) => StoreError::Conflict.into(),
        Ok(None) => StoreError::NotFound.into(),
        Err(failure) => failure,
    }
}

/// The compare-and-set of the lease's row, and the first write of its job. It also compares the ids
/// of mark and attempt, because generations are used again after a restore.
async fn replace(
    session: &mut dyn Session,
    host: HostId,
    expected: &Expected,
    next: &Lease,
) -> Done<()> {
    const SQL: &str = "UPDATE leases SET generation = generation + 1, min_image_generation = ?, \
        held = ?, protected = ?, mark_id = ?, mark_expires_at = ?, last_mark = ?, attempt_id = ?, loader = ?, \
        idle_generation = ?, state = CASE WHEN name IS NULL THEN NULL ELSE ? END \
        WHERE host_id = ? AND generation = ? AND ";
    let mut update = Statement::new(SQL)
        .bind(next.min_image_generation.0)
        .bind(next.held.as_ref().map(to_json).transpose()?)
        .bind(next.protected.as_ref().map(to_json).transpose()?)
        .bind(next.mark.as_ref().map(|mark| mark.id))
        .bind(expiry(next.mark.as_ref()))
        .bind(next.last_mark.as_ref().map(to_json).transpose()?)
        .bind(next.attempt.as_ref().map(|attempt| attempt.id))
        .bind(next.loader.as_ref())
        .bind(boot::idle_generation(next, expected.generation.next())?)
        .bind(next.state().as_str())
        .bind(host)
        .bind(to_i64(expected.generation.0)?);
    update.push_same("mark_id", expected.mark).push(" AND ");
    update.push_same("attempt_id", expected.attempt);
    if session.run(update).await? == 1 { Ok(()) } else { Err(unchanged(session, host).await) }
}

/// The expiry of a mark, as its column stores it.
pub(super) fn expiry(mark: Option<&Mark>) -> Option<Timestamp> {
    mark.and_then(|mark| mark.expires_at)
}

async fn store_mark(
    session: &mut dyn Session,
    host: HostId,
    next: &Lease,
    new_mark: Option<MarkId>,
) -> Done<()> {
    let Some(mark) = &next.mark else { return Ok(()) };
    if new_mark == Some(mark.id) {
        return insert_mark(session, host, mark).await;
    }
    // Mostly it is the same: then this is a read.
    let text = to_json(mark)?;
    let update = Statement::new("UPDATE marks SET mark = ? WHERE id = ? AND mark <> ?")
        .bind(text.as_str())
        .bind(mark.id)
        .bind(text.as_str());
    session.run(update).await?;
    Ok(())
}

/// Registers a mark; the database refuses an id that was ever used.
pub(super) async fn insert_mark(session: &mut dyn Session, host: HostId, mark: &Mark) -> Done<()> {
    let insert = Statement::new("INSERT INTO marks (id, host_id, mark) VALUES (?, ?, ?)")
        .bind(mark.id)
        .bind(host)
        .bind(to_json(mark)?);
    match session.run(insert).await {
        Ok(_) => Ok(()),
        Err(fault) if fault.kind() == FaultKind::Taken => {
            Err(StoreError::AlreadyExists(format!("mark {} was used before", mark.id)).into())
        }
        Err(fault) => Err(fault.into()),
    }
}

async fn store_attempt(
    session: &mut dyn Session,
    host: HostId,
    expected: &Expected,
    next: &Lease,
) -> Done<()> {
    match &next.attempt {
        None => Ok(()),
        Some(known) if expected.attempt == Some(known.id) => {
            attempts::update(session, host, known).await
        }
        Some(new) => attempts::insert(session, host, new).await,
    }
}

/// The database refuses a second claim of a mark, whatever the lease says.
async fn insert_claim(
    session: &mut dyn Session,
    host: HostId,
    mark: MarkId,
    attempt: AttemptId,
    next: &Lease,
) -> Done<()> {
    let claim = next.attempt.as_ref().filter(|next| next.id == attempt);
    let claim = claim.and_then(|next| next.claim.as_ref()).ok_or_else(|| {
        StoreError::Invalid(format!("attempt {attempt} is claimed, but holds no claim"))
    })?;
    let sql = "INSERT INTO claims (mark_id, attempt_id, host_id, claim_id, at) \
               VALUES (?, ?, ?, ?, ?)";
    let insert =
        Statement::new(sql).bind(mark).bind(attempt).bind(host).bind(claim.id).bind(claim.at);
    match session.run(insert).await {
        Ok(_) => Ok(()),
        Err(fault) if fault.kind() == FaultKind::Taken => Err(StoreError::Conflict.into()),
        Err(fault) => Err(fault.into()),
    }
}

/// The lease's generation is neither compared nor changed.
async fn count_offer(
    session: &mut dyn Session,
    host: HostId,
    attempt: AttemptId,
    offers: u32,
    count: Option<Timestamp>,
) -> Done<()> {
    const SQL: &str = "UPDATE attempts SET offers = ?, counted_at = coalesce(?, counted_at) \
        WHERE id = ? AND host_id = ? AND offers = ? AND claim_id IS NULL AND closed IS NULL \
        AND EXISTS (SELECT 1 FROM leases l \
                    WHERE l.host_id = attempts.host_id AND l.attempt_id = attempts.id)";
    let next = if count.is_some() { offers.saturating_add(1) } else { offers };
    let update = Statement::new(SQL).bind(next).bind(count).bind(attempt).bind(host).bind(offers);
    if session.run(update).await? == 1 { Ok(()) } else { Err(unchanged(session, host).await) }
}
