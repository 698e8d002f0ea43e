//! Checks, and the acceptance of a database that was restored.

use super::{
    driver::{Connection, Database},
    error::Done,
    row::Columns,
    work::Work,
};
use ipxe_orch_core::{
    ids::{ChainId, Epoch},
    stores::{Acceptance, LastEntry, StoreError},
    time::Timestamp,
};
use sqlx::Executor;
use std::collections::BTreeSet;

/// Whether the database was accepted in the place of one with this epoch.
pub(super) async fn has_accepted<'c>(
    executor: impl Executor<'c, Database = Database>,
    epoch: Epoch,
) -> Done<bool> {
    let query = sqlx::query("SELECT 1 FROM accepted_epochs WHERE epoch = ?");
    let query = query.bind(epoch.0.as_bytes().to_vec());
    Ok(query.fetch_optional(executor).await?.is_some())
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
        sqlx::query("INSERT INTO accepted_epochs (epoch, at) VALUES (?, ?) ON CONFLICT DO NOTHING")
            .bind(epoch.0.as_bytes().as_slice())
            .bind(at)
            .execute(&mut *work.connection)
            .await?;
    }
    sqlx::query("UPDATE meta SET epoch = ?")
        .bind(acceptance.next.0.as_bytes().as_slice())
        .execute(&mut *work.connection)
        .await?;
    work.epoch = acceptance.next;
    Ok(())
}

/// A write that changes nothing but the time of the last check.
pub(super) async fn touch(connection: &mut Connection, at: i64) -> Done<()> {
    sqlx::query("UPDATE meta SET checked_at = ?").bind(at).execute(connection).await?;
    Ok(())
}

/// The last entry of each chain. Looks at the ends of the chains alone, however long they are.
pub(super) async fn latest<'c>(
    executor: impl Executor<'c, Database = Database>,
) -> Done<Vec<LastEntry>> {
    const SQL: &str = "WITH RECURSIVE chains (chain) AS (SELECT min(chain) FROM audit UNION ALL \
        SELECT (SELECT min(a.chain) FROM audit a WHERE a.chain > chains.chain) FROM chains \
        WHERE chains.chain IS NOT NULL) \
        SELECT a.chain, a.sequence, a.at FROM chains c JOIN audit a ON a.chain = c.chain \
        AND a.sequence = (SELECT max(l.sequence) FROM audit l WHERE l.chain = c.chain) \
        WHERE c.chain IS NOT NULL";
    let rows = sqlx::query(SQL).fetch_all(executor).await?;
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

/// Whether the leases are those that were written last. If not, a part of the file is older.
pub(super) async fn leases_add_up(connection: &mut Connection) -> Done<bool> {
    const SQL: &str = "SELECT lease_writes = (SELECT coalesce(sum(generation), 0) FROM leases) \
        FROM meta";
    let same: i64 = sqlx::query_scalar(SQL).fetch_one(connection).await?;
    Ok(same == 1)
}

/// What [`leases_add_up`] has found.
pub(super) fn mixed() -> StoreError {
    StoreError::Replaced(
        "a part of the database file is older than the rest: somebody has overwritten it while it \
         was in use; installs are suspended: stop all servers, and restore a whole copy"
            .to_owned(),
    )
}
