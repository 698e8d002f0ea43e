//! The trait for the audit.

use super::StoreError;
use crate::{
    audit::{AuditEntry, ChainHead, ChainedEntry},
    auth::{Granted, ReadAudit, Record},
};
use async_trait::async_trait;

/// The audit: written with each change, and alone for what was denied, refused or done elsewhere.
#[async_trait]
pub trait AuditStore: Send + Sync {
    /// Appends entries about what changed nothing in the store, all of them or none, in their
    /// order. Readers see all entries of a call or none of them.
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

    /// Whether the audit has the entry that `head` ends with, unchanged; an empty head always. A
    /// database that was set back, or is another one, lacks it. Cheap.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn has_head(
        &self,
        grant: &Granted<ReadAudit>,
        head: &ChainHead,
    ) -> Result<bool, StoreError>;

    /// At most `limit` entries after `after` (exclusive; `None` from the start), by chain and
    /// sequence; for a limit of 0 none, and there is no other limit. A grant that does not hold for all hosts shows the entries of its hosts only,
    /// those of removed hosts included.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn read_audit(
        &self,
        grant: &Granted<ReadAudit>,
        after: Option<ChainHead>,
        limit: u32,
    ) -> Result<Vec<ChainedEntry>, StoreError>;
}
