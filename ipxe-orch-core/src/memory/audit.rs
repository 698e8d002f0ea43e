//! The one chain.

use super::snapshot::Snapshot;
use crate::{
    audit::{AuditEntry, ChainHead, ChainedEntry, SealedCheckpoint, SinkState},
    auth::Grant,
    ids::{ChainId, HostId},
    stores::{LastEntry, StoreError},
};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Audit {
    pub(super) head: ChainHead,
    /// Each with the host that it is about.
    entries: Vec<(Option<HostId>, ChainedEntry)>,
    #[serde(default)]
    pub(super) checkpoint: Option<SealedCheckpoint>,
    #[serde(default)]
    pub(super) sinks: Vec<SinkState>,
}

impl Audit {
    pub(super) const fn empty(chain: ChainId) -> Self {
        Self {
            head: ChainHead::empty(chain),
            entries: Vec::new(),
            checkpoint: None,
            sinks: Vec::new(),
        }
    }

    pub(super) fn append(&mut self, entry: &AuditEntry) -> Result<(), StoreError> {
        let text = serde_json::to_string(entry).map_err(|e| StoreError::Backend(Box::new(e)))?;
        let chained = self.head.append(text);
        self.head = ChainHead::after(&chained);
        self.entries.push((entry.host, chained));
        Ok(())
    }

    pub(super) fn latest(&self) -> Result<Vec<LastEntry>, StoreError> {
        let Some((_, last)) = self.entries.last() else { return Ok(Vec::new()) };
        let entry: AuditEntry = serde_json::from_str(&last.text)
            .map_err(|error| StoreError::Corrupt(format!("the last audit entry: {error}")))?;
        let ChainedEntry { chain, sequence, .. } = *last;
        Ok(vec![LastEntry { chain, sequence, at: entry.at }])
    }

    pub(super) fn has(&self, head: &ChainHead) -> bool {
        let same = |(_, entry): &(_, ChainedEntry)| ChainHead::after(entry) == *head;
        let removed = self.checkpoint.as_ref().is_some_and(|one| one.covers(head));
        head.sequence == 0 || removed || self.entries.iter().any(same)
    }

    fn sink(&mut self, state: &SinkState) -> Option<usize> {
        let key = |one: &SinkState| (one.position.chain, one.sink);
        self.sinks.iter().position(|one| key(one) == key(state))
    }

    pub(super) fn put_sink(&mut self, state: &SinkState) -> Result<(), StoreError> {
        let place = self.sink(state);
        let known = place.and_then(|place| self.sinks.get(place)).map_or(0, |one| one.generation);
        if known.saturating_add(1) != state.generation {
            return Err(StoreError::Conflict);
        }
        place.map(|place| self.sinks.remove(place));
        self.sinks.push(state.clone());
        self.sinks.sort_by_key(|one| (one.position.chain, one.sink));
        Ok(())
    }

    pub(super) fn remove_sink(&mut self, state: &SinkState) -> Result<(), StoreError> {
        let place = self.sink(state).ok_or(StoreError::Conflict)?;
        if self.sinks.get(place).is_none_or(|one| one.generation != state.generation) {
            return Err(StoreError::Conflict);
        }
        self.sinks.remove(place);
        Ok(())
    }

    pub(super) fn prune(&mut self, sealed: &SealedCheckpoint) -> Result<(), StoreError> {
        let checkpoint = sealed.unverified();
        let at = |(_, entry): &(_, ChainedEntry)| ChainHead::after(entry) == checkpoint.head;
        let last = self.entries.iter().position(at).ok_or(StoreError::Conflict)?;
        let count = last.saturating_add(1);
        if u64::try_from(count) != Ok(checkpoint.removed) {
            return Err(StoreError::Conflict);
        }
        if count == self.entries.len() {
            return Err(StoreError::Invalid("the last entry of a chain stays".to_owned()));
        }
        self.entries.drain(..count);
        self.checkpoint = Some(sealed.clone());
        Ok(())
    }
}

impl Snapshot {
    /// With a narrower scope the entries of its hosts, removed ones too.
    pub(super) fn read_audit(
        &self,
        grant: &Grant,
        after: Option<ChainHead>,
        limit: u32,
    ) -> Vec<ChainedEntry> {
        let visible = |host: Option<HostId>| {
            let host = host.and_then(|id| self.ever(id));
            grant.scope().is_all() || host.is_some_and(|host| grant.covers(host))
        };
        let later = |entry: &ChainedEntry| {
            after.is_none_or(|after| (entry.chain, entry.sequence) > (after.chain, after.sequence))
        };
        let wanted = self.audit.entries.iter().filter(|(host, e)| later(e) && visible(*host));
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        wanted.take(limit).map(|(_, entry)| entry.clone()).collect()
    }
}
