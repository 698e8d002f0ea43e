//! A batch's transaction, as its jobs see it.

use super::{
    audit::Entry,
    driver::Connection,
    error::{Done, Failure},
    row::{Columns, to_i64},
};
use ipxe_orch_core::{
    audit::ChainHead,
    digest::Digest,
    ids::{ChainId, Epoch},
    stores::StoreError,
};
use std::collections::BTreeSet;
use uuid::Uuid;

/// The write lock is held: what a job reads stays so until it is written.
pub(super) struct Work<'a> {
    pub(super) connection: &'a mut Connection,
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
    pub(super) async fn begin(connection: &'a mut Connection, chain: ChainId) -> Done<Self> {
        const SQL: &str = "SELECT m.epoch, a.sequence, a.hash FROM meta m LEFT JOIN audit a \
            ON a.chain = ? AND a.sequence = (SELECT max(sequence) FROM audit WHERE chain = ?)";
        let id = chain.as_bytes().as_slice();
        let query = sqlx::query(SQL).bind(id).bind(id);
        let row = query.fetch_one(&mut *connection).await?;
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
        Ok(Self { connection, head, epoch, doubt: None, seen: BTreeSet::new() })
    }

    /// What was decided before a restore does not count after it.
    pub(super) fn check_epoch(&self, epoch: Epoch) -> Done<()> {
        if self.epoch == epoch { Ok(()) } else { Err(StoreError::Conflict.into()) }
    }

    /// Appends to this store's chain.
    pub(super) async fn append(&mut self, entry: &Entry) -> Done<()> {
        let chained = self.head.append(entry.text.clone());
        sqlx::query(
            "INSERT INTO audit (chain, sequence, at, host_id, action, text, hash) \
             VALUES (?, ?, ?, ?, ?, ?, ?)",
        )
        .bind(chained.chain.as_bytes().as_slice())
        .bind(to_i64(chained.sequence)?)
        .bind(entry.at)
        .bind(entry.host.as_ref().map(|host| host.as_bytes().as_slice()))
        .bind(&entry.action)
        .bind(&chained.text)
        .bind(chained.hash.as_bytes().as_slice())
        .execute(&mut *self.connection)
        .await
        .map_err(Failure::Driver)?;
        self.head = ChainHead::after(&chained);
        Ok(())
    }
}
