//! The embedded store: a SQLite file with one writer and a few readers, and a file of events.

use super::{
    audit::{self, Entry},
    defaults,
    discovered::{self, DiscoveredRow},
    error::OpenError,
    hosts, overdue, profiles, restore, sealed,
    sqlite::{SqliteOptions, connect, events::EventsFile, readers::Readers},
    writer::{Counters, Job, Writer},
};
use async_trait::async_trait;
use ipxe_orch_core::{
    audit::{AuditEntry, ChainHead, ChainedEntry},
    auth::{
        Boot, BuildImages, ChangeHosts, Granted, ManageKeys, MarkHosts, ReadAudit, Record,
        SeeHosts, WriteGrant,
    },
    digest::Digest,
    ids::{AttemptId, Epoch, HostId, KeyId, MarkId},
    lease::{Attempt, Change},
    names::ProfileName,
    profile::{Defaults, ProfileVersion},
    stores::{
        Acceptance, AuditStore, BootEvent, Checked, DefaultsStore, Discovered, EventFilter,
        EventStore, HostFilter, HostKey, HostPage, HostRecord, HostStore, ImageBuild, LeaseStore,
        OverdueFilter, OverdueHost, ProfileStore, PutGrant, PutHost, SealedPin, StoreError,
    },
    time::Timestamp,
};

/// Hosts, leases, profiles and audit in one SQLite file, boot events in another one beside it.
///
/// The file of events is made when the first event comes. Without the file there are no events. An
/// error of that file affects nothing else.
///
/// Several programs on one machine may use the file at the same time; each sees at once what
/// another has written. It needs a tokio runtime.
#[derive(Debug)]
pub struct SqliteStore {
    readers: Readers,
    writer: Writer,
    events: EventsFile,
}

impl SqliteStore {
    /// Opens the database, makes it if it is not there, and brings its tables up to date.
    ///
    /// # Errors
    /// [`OpenError`]. A database that this program does not understand is not changed.
    pub async fn open(options: SqliteOptions) -> Result<Self, OpenError> {
        connect::prepare(&options).await?;
        let readers = Readers::new(&options);
        let writer = Writer::start(&options, readers.clone());
        Ok(Self { readers, writer, events: EventsFile::new(&options) })
    }

    /// What was written since the store was opened.
    pub fn counters(&self) -> Counters {
        self.writer.counters()
    }

    /// Waits for jobs that are still to be written, and closes the file. A store that is dropped
    /// instead loses nothing that it has acknowledged.
    pub async fn close(self) {
        self.writer.close().await;
        self.events.close().await;
        self.readers.close().await;
    }
}

#[async_trait]
impl HostStore for SqliteStore {
    async fn epoch(&self) -> Result<Epoch, StoreError> {
        self.readers.result(hosts::epoch(&self.readers.pool().await).await)
    }

    async fn check(&self, _: &Granted<Record>, at: Timestamp) -> Result<Checked, StoreError> {
        self.writer.check(at.as_millis()).await?;
        let (epoch, latest) =
            (self.epoch().await?, restore::latest(&self.readers.pool().await).await);
        Ok(Checked { epoch, chain: self.writer.chain(), latest: self.readers.result(latest)? })
    }

    async fn has_accepted(&self, epoch: Epoch) -> Result<bool, StoreError> {
        self.readers.result(restore::has_accepted(&self.readers.pool().await, epoch).await)
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
        self.readers.result(hosts::lookup(&self.readers.pool().await, grant, key).await)
    }

    async fn list_hosts(
        &self,
        grant: &Granted<SeeHosts>,
        filter: &HostFilter,
    ) -> Result<HostPage, StoreError> {
        self.readers.result(hosts::list(&self.readers.pool().await, grant, filter).await)
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
impl LeaseStore for SqliteStore {
    async fn lookup_boot(
        &self,
        grant: &Granted<Boot>,
        host: HostId,
    ) -> Result<Option<HostRecord>, StoreError> {
        self.readers
            .result(hosts::lookup(&self.readers.pool().await, grant, &HostKey::Id(host)).await)
    }

    async fn lookup_attempt(
        &self,
        grant: &Granted<Boot>,
        attempt: AttemptId,
    ) -> Result<Option<(HostRecord, Attempt)>, StoreError> {
        self.readers.result(hosts::by_attempt(&self.readers.pool().await, grant, attempt).await)
    }

    async fn lookup_mark(
        &self,
        grant: &Granted<MarkHosts>,
        mark: MarkId,
    ) -> Result<Option<HostId>, StoreError> {
        self.readers.result(hosts::by_mark(&self.readers.pool().await, grant, mark).await)
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
        self.readers.result(sealed::list(&self.readers.pool().await, key).await)
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
        self.readers.result(overdue::list(&self.readers.pool().await, grant, filter).await)
    }
}

#[async_trait]
impl ProfileStore for SqliteStore {
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
        self.readers.result(profiles::current(&self.readers.pool().await, name).await)
    }

    async fn lookup_profile(
        &self,
        _: &Granted<SeeHosts>,
        name: &ProfileName,
        version: &Digest,
    ) -> Result<Option<ProfileVersion>, StoreError> {
        self.readers.result(profiles::lookup(&self.readers.pool().await, name, version).await)
    }

    async fn list_profiles(
        &self,
        _: &Granted<SeeHosts>,
    ) -> Result<Vec<ProfileVersion>, StoreError> {
        self.readers.result(profiles::list(&self.readers.pool().await).await)
    }
}

#[async_trait]
impl DefaultsStore for SqliteStore {
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
        self.readers.result(defaults::list(&self.readers.pool().await, grant, profile).await)
    }
}

#[async_trait]
impl EventStore for SqliteStore {
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
        self.readers.result(discovered::list(&self.readers.pool().await, grant).await)
    }
}

#[async_trait]
impl AuditStore for SqliteStore {
    async fn append_audit(
        &self,
        _: &Granted<Record>,
        entries: &[AuditEntry],
    ) -> Result<(), StoreError> {
        let entries = entries.iter().map(Entry::new).collect::<Result<Vec<_>, StoreError>>()?;
        self.writer.write(Job::Audit(entries)).await
    }

    async fn head(&self, _: &Granted<ReadAudit>) -> Result<ChainHead, StoreError> {
        self.readers.result(audit::head(&self.readers.pool().await, self.writer.chain()).await)
    }

    async fn has_head(&self, _: &Granted<ReadAudit>, head: &ChainHead) -> Result<bool, StoreError> {
        self.readers.result(audit::has_head(&self.readers.pool().await, head).await)
    }

    async fn read_audit(
        &self,
        grant: &Granted<ReadAudit>,
        after: Option<ChainHead>,
        limit: u32,
    ) -> Result<Vec<ChainedEntry>, StoreError> {
        self.readers.result(audit::read(&self.readers.pool().await, grant, after, limit).await)
    }
}
