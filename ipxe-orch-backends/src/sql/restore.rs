//! Checks, and the acceptance of a database that was restored.

use super::{
    driver::Session, error::Done, row::Columns, statement::Statement, work::Work, writers,
};
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
    let next = Statement::new("UPDATE meta SET epoch = ? WHERE epoch = ?")
        .bind(acceptance.next)
        .bind(acceptance.expected);
    if work.session.run(next).await? != 1 {
        return Err(StoreError::Conflict.into());
    }
    work.epoch = acceptance.next;
    writers::wait_for_all(&mut work.session).await
}

/// The time of the database's server.
pub(super) async fn clock(session: &mut dyn Session) -> Done<Option<Timestamp>> {
    let Some(clock) = session.dialect().clock() else { return Ok(None) };
    let row = session.row(Statement::new(clock)).await?;
    let now = |row| Columns { row: &row, table: "clock", key: "now" }.get("now");
    Ok(row.map(now).transpose()?.map(Timestamp::from_millis))
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
