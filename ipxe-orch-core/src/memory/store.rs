//! The reference of the store traits; what it does stands in the module of its noun.

use super::{audit::Audit, put};
use crate::{
    audit::{AuditEntry, ChainHead, ChainedEntry},
    auth::{Boot, ChangeHosts, Grant, Granted, ReadAudit, SeeHosts},
    digest::Digest,
    ids::{AttemptId, ChainId, Epoch, HostId, MarkId},
    lease::{Attempt, Change},
    names::ProfileName,
    profile::{Defaults, DefaultsKey, ProfileVersion},
    stores::{
        AuditLog, BootEvent, Discovered, EventFilter, HostFilter, HostKey, HostPage, HostRecord,
        InventoryStore, OverdueFilter, OverdueHost, ProfileStore, PutHost, StoreError,
    },
};
use async_trait::async_trait;
use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

/// All in memory; gone with the process.
#[derive(Debug)]
pub struct MemoryStore(Mutex<State>);

#[derive(Clone, Debug)]
pub(super) struct State {
    pub(super) epoch: Epoch,
    pub(super) hosts: BTreeMap<HostId, HostRecord>,
    pub(super) removed: BTreeMap<HostId, HostRecord>,
    pub(super) discovered: BTreeMap<HostId, Discovered>,
    pub(super) earlier: BTreeMap<AttemptId, (HostId, Attempt)>,
    pub(super) marks: BTreeMap<MarkId, HostId>,
    pub(super) claims: BTreeMap<MarkId, AttemptId>,
    pub(super) profiles: BTreeMap<(ProfileName, Digest), ProfileVersion>,
    pub(super) current: BTreeMap<ProfileName, Digest>,
    pub(super) defaults: BTreeMap<DefaultsKey, Defaults>,
    pub(super) audit: Audit,
    pub(super) events: Vec<BootEvent>,
}

impl MemoryStore {
    /// An empty store.
    pub fn new(epoch: Epoch, chain: ChainId) -> Self {
        Self(Mutex::new(State {
            epoch,
            hosts: BTreeMap::new(),
            removed: BTreeMap::new(),
            discovered: BTreeMap::new(),
            earlier: BTreeMap::new(),
            marks: BTreeMap::new(),
            claims: BTreeMap::new(),
            profiles: BTreeMap::new(),
            current: BTreeMap::new(),
            defaults: BTreeMap::new(),
            audit: Audit::empty(chain),
            events: Vec::new(),
        }))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs `write` on a copy and keeps it if it succeeds: all or nothing.
    fn transaction<T>(
        &self,
        write: impl FnOnce(&mut State) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let mut state = self.state();
        let mut copy = state.clone();
        let done = write(&mut copy)?;
        *state = copy;
        Ok(done)
    }
}

impl State {
    /// What was decided before a restore does not count after it.
    fn check_epoch(&self, epoch: Epoch) -> Result<(), StoreError> {
        if self.epoch == epoch { Ok(()) } else { Err(StoreError::Conflict) }
    }
}

#[async_trait]
impl InventoryStore for MemoryStore {
    async fn epoch(&self) -> Result<Epoch, StoreError> {
        Ok(self.state().epoch)
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

    async fn list_overdue(
        &self,
        grant: &Granted<SeeHosts>,
        filter: &OverdueFilter,
    ) -> Result<Vec<OverdueHost>, StoreError> {
        Ok(self.state().list_overdue(grant, filter))
    }

    async fn put_hosts(
        &self,
        grant: &Granted<ChangeHosts>,
        epoch: Epoch,
        hosts: &[(PutHost, AuditEntry)],
    ) -> Result<(), StoreError> {
        self.transaction(|state| {
            state.check_epoch(epoch)?;
            put::put_hosts(state, grant, hosts)
        })
    }

    async fn lookup_boot(
        &self,
        grant: &Granted<Boot>,
        host: HostId,
    ) -> Result<Option<HostRecord>, StoreError> {
        Ok(self.state().lookup_host(grant, &HostKey::Id(host)))
    }

    async fn lookup_attempt(
        &self,
        grant: &Granted<Boot>,
        attempt: AttemptId,
    ) -> Result<Option<(HostRecord, Attempt)>, StoreError> {
        Ok(self.state().lookup_attempt(grant, attempt))
    }

    async fn lookup_mark(&self, grant: &Grant, mark: MarkId) -> Result<Option<HostId>, StoreError> {
        Ok(self.state().lookup_mark(grant, mark))
    }

    async fn apply(
        &self,
        grant: &Grant,
        epoch: Epoch,
        change: &Change,
        audit: &AuditEntry,
    ) -> Result<(), StoreError> {
        self.transaction(|state| {
            state.check_epoch(epoch)?;
            state.apply(grant, change)?;
            state.audit.append(audit)
        })
    }

    async fn record_events(&self, events: &[BootEvent]) -> Result<(), StoreError> {
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
impl ProfileStore for MemoryStore {
    async fn put_profile(
        &self,
        grant: &Granted<ChangeHosts>,
        version: &ProfileVersion,
        audit: &AuditEntry,
    ) -> Result<(), StoreError> {
        grant.check_all("a profile")?;
        self.transaction(|state| {
            let (name, digest) = (version.profile().name.clone(), version.digest());
            state.profiles.insert((name.clone(), digest), version.clone());
            state.current.insert(name, digest);
            state.audit.append(audit)
        })
    }

    async fn current_profile(
        &self,
        name: &ProfileName,
    ) -> Result<Option<ProfileVersion>, StoreError> {
        let state = self.state();
        let digest = state.current.get(name);
        Ok(digest.and_then(|d| state.profiles.get(&(name.clone(), *d))).cloned())
    }

    async fn lookup_profile(
        &self,
        name: &ProfileName,
        version: &Digest,
    ) -> Result<Option<ProfileVersion>, StoreError> {
        Ok(self.state().profiles.get(&(name.clone(), *version)).cloned())
    }

    async fn list_profiles(&self) -> Result<Vec<ProfileVersion>, StoreError> {
        let state = self.state();
        let current = state.current.iter();
        Ok(current.filter_map(|(n, d)| state.profiles.get(&(n.clone(), *d))).cloned().collect())
    }

    async fn put_defaults(
        &self,
        grant: &Granted<ChangeHosts>,
        values: &Defaults,
        audit: &AuditEntry,
    ) -> Result<(), StoreError> {
        grant.check_site(values.place.site.as_ref(), "what hosts share")?;
        self.transaction(|state| {
            let before = state.defaults.get(&values.place).map_or(0, |before| before.generation);
            if before != values.generation {
                return Err(StoreError::Conflict);
            }
            let generation = before.saturating_add(1);
            state.defaults.insert(values.place.clone(), Defaults { generation, ..values.clone() });
            state.audit.append(audit)
        })
    }

    async fn list_defaults(
        &self,
        profile: Option<&ProfileName>,
    ) -> Result<Vec<Defaults>, StoreError> {
        let state = self.state();
        let wanted = |one: &&Defaults| profile.is_none_or(|name| one.place.profile == *name);
        Ok(state.defaults.values().filter(wanted).cloned().collect())
    }
}

#[async_trait]
impl AuditLog for MemoryStore {
    async fn append_audit(&self, entry: &AuditEntry) -> Result<(), StoreError> {
        self.state().audit.append(entry)
    }

    async fn append_audits(&self, entries: &[AuditEntry]) -> Result<(), StoreError> {
        self.transaction(|state| entries.iter().try_for_each(|entry| state.audit.append(entry)))
    }

    async fn head(&self) -> Result<ChainHead, StoreError> {
        Ok(self.state().audit.head)
    }

    async fn has_head(&self, head: &ChainHead) -> Result<bool, StoreError> {
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
}
