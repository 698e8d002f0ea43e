//! The trait for the audit.

use super::StoreError;
use crate::{
    audit::{AuditEntry, ChainHead, ChainedEntry, SealedCheckpoint, SinkState},
    auth::{Granted, ManageKeys, ReadAudit, Record},
};
use async_trait::async_trait;

/// The audit. A change writes its entry itself. Entries about what was denied, refused or done
/// outside of the store are appended alone.
#[async_trait]
pub trait AuditStore: Send + Sync {
    /// Appends entries about actions that changed nothing in the store: all entries or none, in
    /// their order. Readers see all entries of a call or none of them.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn append_audit(
        &self,
        grant: &Granted<Record>,
        entries: &[AuditEntry],
    ) -> Result<(), StoreError>;

    /// The end of this store's own chain. Cheap.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn head(&self, grant: &Granted<ReadAudit>) -> Result<ChainHead, StoreError>;

    /// Whether the audit has, unchanged, the entry that `head` ends with. An empty head is always
    /// there, and so is one before the last checkpoint of its chain: it was removed. A database that
    /// was restored, or is another one, lacks it. Cheap.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn has_head(
        &self,
        grant: &Granted<ReadAudit>,
        head: &ChainHead,
    ) -> Result<bool, StoreError>;

    /// At most `limit` entries that come after `after`, in the order of chain and sequence; `None`
    /// means from the start. There is no other limit, and a limit of 0 gives none. A grant that is
    /// not for all hosts shows only the entries of its hosts, also those of removed hosts.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn read_audit(
        &self,
        grant: &Granted<ReadAudit>,
        after: Option<ChainHead>,
        limit: u32,
    ) -> Result<Vec<ChainedEntry>, StoreError>;

    /// The last checkpoint of each chain whose oldest part was removed, by chain. Whoever uses one
    /// opens its seal.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn checkpoints(
        &self,
        grant: &Granted<ReadAudit>,
    ) -> Result<Vec<SealedCheckpoint>, StoreError>;

    /// Removes the entries of a chain up to the checkpoint, puts it in the place of the one before,
    /// and appends `audit`: all or nothing. The last entry of a chain is never removed.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if the chain does not have the entry of the checkpoint, or not as
    /// many entries before it as the checkpoint says. [`StoreError::Invalid`] for the last entry of
    /// a chain, or if the grant is not for all hosts.
    async fn prune_audit(
        &self,
        grant: &Granted<ManageKeys>,
        checkpoint: &SealedCheckpoint,
        audit: &AuditEntry,
    ) -> Result<(), StoreError>;

    /// How far each chain was forwarded to each sink, by chain and sink.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn list_sinks(&self, grant: &Granted<ReadAudit>) -> Result<Vec<SinkState>, StoreError>;

    /// Writes how far a chain was forwarded to a sink. It has no entry in the audit, which would
    /// have to be forwarded in turn.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if the store does not have the generation before.
    async fn put_sink(&self, grant: &Granted<Record>, state: &SinkState) -> Result<(), StoreError>;

    /// Forgets a sink for a chain.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if the store does not have this generation.
    async fn remove_sink(
        &self,
        grant: &Granted<Record>,
        state: &SinkState,
    ) -> Result<(), StoreError>;
}
