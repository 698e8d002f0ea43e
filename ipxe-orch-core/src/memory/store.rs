//! The reference implementation of the store traits. Each noun has a module of its own.

use super::{put, snapshot::Snapshot};
use crate::{
    audit::{AuditEntry, ChainHead, ChainedEntry, SealedCheckpoint, SinkState},
    auth::{
        Boot, BuildImages, ChangeHosts, Granted, ManageKeys, MarkHosts, ReadAudit, Record,
        SeeHosts, WriteGrant,
    },
    digest::Digest,
    host::HostSpec,
    ids::{AttemptId, ChainId, Epoch, HostId, KeyId, MarkId},
    lease::{Attempt, Change, HostState},
    names::ProfileName,
    profile::{Defaults, ProfileVersion},
    stores::{
        Acceptance, AuditStore, BootEvent, BootRecord, Checked, DefaultsStore, Discovered,
        EventFilter, EventStore, HostFilter, HostKey, HostPage, HostRecord, HostStore, ImageBuild,
        LeaseStore, OverdueFilter, OverdueHost, ProfileStore, PutGrant, PutHost, SealedPin,
        StoreError,
    },
    time::Timestamp,
};
use async_trait::async_trait;
use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

/// A store in memory. Its data are lost with it, unless you keep a [`Snapshot`].
///
/// ```
/// use ipxe_orch_core::{ids::{ChainId, Epoch}, memory::{MemoryStore, Snapshot}};
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let store = MemoryStore::new(Epoch::from_bytes([1; 16]), ChainId::from_bytes([1; 16]));
/// let text = serde_json::to_string(&store.snapshot())?;
/// let again = MemoryStore::from_snapshot(serde_json::from_str::<Snapshot>(&text)?);
/// assert_eq!(serde_json::to_string(&again.snapshot())?, text);
/// # Ok(()) }
/// ```
#[derive(Debug)]
pub struct MemoryStore(Mutex<Snapshot>);

impl MemoryStore {
    /// An empty store.
    pub const fn new(epoch: Epoch, chain: ChainId) -> Self {
        Self::from_snapshot(Snapshot::empty(epoch, chain))
    }

    /// A store with these contents.
    pub const fn from_snapshot(snapshot: Snapshot) -> Self {
        Self(Mutex::new(snapshot))
    }

    /// The contents of this moment.
    pub fn snapshot(&self) -> Snapshot {
        self.state().clone()
    }

    pub(super) fn state(&self) -> MutexGuard<'_, Snapshot> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs `write` on a copy and keeps it if it succeeds: all or nothing.
    pub(super) fn transaction<T>(
        &self,
        write: impl FnOnce(&mut Snapshot) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let mut state = self.state();
        let mut copy = state.clone();
        let done = write(&mut copy)?;
        *state = copy;
        Ok(done)
    }
}

#[async_trait]
impl HostStore for MemoryStore {
    async fn epoch(&self) -> Result<Epoch, StoreError> {
        Ok(self.state().epoch)
    }

    async fn check(&self, _: &Granted<Record>, _: Timestamp) -> Result<Checked, StoreError> {
        let state = self.state();
        let (epoch, chain) = (state.epoch, state.audit.head.chain);
        Ok(Checked { epoch, chain, latest: state.audit.latest()?, clock: None })
    }

    async fn has_accepted(&self, epoch: Epoch) -> Result<bool, StoreError> {
        Ok(self.state().accepted.contains(&epoch))
    }

    async fn accept(
        &self,
        grant: &Granted<ManageKeys>,
        acceptance: &Acceptance,
        audit: &AuditEntry,
    ) -> Result<(), StoreError> {
        grant.check_all("a database")?;
        self.transaction(|state| {
            state.accept(acceptance)?;
            state.audit.append(audit)
        })
    }

    async fn lookup_host(
        &self,
        grant: &Granted<SeeHosts>,
        key: &HostKey,
    ) -> Result<Option<HostRecord>, StoreError> {
        Ok(self.state().lookup_host(grant, key))
    }

    async fn list_hosts(
        &self,
        grant: &Granted<SeeHosts>,
        filter: &HostFilter,
    ) -> Result<HostPage, StoreError> {
        Ok(self.state().list_hosts(grant, filter))
    }

    async fn count_hosts(
        &self,
        grant: &Granted<SeeHosts>,
    ) -> Result<BTreeMap<HostState, u64>, StoreError> {
        Ok(self.state().count_hosts(grant))
    }

    async fn lookup_clashing(
        &self,
        grant: &Granted<SeeHosts>,
        ids: &[HostId],
        specs: &[HostSpec],
    ) -> Result<Vec<HostRecord>, StoreError> {
        Ok(self.state().lookup_clashing(grant, ids, specs))
    }

    async fn put_hosts(
        &self,
        grant: &PutGrant,
        epoch: Epoch,
        hosts: &[(PutHost, AuditEntry)],
    ) -> Result<(), StoreError> {
        self.transaction(|state| {
            state.check_epoch(epoch)?;
            put::put_hosts(state, grant, hosts)
        })
    }

    async fn record_images(
        &self,
        grant: &Granted<BuildImages>,
        epoch: Epoch,
        images: &[(HostId, ImageBuild)],
    ) -> Result<(), StoreError> {
        self.transaction(|state| {
            state.check_epoch(epoch)?;
            for (host, build) in images {
                state.record_image(grant, *host, build);
            }
            Ok(())
        })
    }
}

#[async_trait]
impl LeaseStore for MemoryStore {
    async fn lookup_boot(
        &self,
        grant: &Granted<Boot>,
        host: HostId,
    ) -> Result<Option<BootRecord>, StoreError> {
        Ok(self.state().lookup_host(grant, &HostKey::Id(host)).map(|host| BootRecord::of(&host)))
    }

    async fn lookup_attempt(
        &self,
        grant: &Granted<Boot>,
        attempt: AttemptId,
    ) -> Result<Option<(HostRecord, Attempt)>, StoreError> {
        Ok(self.state().lookup_attempt(grant, attempt))
    }

    async fn lookup_mark(
        &self,
        grant: &Granted<MarkHosts>,
        mark: MarkId,
    ) -> Result<Option<HostId>, StoreError> {
        Ok(self.state().lookup_mark(grant, mark))
    }

    async fn apply(
        &self,
        grant: &WriteGrant,
        epoch: Epoch,
        change: &Change,
        audit: Option<&AuditEntry>,
    ) -> Result<(), StoreError> {
        self.transaction(|state| {
            state.check_epoch(epoch)?;
            state.apply(grant, change)?;
            audit.map_or(Ok(()), |entry| state.audit.append(entry))
        })
    }

    async fn list_sealed_pins(
        &self,
        grant: &Granted<ManageKeys>,
        key: KeyId,
    ) -> Result<Vec<SealedPin>, StoreError> {
        grant.check_all("sealing")?;
        Ok(self.state().list_sealed_pins(key))
    }

    async fn put_sealed_pins(
        &self,
        grant: &Granted<ManageKeys>,
        epoch: Epoch,
        pins: &[SealedPin],
        audit: &AuditEntry,
    ) -> Result<(), StoreError> {
        grant.check_all("sealing")?;
        self.transaction(|state| {
            state.check_epoch(epoch)?;
            state.put_sealed_pins(pins);
            state.audit.append(audit)
        })
    }

    async fn list_overdue(
        &self,
        grant: &Granted<SeeHosts>,
        filter: &OverdueFilter,
    ) -> Result<Vec<OverdueHost>, StoreError> {
        Ok(self.state().list_overdue(grant, filter))
    }
}

#[async_trait]
impl ProfileStore for MemoryStore {
    async fn put_profile(
        &self,
        grant: &Granted<ChangeHosts>,
        version: &ProfileVersion,
        audit: &AuditEntry,
    ) -> Result<(), StoreError> {
        grant.check_all("a profile")?;
        self.transaction(|state| {
            state.put_profile(version);
            state.audit.append(audit)
        })
    }

    async fn current_profile(
        &self,
        _: &Granted<SeeHosts>,
        name: &ProfileName,
    ) -> Result<Option<ProfileVersion>, StoreError> {
        Ok(self.state().current_profile(name))
    }

    async fn lookup_profile(
        &self,
        _: &Granted<SeeHosts>,
        name: &ProfileName,
        version: &Digest,
    ) -> Result<Option<ProfileVersion>, StoreError> {
        Ok(self.state().profiles.get(&(name.clone(), *version)).cloned())
    }

    async fn list_profiles(
        &self,
        _: &Granted<SeeHosts>,
    ) -> Result<Vec<ProfileVersion>, StoreError> {
        Ok(self.state().list_profiles())
    }
}

#[async_trait]
impl DefaultsStore for MemoryStore {
    async fn put_defaults(
        &self,
        grant: &Granted<ChangeHosts>,
        values: &Defaults,
        audit: &AuditEntry,
    ) -> Result<(), StoreError> {
        grant.check_site(values.place.site.as_ref(), "a default")?;
        self.transaction(|state| {
            state.put_defaults(values)?;
            state.audit.append(audit)
        })
    }

    async fn list_defaults(
        &self,
        grant: &Granted<SeeHosts>,
        profile: Option<&ProfileName>,
    ) -> Result<Vec<Defaults>, StoreError> {
        Ok(self.state().list_defaults(grant, profile))
    }
}

#[async_trait]
impl EventStore for MemoryStore {
    async fn record_events(
        &self,
        _: &Granted<Record>,
        events: &[BootEvent],
    ) -> Result<(), StoreError> {
        self.state().record_events(events);
        Ok(())
    }

    async fn list_events(
        &self,
        grant: &Granted<SeeHosts>,
        filter: &EventFilter,
    ) -> Result<Vec<BootEvent>, StoreError> {
        Ok(self.state().list_events(grant, filter))
    }

    async fn list_discovered(
        &self,
        grant: &Granted<SeeHosts>,
    ) -> Result<Vec<Discovered>, StoreError> {
        Ok(self.state().list_discovered(grant))
    }
}

#[async_trait]
impl AuditStore for MemoryStore {
    async fn append_audit(
        &self,
        _: &Granted<Record>,
        entries: &[AuditEntry],
    ) -> Result<(), StoreError> {
        self.transaction(|state| entries.iter().try_for_each(|entry| state.audit.append(entry)))
    }

    async fn head(&self, _: &Granted<ReadAudit>) -> Result<ChainHead, StoreError> {
        Ok(self.state().audit.head)
    }

    async fn has_head(&self, _: &Granted<ReadAudit>, head: &ChainHead) -> Result<bool, StoreError> {
        Ok(self.state().audit.has(head))
    }

    async fn read_audit(
        &self,
        grant: &Granted<ReadAudit>,
        after: Option<ChainHead>,
        limit: u32,
    ) -> Result<Vec<ChainedEntry>, StoreError> {
        Ok(self.state().read_audit(grant, after, limit))
    }

    async fn checkpoints(
        &self,
        _: &Granted<ReadAudit>,
    ) -> Result<Vec<SealedCheckpoint>, StoreError> {
        Ok(self.state().audit.checkpoint.iter().cloned().collect())
    }

    async fn prune_audit(
        &self,
        grant: &Granted<ManageKeys>,
        checkpoint: &SealedCheckpoint,
        audit: &AuditEntry,
    ) -> Result<(), StoreError> {
        grant.check_all("the audit")?;
        self.transaction(|state| {
            state.audit.prune(checkpoint)?;
            state.audit.append(audit)
        })
    }

    async fn list_sinks(&self, _: &Granted<ReadAudit>) -> Result<Vec<SinkState>, StoreError> {
        Ok(self.state().audit.sinks.clone())
    }

    async fn put_sink(&self, _: &Granted<Record>, state: &SinkState) -> Result<(), StoreError> {
        self.state().audit.put_sink(state)
    }

    async fn remove_sink(&self, _: &Granted<Record>, state: &SinkState) -> Result<(), StoreError> {
        self.state().audit.remove_sink(state)
    }
}
