//! A batch's transaction, as its jobs see it.

use super::{
    audit::Entry,
    driver::Session,
    error::{Done, Failure},
    row::{Columns, to_i64},
    statement::Statement,
};
use ipxe_orch_core::{
    audit::ChainHead,
    digest::Digest,
    ids::{ChainId, Epoch},
    stores::StoreError,
};
use std::collections::BTreeSet;
use uuid::Uuid;

/// A batch's transaction.
pub(super) struct Work<'a> {
    pub(super) session: &'a mut dyn Session,
    pub(super) head: ChainHead,
    pub(super) epoch: Epoch,
    /// Why this is perhaps not the database that was seen before.
    pub(super) doubt: Option<String>,
    /// The epochs of all that was seen.
    pub(super) seen: BTreeSet<Epoch>,
}

impl<'a> Work<'a> {
    /// Reads what all jobs of the batch need. The chain's head, too: another program may have
    /// appended to the chain meanwhile.
    pub(super) async fn begin(session: &'a mut dyn Session, chain: ChainId) -> Done<Self> {
        const SQL: &str = "SELECT m.epoch, a.sequence, a.hash FROM meta m LEFT JOIN audit a \
            ON a.chain = ? AND a.sequence = (SELECT max(sequence) FROM audit WHERE chain = ?)";
        let row = session.row(Statement::new(SQL).bind(chain).bind(chain)).await?;
        let row = row.ok_or_else(|| StoreError::Corrupt("table meta is empty".to_owned()))?;
        let columns = Columns { row: &row, table: "audit", key: "epoch" };
        let epoch = Epoch(Uuid::from_bytes(columns.bytes("epoch")?));
        let head = match columns.optional_bytes("hash")? {
            None => ChainHead::empty(chain),
            Some(hash) => ChainHead {
                chain,
                sequence: columns.number("sequence")?,
                hash: Digest::from_bytes(hash),
            },
        };
        Ok(Self { session, head, epoch, doubt: None, seen: BTreeSet::new() })
    }

    /// What was decided before a restore does not count after it.
    pub(super) fn check_epoch(&self, epoch: Epoch) -> Done<()> {
        if self.epoch == epoch { Ok(()) } else { Err(StoreError::Conflict.into()) }
    }

    /// Appends to this store's chain.
    pub(super) async fn append(&mut self, entry: &Entry) -> Done<()> {
        let chained = self.head.append(entry.text.clone());
        let insert = Statement::new(
            "INSERT INTO audit (chain, sequence, at, host_id, action, text, hash) \
             VALUES (?, ?, ?, ?, ?, ?, ?)",
        )
        .bind(chained.chain)
        .bind(to_i64(chained.sequence)?)
        .bind(entry.at)
        .bind(entry.host)
        .bind(entry.action.as_str())
        .bind(chained.text.as_str())
        .bind(chained.hash);
        // A taken place of the chain is no fault of the job.
        self.session.run(insert).await.map_err(Failure::Driver)?;
        self.head = ChainHead::after(&chained);
        Ok(())
    }
}
