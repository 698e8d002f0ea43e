//! A store that stops before each call, so that a test decides what happens between a read and a
//! write, and that fails when it is told to.

use crate::{
    audit::{AuditEntry, ChainHead, ChainedEntry},
    auth::{Boot, ChangeHosts, Grant, Granted, ReadAudit, SeeHosts},
    digest::Digest,
    ids::{AttemptId, Epoch, HostId, MarkId},
    lease::{Attempt, Change},
    names::ProfileName,
    profile::{Defaults, ProfileVersion},
    stores::{
        AuditLog, BootEvent, Discovered, EventFilter, HostFilter, HostKey, HostPage, HostRecord,
        InventoryStore, OverdueFilter, OverdueHost, ProfileStore, PutHost, Store, StoreError,
    },
};
use async_trait::async_trait;
use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    task::Poll,
};

/// What goes wrong with the next write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It is not written, and the store says so.
    Before,
    /// It is not written, and the store does not know.
    Lost,
    /// It is written, and the store does not know.
    After,
}

/// A store between its caller and the store under test.
pub struct PausingStore {
    inner: Arc<dyn Store>,
    at_gate: Arc<AtomicBool>,
    fault: Mutex<Option<Fault>>,
}

impl PausingStore {
    /// Around `inner`; `at_gate` is set whenever a call waits to be let through.
    pub fn new(inner: Arc<dyn Store>, at_gate: Arc<AtomicBool>) -> Self {
        Self { inner, at_gate, fault: Mutex::new(None) }
    }

    /// The next write fails so.
    pub fn fail_next(&self, fault: Fault) {
        *self.fault.lock().unwrap_or_else(PoisonError::into_inner) = Some(fault);
    }

    fn fault(&self) -> Option<Fault> {
        self.fault.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// Stops once.
    async fn gate(&self) {
        let mut passed = false;
        std::future::poll_fn(|_| {
            if passed {
                return Poll::Ready(());
            }
            passed = true;
            self.at_gate.store(true, Ordering::SeqCst);
            Poll::Pending
        })
        .await;
    }
}

fn lost() -> Box<dyn std::error::Error + Send + Sync> {
    "the connection was lost".into()
}

#[async_trait]
impl InventoryStore for PausingStore {
    async fn epoch(&self) -> Result<Epoch, StoreError> {
        self.inner.epoch().await
    }

    async fn lookup_host(
        &self,
        grant: &Granted<SeeHosts>,
        key: &HostKey,
    ) -> Result<Option<HostRecord>, StoreError> {
        self.gate().await;
        self.inner.lookup_host(grant, key).await
    }

    async fn list_hosts(
        &self,
        grant: &Granted<SeeHosts>,
        filter: &HostFilter,
    ) -> Result<HostPage, StoreError> {
        self.inner.list_hosts(grant, filter).await
    }

    async fn list_overdue(
        &self,
        grant: &Granted<SeeHosts>,
        filter: &OverdueFilter,
    ) -> Result<Vec<OverdueHost>, StoreError> {
        self.inner.list_overdue(grant, filter).await
    }

    async fn put_hosts(
        &self,
        grant: &Granted<ChangeHosts>,
        epoch: Epoch,
        hosts: &[(PutHost, AuditEntry)],
    ) -> Result<(), StoreError> {
        self.inner.put_hosts(grant, epoch, hosts).await
    }

    async fn lookup_boot(
        &self,
        grant: &Granted<Boot>,
        host: HostId,
    ) -> Result<Option<HostRecord>, StoreError> {
        self.gate().await;
        self.inner.lookup_boot(grant, host).await
    }

    async fn lookup_attempt(
        &self,
        grant: &Granted<Boot>,
        attempt: AttemptId,
    ) -> Result<Option<(HostRecord, Attempt)>, StoreError> {
        self.gate().await;
        self.inner.lookup_attempt(grant, attempt).await
    }

    async fn lookup_mark(&self, grant: &Grant, mark: MarkId) -> Result<Option<HostId>, StoreError> {
        self.gate().await;
        self.inner.lookup_mark(grant, mark).await
    }

    async fn apply(
        &self,
        grant: &Grant,
        epoch: Epoch,
        change: &Change,
        audit: &AuditEntry,
    ) -> Result<(), StoreError> {
        self.gate().await;
        match self.fault() {
            None => self.inner.apply(grant, epoch, change, audit).await,
            Some(Fault::Before) => Err(StoreError::Unavailable(lost())),
            Some(Fault::Lost) => Err(StoreError::OutcomeUnknown(lost())),
            Some(Fault::After) => {
                self.inner.apply(grant, epoch, change, audit).await?;
                Err(StoreError::OutcomeUnknown(lost()))
            }
        }
    }

    async fn record_events(&self, events: &[BootEvent]) -> Result<(), StoreError> {
        self.inner.record_events(events).await
    }

    async fn list_events(
        &self,
        grant: &Granted<SeeHosts>,
        filter: &EventFilter,
    ) -> Result<Vec<BootEvent>, StoreError> {
        self.inner.list_events(grant, filter).await
    }

    async fn list_discovered(
        &self,
        grant: &Granted<SeeHosts>,
    ) -> Result<Vec<Discovered>, StoreError> {
        self.inner.list_discovered(grant).await
    }
}

#[async_trait]
impl ProfileStore for PausingStore {
    async fn put_profile(
        &self,
        grant: &Granted<ChangeHosts>,
        version: &ProfileVersion,
        audit: &AuditEntry,
    ) -> Result<(), StoreError> {
        self.inner.put_profile(grant, version, audit).await
    }

    async fn current_profile(
        &self,
        name: &ProfileName,
    ) -> Result<Option<ProfileVersion>, StoreError> {
        self.inner.current_profile(name).await
    }

    async fn lookup_profile(
        &self,
        name: &ProfileName,
        version: &Digest,
    ) -> Result<Option<ProfileVersion>, StoreError> {
        self.inner.lookup_profile(name, version).await
    }

    async fn list_profiles(&self) -> Result<Vec<ProfileVersion>, StoreError> {
        self.inner.list_profiles().await
    }

    async fn put_defaults(
        &self,
        grant: &Granted<ChangeHosts>,
        values: &Defaults,
        audit: &AuditEntry,
    ) -> Result<(), StoreError> {
        self.inner.put_defaults(grant, values, audit).await
    }

    async fn list_defaults(
        &self,
        profile: Option<&ProfileName>,
    ) -> Result<Vec<Defaults>, StoreError> {
        self.inner.list_defaults(profile).await
    }
}

#[async_trait]
impl AuditLog for PausingStore {
    async fn append_audit(&self, entry: &AuditEntry) -> Result<(), StoreError> {
        self.inner.append_audit(entry).await
    }

    async fn append_audits(&self, entries: &[AuditEntry]) -> Result<(), StoreError> {
        self.inner.append_audits(entries).await
    }

    async fn head(&self) -> Result<ChainHead, StoreError> {
        self.inner.head().await
    }

    async fn has_head(&self, head: &ChainHead) -> Result<bool, StoreError> {
        self.inner.has_head(head).await
    }

    async fn read_audit(
        &self,
        grant: &Granted<ReadAudit>,
        after: Option<ChainHead>,
        limit: u32,
    ) -> Result<Vec<ChainedEntry>, StoreError> {
        self.inner.read_audit(grant, after, limit).await
    }
}
