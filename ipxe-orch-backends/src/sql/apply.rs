//! A change of a lease by compare-and-set: each statement contains the expected state, and changes
//! one row.

use super::{
    attempts,
    driver::{Connection, is_unique_violation},
    error::{Done, Failure},
    hosts,
    row::{Columns, to_i64, to_json},
    scope,
    work::Work,
};
use ipxe_orch_core::{
    auth::WriteGrant,
    host::LoaderPath,
    ids::{AttemptId, Epoch, HostId, MarkId},
    lease::{Change, Closed, Expected, Lease, Mark, Write},
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
    if !scope::covers(work.connection, grant.scope(), change.host).await? {
        return Err(StoreError::NotFound.into());
    }
    let (connection, host) = (&mut *work.connection, change.host);
    match &change.write {
        Write::Replace { expected, next, claim, new_mark } => {
            replace(connection, host, expected, next).await?;
            change.check()?;
            store_mark(connection, host, next, *new_mark).await?;
            store_attempt(connection, host, expected, next).await?;
            match claim {
                Some((mark, attempt)) => {
                    insert_claim(connection, host, *mark, *attempt, next).await
                }
                None => Ok(()),
            }
        }
        Write::CountOffer { attempt, offers, count } => {
            count_offer(connection, host, *attempt, *offers, *count).await
        }
        Write::Join { attempt, closed } => join(connection, host, *attempt, closed).await,
    }
}

/// Why no row changed.
async fn unchanged(connection: &mut Connection, host: HostId) -> Failure {
    match hosts::name(connection, host).await {
        Ok(Some(_)) => StoreError::Conflict.into(),
        Ok(None) => StoreError::NotFound.into(),
        Err(failure) => failure,
    }
}

/// The compare-and-set of the lease's row. It also compares the ids of mark and attempt, because
/// generations are used again after a restore.
async fn replace(
    connection: &mut Connection,
    host: HostId,
    expected: &Expected,
    next: &Lease,
) -> Done<()> {
    const SQL: &str = "UPDATE leases SET generation = generation + 1, min_image_generation = ?, \
        held = ?, mark_id = ?, mark_expires_at = ?, last_mark = ?, attempt_id = ?, loader = ? \
        WHERE host_id = ? AND generation = ? AND mark_id IS ? AND attempt_id IS ?";
    let mark = next.mark.as_ref().map(|mark| mark.id);
    let attempt = next.attempt.as_ref().map(|attempt| attempt.id);
    let done = sqlx::query(SQL)
        .bind(i64::from(next.min_image_generation.0))
        .bind(next.held.as_ref().map(to_json).transpose()?)
        .bind(mark.as_ref().map(|id| id.as_bytes().as_slice()))
        .bind(expiry(next.mark.as_ref()))
        .bind(next.last_mark.as_ref().map(to_json).transpose()?)
        .bind(attempt.as_ref().map(|id| id.as_bytes().as_slice()))
        .bind(next.loader.as_ref().map(LoaderPath::as_str))
        .bind(host.as_bytes().as_slice())
        .bind(to_i64(expected.generation.0)?)
        .bind(expected.mark.as_ref().map(|id| id.as_bytes().as_slice()))
        .bind(expected.attempt.as_ref().map(|id| id.as_bytes().as_slice()))
        .execute(&mut *connection)
        .await?;
    if done.rows_affected() == 1 { Ok(()) } else { Err(unchanged(connection, host).await) }
}

/// The expiry of a mark, as its column stores it.
pub(super) fn expiry(mark: Option<&Mark>) -> Option<i64> {
    mark.and_then(|mark| mark.expires_at).map(Timestamp::as_millis)
}

async fn store_mark(
    connection: &mut Connection,
    host: HostId,
    next: &Lease,
    new_mark: Option<MarkId>,
) -> Done<()> {
    let Some(mark) = &next.mark else { return Ok(()) };
    if new_mark == Some(mark.id) {
        return insert_mark(connection, host, mark).await;
    }
    // Mostly it is the same: then this is a read.
    let text = to_json(mark)?;
    sqlx::query("UPDATE marks SET mark = ? WHERE id = ? AND mark <> ?")
        .bind(&text)
        .bind(mark.id.as_bytes().as_slice())
        .bind(&text)
        .execute(connection)
        .await?;
    Ok(())
}

/// Registers a mark; the database refuses an id that was ever used.
pub(super) async fn insert_mark(
    connection: &mut Connection,
    host: HostId,
    mark: &Mark,
) -> Done<()> {
    let inserted = sqlx::query("INSERT INTO marks (id, host_id, mark) VALUES (?, ?, ?)")
        .bind(mark.id.as_bytes().as_slice())
        .bind(host.as_bytes().as_slice())
        .bind(to_json(mark)?)
        .execute(connection)
        .await;
    match inserted {
        Ok(_) => Ok(()),
        Err(error) if is_unique_violation(&error) => {
            Err(StoreError::AlreadyExists(format!("mark {} was used before", mark.id)).into())
        }
        Err(error) => Err(error.into()),
    }
}

async fn store_attempt(
    connection: &mut Connection,
    host: HostId,
    expected: &Expected,
    next: &Lease,
) -> Done<()> {
    match &next.attempt {
        None => Ok(()),
        Some(known) if expected.attempt == Some(known.id) => {
            attempts::update(connection, host, known).await
        }
        Some(new) => attempts::insert(connection, host, new).await,
    }
}

/// The database refuses a second claim of a mark, whatever the lease says.
async fn insert_claim(
    connection: &mut Connection,
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
    let inserted = sqlx::query(sql)
        .bind(mark.as_bytes().as_slice())
        .bind(attempt.as_bytes().as_slice())
        .bind(host.as_bytes().as_slice())
        .bind(claim.id.as_bytes().as_slice())
        .bind(claim.at.as_millis())
        .execute(connection)
        .await;
    match inserted {
        Ok(_) => Ok(()),
        Err(error) if is_unique_violation(&error) => Err(StoreError::Conflict.into()),
        Err(error) => Err(error.into()),
    }
}

/// The lease's generation is neither compared nor changed.
async fn count_offer(
    connection: &mut Connection,
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
    let done = sqlx::query(SQL)
        .bind(i64::from(next))
        .bind(count.map(Timestamp::as_millis))
        .bind(attempt.as_bytes().as_slice())
        .bind(host.as_bytes().as_slice())
        .bind(i64::from(offers))
        .execute(&mut *connection)
        .await?;
    if done.rows_affected() == 1 { Ok(()) } else { Err(unchanged(connection, host).await) }
}

/// A better outcome replaces the one of a claimed, earlier attempt. Nothing else changes.
async fn join(
    connection: &mut Connection,
    host: HostId,
    attempt: AttemptId,
    closed: &Closed,
) -> Done<()> {
    const FIND: &str = "SELECT id AS attempt_id, closed FROM attempts \
        WHERE id = ? AND host_id = ? AND claim_id IS NOT NULL \
        AND NOT EXISTS (SELECT 1 FROM leases l \
                        WHERE l.host_id = attempts.host_id AND l.attempt_id = attempts.id)";
    let found = sqlx::query(FIND)
        .bind(attempt.as_bytes().as_slice())
        .bind(host.as_bytes().as_slice())
        .fetch_optional(&mut *connection)
        .await?;
    let Some(row) = found else { return Err(unchanged(connection, host).await) };
    let columns = Columns { row: &row, table: "attempts", key: "attempt_id" };
    let before: Option<Closed> = columns.optional_json("closed")?;
    if before.is_some_and(|before| before.outcome >= closed.outcome) {
        return Err(StoreError::Conflict.into());
    }
    // The write lock is held since before the read: the row is as it was found.
    sqlx::query("UPDATE attempts SET closed = ? WHERE id = ?")
        .bind(to_json(closed)?)
        .bind(attempt.as_bytes().as_slice())
        .execute(connection)
        .await?;
    Ok(())
}
