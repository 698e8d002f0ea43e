//! The store's traits over any database: reads in sessions of the driver, writes as jobs.

use super::{
    audit::{self, Entry},
    boot, checkpoints, defaults,
    discovered::{self, DiscoveredRow},
    driver::{Driver, Primary, Session},
    error::{Done, Failure},
    hosts, overdue, policies, profiles, restore, sealed, sinks,
    writer::{Counters, Job, Writer, is_failure},
};
use async_trait::async_trait;
use ipxe_orch_core::{
    audit::{AuditEntry, ChainHead, ChainedEntry, SealedCheckpoint, SinkState},
    auth::{
        AccessGrant, Boot, BuildImages, ChangeHosts, Grant, Granted, ManageKeys, MarkHosts,
        ReadAudit, Record, SeeHosts, WriteGrant,
    },
    digest::Digest,
    host::HostSpec,
    ids::{AttemptId, ChainId, Epoch, HostId, KeyId, MarkId},
    lease::{Attempt, Change, HostState},
    names::ProfileName,
    policy::{PolicyRecord, PutPolicy},
    profile::{Defaults, ProfileVersion},
    stores::{
        Acceptance, AuditStore, BootEvent, BootRecord, Checked, DefaultsStore, Discovered,
        EventFilter, EventStore, HostFilter, HostKey, HostPage, HostRecord, HostStore, ImageBuild,
        LeaseStore, OverdueFilter, OverdueHost, PolicyStore, ProfileStore, PutGrant, PutHost,
        SealedPin, StoreError,
    },
    time::Timestamp,
};
use std::{
    collections::BTreeMap,
    fmt,
    marker::PhantomData,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

/// Boot events, wherever a database keeps them.
#[async_trait]
pub(super) trait Events: fmt::Debug + Send + Sync {
    async fn record(&self, events: &[BootEvent]) -> Result<(), StoreError>;

    /// The newest first.
    async fn list(&self, grant: &Grant, filter: &EventFilter)
    -> Result<Vec<BootEvent>, StoreError>;

    async fn close(&self);
}

/// Hosts, leases, profiles, accounts, sessions, tokens, audit and boot events in a database of the kind `K`.
///
/// Several programs may use the database at the same time; each sees at once what another has
/// written. It needs a tokio runtime.
#[derive(Debug)]
pub struct SqlStore<K> {
    driver: Arc<dyn Driver>,
    pub(super) writer: Writer,
    events: Box<dyn Events>,
    failed_reads: AtomicU64,
    kind: PhantomData<K>,
}

impl<K> SqlStore<K> {
    pub(super) fn new(
        chain: ChainId,
        driver: Arc<dyn Driver>,
        primary: Box<dyn Primary>,
        events: Box<dyn Events>,
    ) -> Self {
        let writer = Writer::start(chain, Arc::clone(&driver), primary);
        Self { driver, writer, events, failed_reads: AtomicU64::new(0), kind: PhantomData }
    }

    /// What was written, and what failed, since the store was opened.
    pub fn counters(&self) -> Counters {
        let failed_reads = self.failed_reads.load(Ordering::Relaxed);
        Counters { failed_reads, ..self.writer.counters() }
    }

    /// Waits for jobs that are still to be written, and closes the database. A store that is
    /// dropped instead loses nothing that it has acknowledged.
    pub async fn close(self) {
        self.writer.close().await;
        self.events.close().await;
        self.driver.close().await;
    }

    pub(super) async fn read(&self) -> Result<Box<dyn Session>, StoreError> {
        self.result(self.driver.read().await.map_err(Failure::Driver))
    }

    pub(super) fn result<T>(&self, done: Done<T>) -> Result<T, StoreError> {
        let error = match done {
            Ok(done) => return Ok(done),
            Err(Failure::Refused(error)) => error,
            Err(Failure::Driver(fault)) => self.driver.tell(&Arc::new(fault)),
        };
        if is_failure(&error) {
            self.failed_reads.fetch_add(1, Ordering::Relaxed);
        }
        Err(error)
    }
}

#[async_trait]
impl<K: Send + Sync> HostStore for SqlStore<K> {
    async fn epoch(&self) -> Result<Epoch, StoreError> {
        let mut session = self.read().await?;
        self.result(hosts::epoch(&mut *session).await)
    }

    async fn check(&self, _: &Granted<Record>, at: Timestamp) -> Result<Checked, StoreError> {
        self.writer.check(at.as_millis()).await?;
        let mut session = self.read().await?;
        let epoch = self.result(hosts::epoch(&mut *session).await)?;
        let latest = self.result(restore::latest(&mut *session).await)?;
        let clock = self.result(restore::clock(&mut *session).await)?;
        Ok(Checked { epoch, chain: self.writer.chain(), latest, clock })
    }

    async fn has_accepted(&self, epoch: Epoch) -> Result<bool, StoreError> {
        let mut session = self.read().await?;
        self.result(restore::has_accepted(&mut *session, epoch).await)
    }

    async fn accept(
        &self,
        grant: &Granted<ManageKeys>,
        acceptance: &Acceptance,
        audit: &AuditEntry,
    ) -> Result<(), StoreError> {
        grant.check_all("a database")?;
        let (acceptance, entry) = (acceptance.clone(), Entry::new(audit)?);
        self.writer.write(Job::Accept { acceptance, entry }).await
    }

    async fn lookup_host(
        &self,
        grant: &Granted<SeeHosts>,
        key: &HostKey,
    ) -> Result<Option<HostRecord>, StoreError> {
        let mut session = self.read().await?;
        self.result(hosts::lookup(&mut *session, grant, key).await)
    }

    async fn list_hosts(
        &self,
        grant: &Granted<SeeHosts>,
        filter: &HostFilter,
    ) -> Result<HostPage, StoreError> {
        let mut session = self.read().await?;
        self.result(hosts::list(&mut *session, grant, filter).await)
    }

    async fn count_hosts(
        &self,
        grant: &Granted<SeeHosts>,
    ) -> Result<BTreeMap<HostState, u64>, StoreError> {
        let mut session = self.read().await?;
        self.result(hosts::count(&mut *session, grant).await)
    }

    async fn lookup_clashing(
        &self,
        grant: &Granted<SeeHosts>,
        ids: &[HostId],
        specs: &[HostSpec],
    ) -> Result<Vec<HostRecord>, StoreError> {
        let mut session = self.read().await?;
        self.result(hosts::clashing(&mut *session, grant, ids, specs).await)
    }

    async fn put_hosts(
        &self,
        grant: &PutGrant,
        epoch: Epoch,
        hosts: &[(PutHost, AuditEntry)],
    ) -> Result<(), StoreError> {
        let entry = |(put, audit): &(PutHost, AuditEntry)| Ok((put.clone(), Entry::new(audit)?));
        let hosts = hosts.iter().map(entry).collect::<Result<_, StoreError>>()?;
        self.writer.write(Job::Put { grant: grant.clone(), epoch, hosts }).await
    }

    async fn record_images(
        &self,
        grant: &Granted<BuildImages>,
        epoch: Epoch,
        images: &[(HostId, ImageBuild)],
    ) -> Result<(), StoreError> {
        let (scope, images) = (grant.scope().clone(), images.to_vec());
        self.writer.write(Job::Images { scope, epoch, images }).await
    }
}

#[async_trait]
impl<K: Send + Sync> LeaseStore for SqlStore<K> {
    async fn lookup_boot(
        &self,
        grant: &Granted<Boot>,
        host: HostId,
    ) -> Result<Option<BootRecord>, StoreError> {
        let mut session = self.read().await?;
        self.result(boot::lookup(&mut *session, grant, host).await)
    }

    async fn lookup_attempt(
        &self,
        grant: &Granted<Boot>,
        attempt: AttemptId,
    ) -> Result<Option<(HostRecord, Attempt)>, StoreError> {
        let mut session = self.read().await?;
        self.result(hosts::by_attempt(&mut *session, grant, attempt).await)
    }

    async fn lookup_mark(
        &self,
        grant: &Granted<MarkHosts>,
        mark: MarkId,
    ) -> Result<Option<HostId>, StoreError> {
        let mut session = self.read().await?;
        self.result(hosts::by_mark(&mut *session, grant, mark).await)
    }

    async fn apply(
        &self,
        grant: &WriteGrant,
        epoch: Epoch,
        change: &Change,
        audit: Option<&AuditEntry>,
    ) -> Result<(), StoreError> {
        let (grant, change) = (grant.clone(), Box::new(change.clone()));
        let entry = audit.map(Entry::new).transpose()?;
        self.writer.write(Job::Apply { grant, epoch, change, entry }).await
    }

    async fn list_sealed_pins(
        &self,
        grant: &Granted<ManageKeys>,
        key: KeyId,
    ) -> Result<Vec<SealedPin>, StoreError> {
        grant.check_all("sealing")?;
        let mut session = self.read().await?;
        self.result(sealed::list(&mut *session, key).await)
    }

    async fn put_sealed_pins(
        &self,
        grant: &Granted<ManageKeys>,
        epoch: Epoch,
        pins: &[SealedPin],
        audit: &AuditEntry,
    ) -> Result<(), StoreError> {
        grant.check_all("sealing")?;
        let (pins, entry) = (pins.to_vec(), Entry::new(audit)?);
        self.writer.write(Job::Sealed { epoch, pins, entry }).await
    }

    async fn list_overdue(
        &self,
        grant: &Granted<SeeHosts>,
        filter: &OverdueFilter,
    ) -> Result<Vec<OverdueHost>, StoreError> {
        let mut session = self.read().await?;
        self.result(overdue::list(&mut *session, grant, filter).await)
    }
}

#[async_trait]
impl<K: Send + Sync> ProfileStore for SqlStore<K> {
    async fn put_profile(
        &self,
        grant: &Granted<ChangeHosts>,
        version: &ProfileVersion,
        audit: &AuditEntry,
    ) -> Result<(), StoreError> {
        grant.check_all("a profile")?;
        let (version, entry) = (Box::new(version.clone()), Entry::new(audit)?);
        self.writer.write(Job::Profile { version, entry }).await
    }

    async fn current_profile(
        &self,
        _: &Granted<SeeHosts>,
        name: &ProfileName,
    ) -> Result<Option<ProfileVersion>, StoreError> {
        let mut session = self.read().await?;
        self.result(profiles::current(&mut *session, name).await)
    }

    async fn lookup_profile(
        &self,
        _: &Granted<SeeHosts>,
        name: &ProfileName,
        version: &Digest,
    ) -> Result<Option<ProfileVersion>, StoreError> {
        let mut session = self.read().await?;
        self.result(profiles::lookup(&mut *session, name, version).await)
    }

    async fn list_profiles(
        &self,
        _: &Granted<SeeHosts>,
    ) -> Result<Vec<ProfileVersion>, StoreError> {
        let mut session = self.read().await?;
        self.result(profiles::list(&mut *session).await)
    }
}

#[async_trait]
impl<K: Send + Sync> DefaultsStore for SqlStore<K> {
    async fn put_defaults(
        &self,
        grant: &Granted<ChangeHosts>,
        values: &Defaults,
        audit: &AuditEntry,
    ) -> Result<(), StoreError> {
        grant.check_site(values.place.site.as_ref(), "a default")?;
        let (values, entry) = (Box::new(values.clone()), Entry::new(audit)?);
        self.writer.write(Job::Defaults { values, entry }).await
    }

    async fn list_defaults(
        &self,
        grant: &Granted<SeeHosts>,
        profile: Option<&ProfileName>,
    ) -> Result<Vec<Defaults>, StoreError> {
        let mut session = self.read().await?;
        self.result(defaults::list(&mut *session, grant, profile).await)
    }
}

#[async_trait]
impl<K: Send + Sync> PolicyStore for SqlStore<K> {
    async fn put_policy(
        &self,
        grant: &AccessGrant,
        change: &PutPolicy,
        audit: &AuditEntry,
    ) -> Result<(), StoreError> {
        grant.check_all()?;
        let (change, entry) = (Box::new(change.clone()), Entry::new(audit)?);
        self.writer.write(Job::Policy { change, entry }).await
    }

    async fn list_policies(&self, _: &Granted<SeeHosts>) -> Result<Vec<PolicyRecord>, StoreError> {
        let mut session = self.read().await?;
        self.result(policies::list(&mut *session).await)
    }
}

#[async_trait]
impl<K: Send + Sync> EventStore for SqlStore<K> {
    async fn record_events(
        &self,
        _: &Granted<Record>,
        events: &[BootEvent],
    ) -> Result<(), StoreError> {
        if events.is_empty() {
            return Ok(());
        }
        let machines = events.iter().filter_map(Discovered::of).map(DiscoveredRow::new);
        let machines = machines.collect::<Result<Vec<_>, StoreError>>()?;
        // This comes first: a broken file of events must not hide a machine. The machine may be
        // counted twice then.
        if !machines.is_empty() {
            self.writer.write(Job::Discovered(machines)).await?;
        }
        self.events.record(events).await
    }

    async fn list_events(
        &self,
        grant: &Granted<SeeHosts>,
        filter: &EventFilter,
    ) -> Result<Vec<BootEvent>, StoreError> {
        self.events.list(grant, filter).await
    }

    async fn list_discovered(
        &self,
        grant: &Granted<SeeHosts>,
    ) -> Result<Vec<Discovered>, StoreError> {
        let mut session = self.read().await?;
        self.result(discovered::list(&mut *session, grant).await)
    }
}

#[async_trait]
impl<K: Send + Sync> AuditStore for SqlStore<K> {
    async fn append_audit(
        &self,
        _: &Granted<Record>,
        entries: &[AuditEntry],
    ) -> Result<(), StoreError> {
        let entries = entries.iter().map(Entry::new).collect::<Result<Vec<_>, StoreError>>()?;
        self.writer.write(Job::Audit(entries)).await
    }

    async fn head(&self, _: &Granted<ReadAudit>) -> Result<ChainHead, StoreError> {
        let mut session = self.read().await?;
        self.result(audit::head(&mut *session, self.writer.chain()).await)
    }

    async fn has_head(&self, _: &Granted<ReadAudit>, head: &ChainHead) -> Result<bool, StoreError> {
        let mut session = self.read().await?;
        self.result(audit::has_head(&mut *session, head).await)
    }

    async fn read_audit(
        &self,
        grant: &Granted<ReadAudit>,
        after: Option<ChainHead>,
        limit: u32,
    ) -> Result<Vec<ChainedEntry>, StoreError> {
        let mut session = self.read().await?;
        self.result(audit::read(&mut *session, grant, after, limit).await)
    }

    async fn checkpoints(
        &self,
        _: &Granted<ReadAudit>,
    ) -> Result<Vec<SealedCheckpoint>, StoreError> {
        let mut session = self.read().await?;
        self.result(checkpoints::list(&mut *session).await)
    }

    async fn prune_audit(
        &self,
        grant: &Granted<ManageKeys>,
        checkpoint: &SealedCheckpoint,
        audit: &AuditEntry,
    ) -> Result<(), StoreError> {
        grant.check_all("the audit")?;
        let (checkpoint, entry) = (Box::new(checkpoint.clone()), Entry::new(audit)?);
        self.writer.write(Job::Prune { checkpoint, entry }).await
    }

    async fn list_sinks(&self, _: &Granted<ReadAudit>) -> Result<Vec<SinkState>, StoreError> {
        let mut session = self.read().await?;
        self.result(sinks::list(&mut *session).await)
    }

    async fn put_sink(&self, _: &Granted<Record>, state: &SinkState) -> Result<(), StoreError> {
        self.writer.write(Job::PutSink(Box::new(state.clone()))).await
    }

    async fn remove_sink(&self, _: &Granted<Record>, state: &SinkState) -> Result<(), StoreError> {
        self.writer.write(Job::RemoveSink(Box::new(state.clone()))).await
    }
}
