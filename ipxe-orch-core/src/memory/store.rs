//! The reference of the store traits.

use crate::{
    audit::{AuditEntry, ChainHead, ChainedEntry},
    auth::{Boot, ChangeHosts, Grant, Granted, ReadAudit, SeeHosts},
    digest::Digest,
    host::{Mac, Nic},
    ids::{AttemptId, ChainId, Epoch, Generation, HostId, MarkId},
    lease::{Attempt, Change, Closed, Expected, Lease, Overdue, Write},
    names::{HostName, ProfileName, SiteName},
    profile::ProfileVersion,
    stores::{
        AuditLog, BootEvent, Discovered, EventFilter, HostFilter, HostKey, HostPage, HostRecord,
        InventoryStore, OverdueFilter, OverdueHost, ProfileStore, PutHost, StoreError,
    },
};
use async_trait::async_trait;
use std::{
    collections::BTreeMap,
    net::IpAddr,
    sync::{Mutex, MutexGuard, PoisonError},
};

/// All in memory; gone with the process.
#[derive(Debug)]
pub struct MemoryStore(Mutex<State>);

#[derive(Clone, Debug)]
struct State {
    epoch: Epoch,
    hosts: BTreeMap<HostId, HostRecord>,
    removed: BTreeMap<HostId, HostRecord>,
    discovered: BTreeMap<HostId, Discovered>,
    earlier: BTreeMap<AttemptId, (HostId, Attempt)>,
    marks: BTreeMap<MarkId, HostId>,
    claims: BTreeMap<MarkId, AttemptId>,
    profiles: BTreeMap<(ProfileName, Digest), ProfileVersion>,
    current: BTreeMap<ProfileName, Digest>,
    head: ChainHead,
    audit: Vec<ChainedEntry>,
    events: Vec<BootEvent>,
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
            head: ChainHead::empty(chain),
            audit: Vec::new(),
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
    fn append(&mut self, entry: &AuditEntry) -> Result<(), StoreError> {
        let text = serde_json::to_string(entry).map_err(|e| StoreError::Backend(Box::new(e)))?;
        let entry = self.head.append(text);
        self.head = ChainHead::after(&entry);
        self.audit.push(entry);
        Ok(())
    }

    fn host(&mut self, id: HostId, grant: &Grant) -> Result<&mut HostRecord, StoreError> {
        let host = self.hosts.get_mut(&id).ok_or(StoreError::NotFound)?;
        grant.check(host)?;
        Ok(host)
    }

    /// The host, be it removed or not.
    fn ever(&self, id: HostId) -> Option<&HostRecord> {
        self.hosts.get(&id).or_else(|| self.removed.get(&id))
    }

    fn remove(
        &mut self,
        id: HostId,
        generation: Generation,
        grant: &Grant,
    ) -> Result<(), StoreError> {
        let lease = &mut self.host(id, grant)?.lease;
        let busy = lease.mark.is_some() || lease.attempt.as_ref().is_some_and(Attempt::is_open);
        if busy || lease.generation != generation {
            return Err(StoreError::Conflict);
        }
        lease.generation = generation.next();
        self.removed.extend(self.hosts.remove_entry(&id));
        Ok(())
    }

    fn discover(&mut self, machine: Discovered) {
        if self.ever(machine.host).is_some() {
            return;
        }
        match self.discovered.get_mut(&machine.host) {
            Some(known) => known.seen_again(machine),
            None => {
                self.discovered.insert(machine.host, machine);
            }
        }
        let max = usize::try_from(Discovered::MAX).unwrap_or(usize::MAX);
        if self.discovered.len() > max {
            let oldest = self.discovered.values().min_by_key(|m| (m.last_seen, m.host));
            let oldest = oldest.map(|machine| machine.host);
            self.discovered.retain(|id, _| Some(*id) != oldest);
        }
    }

    /// Names the host that has the name, a MAC or an address of `put` already.
    fn taken(&self, put: &PutHost) -> Result<(), StoreError> {
        for other in self.hosts.values().filter(|other| other.id != put.id()) {
            if let Some(what) = clash(put, other) {
                let name = &other.spec.name;
                return Err(StoreError::AlreadyExists(format!("{what} belongs to host {name}")));
            }
        }
        Ok(())
    }

    fn put(&mut self, grant: &Grant, put: &PutHost) -> Result<(), StoreError> {
        self.taken(put)?;
        match put {
            PutHost::Create { id, spec, image_generation, image_key, mark } => {
                if self.ever(*id).is_some() {
                    return Err(StoreError::AlreadyExists(format!(
                        "a host has or had the id {id}"
                    )));
                }
                let mark = mark.as_deref().cloned();
                if let Some(mark) = &mark {
                    self.register(mark.id, *id)?;
                }
                let lease = Lease { generation: Generation(1), mark, ..Lease::default() };
                let host = HostRecord {
                    id: *id,
                    spec: spec.clone(),
                    image_generation: *image_generation,
                    image_key: *image_key,
                    lease,
                };
                grant.check(&host)?;
                self.hosts.insert(*id, host);
                self.discovered.remove(id);
            }
            PutHost::Edit { id, generation, spec } => {
                let host = self.host(*id, grant)?;
                if host.lease.generation != *generation {
                    return Err(StoreError::Conflict);
                }
                host.spec = spec.clone();
                host.lease.generation = generation.next();
                let host = host.clone();
                grant.check(&host)?;
            }
            PutHost::Remove { id, generation } => self.remove(*id, *generation, grant)?,
        }
        Ok(())
    }

    fn register(&mut self, mark: MarkId, host: HostId) -> Result<(), StoreError> {
        if self.marks.insert(mark, host).is_some() {
            return Err(StoreError::AlreadyExists(format!("mark {mark} was used before")));
        }
        Ok(())
    }

    fn replace(&mut self, host: HostId, write: &Write, grant: &Grant) -> Result<(), StoreError> {
        let Write::Replace { expected, next, claim, new_mark } = write else { return Ok(()) };
        let record = match self.removed.get_mut(&host) {
            // A late report of its last attempt.
            Some(removed) => {
                grant.check(removed)?;
                removed
            }
            None => self.host(host, grant)?,
        };
        if Expected::of(&record.lease) != *expected {
            return Err(StoreError::Conflict);
        }
        let before = std::mem::replace(&mut record.lease, (**next).clone());
        record.lease.generation = expected.generation.next();
        let latest = record.lease.attempt.as_ref().map(|attempt| attempt.id);
        if let Some(attempt) = before.attempt.filter(|attempt| Some(attempt.id) != latest) {
            self.earlier.insert(attempt.id, (host, attempt));
        }
        if let Some(mark) = new_mark {
            self.register(*mark, host)?;
        }
        match claim {
            Some((mark, attempt)) if self.claims.insert(*mark, *attempt).is_some() => {
                Err(StoreError::Conflict)
            }
            _ => Ok(()),
        }
    }

    fn count_offer(&mut self, change: &Change, grant: &Grant) -> Result<(), StoreError> {
        let Write::CountOffer { attempt, offers, count } = &change.write else { return Ok(()) };
        let record = self.host(change.host, grant)?;
        let latest = record.lease.attempt.as_mut().filter(|latest| {
            let unclaimed = latest.is_open() && latest.claim.is_none();
            latest.id == *attempt && unclaimed && latest.offers == *offers
        });
        let latest = latest.ok_or(StoreError::Conflict)?;
        if let Some(at) = count {
            latest.offers = offers.saturating_add(1);
            latest.counted_at = *at;
        }
        Ok(())
    }

    fn join(&mut self, attempt: AttemptId, closed: &Closed) -> Result<(), StoreError> {
        let (_, attempt) = self.earlier.get_mut(&attempt).ok_or(StoreError::Conflict)?;
        let before = attempt.closed.as_ref().map(|before| before.outcome);
        if attempt.claim.is_none() || before.is_some_and(|before| before >= closed.outcome) {
            return Err(StoreError::Conflict);
        }
        attempt.closed = Some(closed.clone());
        Ok(())
    }
}

fn clash(put: &PutHost, other: &HostRecord) -> Option<String> {
    let spec = put.spec()?;
    if spec.name == other.spec.name {
        return Some(format!("the name {}", spec.name));
    }
    let mac = |mac: &Mac| other.spec.nics.iter().any(|nic| nic.mac == *mac);
    if let Some(nic) = spec.nics.iter().find(|nic| mac(&nic.mac)) {
        return Some(format!("MAC {}", nic.mac));
    }
    if spec.site != other.spec.site {
        return None;
    }
    let address = |a: &IpAddr| other.spec.nics.iter().flat_map(Nic::addresses).any(|o| o == *a);
    let own = spec.nics.iter().flat_map(Nic::addresses).find(address)?;
    let site = |site: &SiteName| format!(" in site {site}");
    Some(format!("address {own}{}", spec.site.as_ref().map(site).unwrap_or_default()))
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
        let state = self.state();
        let by_name = |name: &HostName| state.hosts.values().find(|host| host.spec.name == *name);
        let host = match key {
            HostKey::Id(id) => state.hosts.get(id),
            HostKey::Name(name) => by_name(name),
        };
        Ok(host.filter(|host| grant.covers(host)).cloned())
    }

    async fn list_hosts(
        &self,
        grant: &Granted<SeeHosts>,
        filter: &HostFilter,
    ) -> Result<HostPage, StoreError> {
        let state = self.state();
        let wanted = |host: &&HostRecord| grant.covers(host) && filter.wants(&host.spec);
        let mut hosts: Vec<_> = state.hosts.values().filter(wanted).cloned().collect();
        hosts.sort_by(|a, b| a.spec.name.cmp(&b.spec.name));
        let size = usize::try_from(filter.page_size()).unwrap_or(usize::MAX);
        let more = hosts.len() > size;
        hosts.truncate(size);
        let next = hosts.last().filter(|_| more).map(|host| host.spec.name.clone());
        Ok(HostPage { hosts, next })
    }

    async fn list_overdue(
        &self,
        grant: &Granted<SeeHosts>,
        filter: &OverdueFilter,
    ) -> Result<Vec<OverdueHost>, StoreError> {
        let state = self.state();
        let mut all = Vec::new();
        for record in state.hosts.values().filter(|host| grant.covers(host)) {
            let (host, name) = (record.id, record.spec.name.clone());
            let attempt = record.lease.attempt.as_ref().map(|attempt| attempt.id);
            for (since, what) in filter.wanted(host, &record.lease) {
                let attempt = attempt.filter(|_| what != Overdue::Mark);
                all.push(OverdueHost { since, host, what, name: name.clone(), attempt });
            }
        }
        all.sort_by_key(OverdueHost::key);
        all.truncate(usize::try_from(filter.page_size()).unwrap_or(usize::MAX));
        Ok(all)
    }

    async fn put_hosts(
        &self,
        grant: &Granted<ChangeHosts>,
        epoch: Epoch,
        hosts: &[(PutHost, AuditEntry)],
    ) -> Result<(), StoreError> {
        self.transaction(|state| {
            if state.epoch != epoch {
                return Err(StoreError::Conflict);
            }
            for (put, audit) in hosts {
                state.put(grant, put)?;
                state.append(audit)?;
            }
            Ok(())
        })
    }

    async fn lookup_boot(
        &self,
        grant: &Granted<Boot>,
        host: HostId,
    ) -> Result<Option<HostRecord>, StoreError> {
        Ok(self.state().hosts.get(&host).filter(|host| grant.covers(host)).cloned())
    }

    async fn lookup_attempt(
        &self,
        grant: &Granted<Boot>,
        attempt: AttemptId,
    ) -> Result<Option<(HostRecord, Attempt)>, StoreError> {
        let state = self.state();
        if !grant.covers_attempt(attempt) {
            return Ok(None);
        }
        if let Some((host, attempt)) = state.earlier.get(&attempt) {
            return Ok(state.ever(*host).map(|host| (host.clone(), attempt.clone())));
        }
        let latest = |host: &HostRecord| {
            let latest = host.lease.attempt.as_ref().filter(|latest| latest.id == attempt)?;
            Some((host.clone(), latest.clone()))
        };
        Ok(state.hosts.values().chain(state.removed.values()).find_map(latest))
    }

    async fn lookup_mark(
        &self,
        _grant: &Grant,
        mark: MarkId,
    ) -> Result<Option<HostId>, StoreError> {
        Ok(self.state().marks.get(&mark).copied())
    }

    async fn apply(
        &self,
        grant: &Grant,
        epoch: Epoch,
        change: &Change,
        audit: &AuditEntry,
    ) -> Result<(), StoreError> {
        self.transaction(|state| {
            if state.epoch != epoch {
                return Err(StoreError::Conflict);
            }
            match &change.write {
                Write::Replace { .. } => state.replace(change.host, &change.write, grant)?,
                Write::CountOffer { .. } => state.count_offer(change, grant)?,
                Write::Join { attempt, closed } => state.join(*attempt, closed)?,
            }
            state.append(audit)
        })
    }

    async fn record_events(&self, events: &[BootEvent]) -> Result<(), StoreError> {
        let mut state = self.state();
        state.events.extend_from_slice(events);
        events.iter().filter_map(Discovered::of).for_each(|machine| state.discover(machine));
        Ok(())
    }

    async fn list_discovered(
        &self,
        grant: &Granted<SeeHosts>,
    ) -> Result<Vec<Discovered>, StoreError> {
        if *grant.scope() != crate::auth::Scope::All {
            return Ok(Vec::new());
        }
        let mut machines: Vec<_> = self.state().discovered.values().cloned().collect();
        machines.sort_by_key(|machine| std::cmp::Reverse((machine.last_seen, machine.host)));
        Ok(machines)
    }

    async fn list_events(
        &self,
        grant: &Granted<SeeHosts>,
        filter: &EventFilter,
    ) -> Result<Vec<BootEvent>, StoreError> {
        let state = self.state();
        let visible = |event: &&BootEvent| match event.host {
            None => *grant.scope() == crate::auth::Scope::All,
            Some(id) => state.ever(id).is_some_and(|host| grant.covers(host)),
        };
        let wanted = |event: &&BootEvent| {
            (filter.host.is_none() || filter.host == event.host)
                && filter.since.is_none_or(|since| event.at >= since)
        };
        let newest = state.events.iter().rev().filter(visible).filter(wanted);
        Ok(newest.take(usize::try_from(filter.page_size()).unwrap_or(0)).cloned().collect())
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
            state.append(audit)
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
}

#[async_trait]
impl AuditLog for MemoryStore {
    async fn append_audit(&self, entry: &AuditEntry) -> Result<(), StoreError> {
        self.transaction(|state| state.append(entry))
    }

    async fn head(&self) -> Result<ChainHead, StoreError> {
        Ok(self.state().head)
    }

    async fn has_head(&self, head: &ChainHead) -> Result<bool, StoreError> {
        let same = |entry: &ChainedEntry| ChainHead::after(entry) == *head;
        Ok(head.sequence == 0 || self.state().audit.iter().any(same))
    }

    async fn read_audit(
        &self,
        _grant: &Granted<ReadAudit>,
        after: Option<ChainHead>,
        limit: u32,
    ) -> Result<Vec<ChainedEntry>, StoreError> {
        let after = after.map_or(0, |head| head.sequence);
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let state = self.state();
        Ok(state.audit.iter().filter(|e| e.sequence > after).take(limit).cloned().collect())
    }
}
