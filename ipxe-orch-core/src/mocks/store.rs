//! A mock of a whole store.

use crate::{
    audit::{AuditEntry, ChainHead, ChainedEntry, SealedCheckpoint, SinkState},
    auth::{
        AccessGrant, Boot, BuildImages, ChangeHosts, Granted, ManageKeys, MarkHosts, ReadAudit,
        Record, SeeHosts, WriteGrant,
    },
    digest::Digest,
    host::HostSpec,
    ids::{AttemptId, Epoch, HostId, KeyId, MarkId},
    lease::{Attempt, Change, HostState},
    names::ProfileName,
    policy::{PolicyRecord, PutPolicy},
    profile::{Defaults, ProfileVersion},
    stores::{
        Acceptance, AuditStore, BootEvent, BootRecord, Checked, DefaultsStore, Discovered,
        EventFilter, EventStore, HostFilter, HostKey, HostPage, HostRecord, HostStore, ImageBuild,
        LeaseStore, OverdueFilter, OverdueHost, PolicyStore, ProfileStore, PutGrant, PutHost,
        Result, SealedPin,
    },
    time::Timestamp,
};
use async_trait::async_trait;
use mockall::mock;
use std::collections::BTreeMap;

mock! {
    /// Answers as a test says, each call of each of the store traits.
    pub Store {
        /// [`LeaseStore::lookup_boot`].
        pub fn lookup_boot(
            &self,
            grant: &Granted<Boot>,
            host: HostId,
        ) -> Result<Option<BootRecord>>;
        /// [`LeaseStore::lookup_attempt`].
        pub fn lookup_attempt(
            &self,
            grant: &Granted<Boot>,
            attempt: AttemptId,
        ) -> Result<Option<(HostRecord, Attempt)>>;
        /// [`LeaseStore::lookup_mark`].
        pub fn lookup_mark(
            &self,
            grant: &Granted<MarkHosts>,
            mark: MarkId,
        ) -> Result<Option<HostId>>;
        /// [`LeaseStore::apply`].
        pub fn apply<'a>(
            &self,
            grant: &WriteGrant,
            epoch: Epoch,
            change: &Change,
            audit: Option<&'a AuditEntry>,
        ) -> Result<()>;
        /// [`LeaseStore::list_overdue`].
        pub fn list_overdue(
            &self,
            grant: &Granted<SeeHosts>,
            filter: &OverdueFilter,
        ) -> Result<Vec<OverdueHost>>;
        /// [`LeaseStore::list_sealed_pins`].
        pub fn list_sealed_pins(
            &self,
            grant: &Granted<ManageKeys>,
            key: KeyId,
        ) -> Result<Vec<SealedPin>>;
        /// [`LeaseStore::put_sealed_pins`].
        pub fn put_sealed_pins(
            &self,
            grant: &Granted<ManageKeys>,
            epoch: Epoch,
            pins: &[SealedPin],
            audit: &AuditEntry,
        ) -> Result<()>;
        /// [`DefaultsStore::put_defaults`].
        pub fn put_defaults(
            &self,
            grant: &Granted<ChangeHosts>,
            values: &Defaults,
            audit: &AuditEntry,
        ) -> Result<()>;
        /// [`DefaultsStore::list_defaults`].
        pub fn list_defaults<'a>(
            &self,
            grant: &Granted<SeeHosts>,
            profile: Option<&'a ProfileName>,
        ) -> Result<Vec<Defaults>>;
    }

    #[async_trait]
    impl PolicyStore for Store {
        async fn put_policy(
            &self,
            grant: &AccessGrant,
            change: &PutPolicy,
            audit: &AuditEntry,
        ) -> Result<()>;
        async fn list_policies(&self, grant: &Granted<SeeHosts>) -> Result<Vec<PolicyRecord>>;
    }

    #[async_trait]
    impl HostStore for Store {
        async fn epoch(&self) -> Result<Epoch>;
        async fn check(&self, grant: &Granted<Record>, at: Timestamp) -> Result<Checked>;
        async fn has_accepted(&self, epoch: Epoch) -> Result<bool>;
        async fn accept(
            &self,
            grant: &Granted<ManageKeys>,
            acceptance: &Acceptance,
            audit: &AuditEntry,
        ) -> Result<()>;
        async fn lookup_host(
            &self,
            grant: &Granted<SeeHosts>,
            key: &HostKey,
        ) -> Result<Option<HostRecord>>;
        async fn list_hosts(
            &self,
            grant: &Granted<SeeHosts>,
            filter: &HostFilter,
        ) -> Result<HostPage>;
        async fn count_hosts(
            &self,
            grant: &Granted<SeeHosts>,
        ) -> Result<BTreeMap<HostState, u64>>;
        async fn lookup_clashing(
            &self,
            grant: &Granted<SeeHosts>,
            ids: &[HostId],
            specs: &[HostSpec],
        ) -> Result<Vec<HostRecord>>;
        async fn put_hosts(
            &self,
            grant: &PutGrant,
            epoch: Epoch,
            hosts: &[(PutHost, AuditEntry)],
        ) -> Result<()>;
        async fn record_images(
            &self,
            grant: &Granted<BuildImages>,
            epoch: Epoch,
            images: &[(HostId, ImageBuild)],
        ) -> Result<()>;
    }

    #[async_trait]
    impl ProfileStore for Store {
        async fn put_profile(
            &self,
            grant: &Granted<ChangeHosts>,
            version: &ProfileVersion,
            audit: &AuditEntry,
        ) -> Result<()>;
        async fn current_profile(
            &self,
            grant: &Granted<SeeHosts>,
            name: &ProfileName,
        ) -> Result<Option<ProfileVersion>>;
        async fn lookup_profile(
            &self,
            grant: &Granted<SeeHosts>,
            name: &ProfileName,
            version: &Digest,
        ) -> Result<Option<ProfileVersion>>;
        async fn list_profiles(
            &self,
            grant: &Granted<SeeHosts>,
        ) -> Result<Vec<ProfileVersion>>;
    }

    #[async_trait]
    impl EventStore for Store {
        async fn record_events(
            &self,
            grant: &Granted<Record>,
            events: &[BootEvent],
        ) -> Result<()>;
        async fn list_events(
            &self,
            grant: &Granted<SeeHosts>,
            filter: &EventFilter,
        ) -> Result<Vec<BootEvent>>;
        async fn list_discovered(
            &self,
            grant: &Granted<SeeHosts>,
        ) -> Result<Vec<Discovered>>;
    }

    #[async_trait]
    impl AuditStore for Store {
        async fn append_audit(
            &self,
            grant: &Granted<Record>,
            entries: &[AuditEntry],
        ) -> Result<()>;
        async fn head(&self, grant: &Granted<ReadAudit>) -> Result<ChainHead>;
        async fn has_head(
            &self,
            grant: &Granted<ReadAudit>,
            head: &ChainHead,
        ) -> Result<bool>;
        async fn read_audit(
            &self,
            grant: &Granted<ReadAudit>,
            after: Option<ChainHead>,
            limit: u32,
        ) -> Result<Vec<ChainedEntry>>;
        async fn checkpoints(
            &self,
            grant: &Granted<ReadAudit>,
        ) -> Result<Vec<SealedCheckpoint>>;
        async fn prune_audit(
            &self,
            grant: &Granted<ManageKeys>,
            checkpoint: &SealedCheckpoint,
            audit: &AuditEntry,
        ) -> Result<()>;
        async fn list_sinks(
            &self,
            grant: &Granted<ReadAudit>,
        ) -> Result<Vec<SinkState>>;
        async fn put_sink(
            &self,
            grant: &Granted<Record>,
            state: &SinkState,
        ) -> Result<()>;
        async fn remove_sink(
            &self,
            grant: &Granted<Record>,
            state: &SinkState,
        ) -> Result<()>;
    }
}

// Not by `mock!`, as in `parts.rs`: an `Option` hides a lifetime.
#[async_trait]
impl DefaultsStore for MockStore {
    async fn put_defaults(
        &self,
        grant: &Granted<ChangeHosts>,
        values: &Defaults,
        audit: &AuditEntry,
    ) -> Result<()> {
        self.put_defaults(grant, values, audit)
    }

    async fn list_defaults(
        &self,
        grant: &Granted<SeeHosts>,
        profile: Option<&ProfileName>,
    ) -> Result<Vec<Defaults>> {
        self.list_defaults(grant, profile)
    }
}

#[async_trait]
impl LeaseStore for MockStore {
    async fn lookup_boot(&self, grant: &Granted<Boot>, host: HostId) -> Result<Option<BootRecord>> {
        self.lookup_boot(grant, host)
    }

    async fn lookup_attempt(
        &self,
        grant: &Granted<Boot>,
        attempt: AttemptId,
    ) -> Result<Option<(HostRecord, Attempt)>> {
        self.lookup_attempt(grant, attempt)
    }

    async fn lookup_mark(
        &self,
        grant: &Granted<MarkHosts>,
        mark: MarkId,
    ) -> Result<Option<HostId>> {
        self.lookup_mark(grant, mark)
    }

    async fn apply(
        &self,
        grant: &WriteGrant,
        epoch: Epoch,
        change: &Change,
        audit: Option<&AuditEntry>,
    ) -> Result<()> {
        self.apply(grant, epoch, change, audit)
    }

    async fn list_overdue(
        &self,
        grant: &Granted<SeeHosts>,
        filter: &OverdueFilter,
    ) -> Result<Vec<OverdueHost>> {
        self.list_overdue(grant, filter)
    }

    async fn list_sealed_pins(
        &self,
        grant: &Granted<ManageKeys>,
        key: KeyId,
    ) -> Result<Vec<SealedPin>> {
        self.list_sealed_pins(grant, key)
    }

    async fn put_sealed_pins(
        &self,
        grant: &Granted<ManageKeys>,
        epoch: Epoch,
        pins: &[SealedPin],
        audit: &AuditEntry,
    ) -> Result<()> {
        self.put_sealed_pins(grant, epoch, pins, audit)
    }
}
