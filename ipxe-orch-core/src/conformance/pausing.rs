//! A store that stops before each call, so that a test decides what happens between a read and a
//! write, and that fails when it is told to.

use crate::{
    audit::AuditEntry,
    auth::{Granted, SeeHosts, WriteGrant},
    forward_store,
    ids::Epoch,
    lease::Change,
    stores::{HostKey, HostRecord, OverdueFilter, OverdueHost, Store, StoreError},
};
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
    /// It is not written, and the store says that it does not know.
    Lost,
    /// It is written, and the store says that it does not know.
    After,
}

/// A store that passes calls on to another store. It can stop before each call, and fail.
pub struct PausingStore {
    inner: Arc<dyn Store>,
    at_gate: Arc<AtomicBool>,
    fault: Mutex<Option<Fault>>,
}

impl PausingStore {
    /// Wraps `inner`. `at_gate` becomes true when a call waits to be let through.
    pub fn new(inner: Arc<dyn Store>, at_gate: Arc<AtomicBool>) -> Self {
        Self { inner, at_gate, fault: Mutex::new(None) }
    }

    /// Lets the next write fail like this.
    pub fn fail_next(&self, fault: Fault) {
        *self.fault.lock().unwrap_or_else(PoisonError::into_inner) = Some(fault);
    }

    fn fault(&self) -> Option<Fault> {
        self.fault.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// Stops once, then gives the store.
    async fn gate(&self) -> &dyn Store {
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
        self.inner.as_ref()
    }
}

fn lost() -> Box<dyn std::error::Error + Send + Sync> {
    "the connection was lost".into()
}

forward_store!(HostStore for PausingStore => [inner] {
    async fn lookup_host(
        &self,
        grant: &Granted<SeeHosts>,
        key: &HostKey,
    ) -> Result<Option<HostRecord>, StoreError> {
        self.gate().await.lookup_host(grant, key).await
    }
} forward epoch check has_accepted accept list_hosts count_hosts lookup_clashing put_hosts record_images);

forward_store!(LeaseStore for PausingStore => [gate().await] {
    async fn apply(
        &self,
        grant: &WriteGrant,
        epoch: Epoch,
        change: &Change,
        audit: Option<&AuditEntry>,
    ) -> Result<(), StoreError> {
        let inner = self.gate().await;
        match self.fault() {
            None => inner.apply(grant, epoch, change, audit).await,
            Some(Fault::Before) => Err(StoreError::Unavailable(lost())),
            Some(Fault::Lost) => Err(StoreError::OutcomeUnknown(lost())),
            Some(Fault::After) => {
                inner.apply(grant, epoch, change, audit).await?;
                Err(StoreError::OutcomeUnknown(lost()))
            }
        }
    }

    async fn list_overdue(
        &self,
        grant: &Granted<SeeHosts>,
        filter: &OverdueFilter,
    ) -> Result<Vec<OverdueHost>, StoreError> {
        self.inner.list_overdue(grant, filter).await
    }
} forward lookup_boot lookup_attempt lookup_mark list_sealed_pins put_sealed_pins);

forward_store!(ProfileStore for PausingStore => [inner]);
forward_store!(DefaultsStore for PausingStore => [inner]);
forward_store!(PolicyStore for PausingStore => [inner]);
forward_store!(EventStore for PausingStore => [inner]);
forward_store!(AuditStore for PausingStore => [inner]);
