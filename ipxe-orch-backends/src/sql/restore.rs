//! Checks, and the acceptance of a database that was restored.

use super::{driver::Session, error::Done, row::Columns, statement::Statement, work::Work};
use ipxe_orch_core::{
    ids::{ChainId, Epoch},
    stores::{Acceptance, LastEntry, StoreError},
    time::Timestamp,
};
use std::collections::BTreeSet;

/// Whether the database was accepted in the place of one with this epoch.
pub(super) async fn has_accepted(session: &mut dyn Session, epoch: Epoch) -> Done<bool> {
    let query = Statement::new("SELECT epoch FROM accepted_epochs WHERE epoch = ?").bind(epoch);
    Ok(session.row(query).await?.is_some())
}

/// Adds a condition: the database is still of this epoch. A restore that another server accepts
/// meanwhile is noticed by the statement itself.
pub(super) fn push_epoch(statement: &mut Statement, epoch: Epoch) {
    statement.push(" AND EXISTS (SELECT 1 FROM meta WHERE epoch = ").push_bind(epoch).push(")");
}

/// Gives the database its next epoch. `seen`: the epochs that this program has seen.
pub(super) async fn accept(
    work: &mut Work<'_>,
    acceptance: &Acceptance,
    seen: &BTreeSet<Epoch>,
    at: i64,
) -> Done<()> {
    work.check_epoch(acceptance.expected)?;
    let all = seen.iter().chain(&acceptance.instead_of).chain([&acceptance.expected]);
    let all: BTreeSet<Epoch> = all.copied().filter(|epoch| *epoch != acceptance.next).collect();
    for epoch in all {
        if !has_accepted(&mut work.session, epoch).await? {
            let sql = "INSERT INTO accepted_epochs (epoch, at) VALUES (?, ?)";
            work.session.run(Statement::new(sql).bind(epoch).bind(at)).await?;
        }
    }
    let next = Statement::new("UPDATE meta SET epoch = ?, suspended = NULL WHERE epoch = ?")
        .bind(acceptance.next)
        .bind(acceptance.expected);
    if work.session.run(next).await? != 1 {
        return Err(StoreError::Conflict.into());
    }
    work.epoch = acceptance.next;
    work.suspended = None;
    Ok(())
}

/// A write that changes nothing but the time of the last check.
pub(super) async fn touch(session: &mut dyn Session, at: i64) -> Done<()> {
    session.run(Statement::new("UPDATE meta SET checked_at = ?").bind(at)).await?;
    Ok(())
}

/// The last entry of each chain.
pub(super) async fn latest(session: &mut dyn Session) -> Done<Vec<LastEntry>> {
    let rows = session.rows(Statement::new(session.dialect().ends_of_chains())).await?;
    let entry = |row| {
        let columns = Columns { row, table: "audit", key: "chain" };
        Ok(LastEntry {
            chain: ChainId::from_bytes(columns.bytes("chain")?),
            sequence: columns.number("sequence")?,
            at: Timestamp::from_millis(columns.get("at")?),
        })
    };
    rows.iter().map(entry).collect()
}
