//! A person reads the audit, page by page.

use super::{Caller, Orchestrator, OrchestratorError};
use crate::{
    audit::{
        AuditEntry, AuditFilter, AuditLine, AuditPlace, ChainHead, ChainedEntry, SealedCheckpoint,
    },
    auth::{Granted, ReadAudit},
    digest::Digest,
    ids::ChainId,
    stores::{Store, StoreError},
};
use std::{fmt, sync::Arc};

/// How many entries are read at once.
const PAGE: u32 = 1000;

/// A read of the audit, which is in the audit itself. It takes the memory of one page, however long
/// the audit is.
pub struct AuditReading {
    store: Arc<dyn Store>,
    grant: Granted<ReadAudit>,
    filter: AuditFilter,
    after: Option<ChainHead>,
    /// The last entry that was read. Its hash is known only to who may read all entries.
    last: Option<ChainHead>,
    place: Option<AuditPlace>,
    /// The end of the own chain when it began: what was written since comes with the next read.
    end: Option<ChainHead>,
    page: u32,
    ended: bool,
}

impl fmt::Debug for AuditReading {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuditReading").field("filter", &self.filter).finish_non_exhaustive()
    }
}

impl Orchestrator {
    /// Begins to read the entries that `filter` wants and that come after `after`, in the order of
    /// chain and sequence. `action` is what the audit calls it, such as `audit.export`; the entry is
    /// written first, and is not among those that are read.
    ///
    /// # Errors
    /// [`OrchestratorError::Denied`] without the permission. [`OrchestratorError::Invalid`] if there
    /// is no entry `after`.
    pub async fn read_audit(
        &self,
        caller: &Caller,
        action: &str,
        filter: AuditFilter,
        after: Option<AuditPlace>,
    ) -> Result<AuditReading, OrchestratorError> {
        let grant = self.authorize::<ReadAudit>(caller, action).await?;
        let from = after.map(|place| format!("after {place}"));
        let said = Some(filter.to_string()).filter(|text| !text.is_empty());
        let said: Vec<_> = said.into_iter().chain(from).collect();
        let mut entry = self.entry(caller, action);
        entry.detail = Some(said.join(", ")).filter(|text| !text.is_empty());
        let end = self.parts.store.head(&grant).await?;
        self.append(&[entry]).await?;
        let store = self.parts.store.clone();
        let mut reading = AuditReading {
            store,
            grant,
            filter,
            after: None,
            last: None,
            place: None,
            end: Some(end),
            page: PAGE,
            ended: false,
        };
        reading.start(after).await?;
        Ok(reading)
    }
}

impl AuditReading {
    /// The chain of `position` after it, which has no entry itself.
    pub(super) fn after(
        store: Arc<dyn Store>,
        grant: Granted<ReadAudit>,
        position: ChainHead,
    ) -> Self {
        let filter = AuditFilter { chain: Some(position.chain), ..AuditFilter::default() };
        let (after, last) = (Some(position), Some(position).filter(|head| head.sequence > 0));
        let (place, end, page, ended) = (None, None, PAGE, false);
        Self { store, grant, filter, after, last, place, end, page, ended }
    }

    /// With pages of at most so many entries, instead of 1000.
    #[must_use]
    pub fn with_page(self, page: u32) -> Self {
        Self { page, ..self }
    }

    /// The place of the last entry that was read, wanted or not; none before the first one. The next
    /// read begins after it.
    pub const fn place(&self) -> Option<AuditPlace> {
        self.place
    }

    /// Whether there is nothing more to read.
    pub const fn is_ended(&self) -> bool {
        self.ended
    }

    async fn start(&mut self, after: Option<AuditPlace>) -> Result<(), OrchestratorError> {
        let chain = self.filter.chain;
        let first = chain.map(|chain| AuditPlace { chain, sequence: 0 });
        // A place before the wanted chain is none within it.
        let after = after.filter(|after| chain.is_none_or(|chain| after.chain == chain));
        let Some(place) = after.or(first) else { return Ok(()) };
        self.after = Some(place.head());
        if place.sequence > 0 && self.grant.scope().is_all() {
            self.last = self.found(place).await?;
        }
        Ok(())
    }

    /// The entry at the place. None if it was removed: then the checkpoint is told first.
    async fn found(&self, place: AuditPlace) -> Result<Option<ChainHead>, OrchestratorError> {
        let before = AuditPlace { sequence: place.sequence.saturating_sub(1), ..place };
        let found = self.store.read_audit(&self.grant, Some(before.head()), 1).await?;
        let same = |entry: &&ChainedEntry| AuditPlace::of(entry) == place;
        if let Some(entry) = found.first().filter(same) {
            return Ok(Some(ChainHead::after(entry)));
        }
        let removed = self.checkpoint(place.chain).await?;
        let removed = removed.filter(|one| one.unverified().head.sequence >= place.sequence);
        if removed.is_some() {
            return Ok(None);
        }
        Err(OrchestratorError::Invalid(format!(
            "the audit has no entry {place}: read from its start"
        )))
    }

    async fn checkpoint(&self, chain: ChainId) -> Result<Option<SealedCheckpoint>, StoreError> {
        let all = self.store.checkpoints(&self.grant).await?;
        Ok(all.into_iter().find(|one| one.unverified().head.chain == chain))
    }

    /// What one page has of it, which may be nothing; none after the last page.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn next(&mut self) -> Result<Option<Vec<AuditLine>>, StoreError> {
        if self.ended {
            return Ok(None);
        }
        let page = self.store.read_audit(&self.grant, self.after, self.page).await?;
        let Some(last) = page.last() else {
            self.ended = true;
            return Ok(None);
        };
        // A page that is not full is the last one.
        self.ended = u32::try_from(page.len()).is_ok_and(|length| length < self.page);
        self.after = Some(ChainHead::after(last));
        let mut lines = Vec::new();
        for entry in page {
            if self.filter.chain.is_some_and(|chain| chain != entry.chain) {
                self.ended = true;
                break;
            }
            let later = |end: ChainHead| entry.chain == end.chain && entry.sequence > end.sequence;
            if self.end.is_some_and(later) {
                continue;
            }
            self.place = Some(AuditPlace::of(&entry));
            self.push(entry, &mut lines).await?;
        }
        Ok(Some(lines))
    }

    async fn push(
        &mut self,
        entry: ChainedEntry,
        lines: &mut Vec<AuditLine>,
    ) -> Result<(), StoreError> {
        let mut before = None;
        if self.grant.scope().is_all() {
            before = Some(self.before(&entry, lines).await?);
            self.last = Some(ChainHead::after(&entry));
        }
        // What is no entry is for everybody to see: the audit is damaged.
        let wanted = serde_json::from_str::<AuditEntry>(&entry.text)
            .map_or(true, |read| self.filter.wants(&entry, &read));
        if wanted {
            lines.push(AuditLine::Entry { entry, before });
        }
        Ok(())
    }

    /// The hash that the entry's own covers. Where a part of the chain was removed before it, its
    /// checkpoint comes first.
    async fn before(
        &self,
        entry: &ChainedEntry,
        lines: &mut Vec<AuditLine>,
    ) -> Result<Digest, StoreError> {
        let empty = ChainHead::empty(entry.chain);
        let last = self.last.filter(|last| last.chain == entry.chain).unwrap_or(empty);
        if last.sequence.saturating_add(1) == entry.sequence {
            return Ok(last.hash);
        }
        let Some(checkpoint) = self.checkpoint(entry.chain).await? else { return Ok(last.hash) };
        let hash = checkpoint.unverified().head.hash;
        lines.push(AuditLine::Checkpoint(checkpoint));
        Ok(hash)
    }
}
