//! Many callers that write at once, half of them by a second handle.

use super::{
    super::race::{Call, ROUNDS, at_once, winner_of},
    Bench, must, same,
};
use crate::{
    audit::AuditEntry,
    auth::{ChangeHosts, Granted, WriteGrant},
    ids::{Epoch, HostId},
    lease::{Change, Write},
    profile::Defaults,
    stores::{PutGrant, PutHost, StoreError},
};

/// The last two callers decide in another epoch, and never win.
const LATE: u16 = 8;

/// What the callers have.
pub(super) struct Race<'a> {
    bench: &'a Bench,
    second: Bench,
    put: PutGrant,
    write: WriteGrant,
    change: Granted<ChangeHosts>,
    epoch: Epoch,
}

impl<'a> Race<'a> {
    pub(super) async fn new(bench: &'a Bench) -> Self {
        Self {
            bench,
            second: bench.second().await,
            put: bench.put_grant().await,
            write: bench.write_grant().await,
            change: bench.grant().await,
            epoch: must(bench.store.epoch().await),
        }
    }

    /// The bench of a caller, the epoch in which it decides, and its audit entry. The entry is long:
    /// what a store does with it in its transaction takes a while, in which callers meet.
    fn caller(&self, caller: u16) -> (&Bench, Epoch, AuditEntry) {
        let bench = if caller.is_multiple_of(2) { self.bench } else { &self.second };
        let late = Epoch(uuid::Uuid::from_bytes([0x5a; 16]));
        let epoch = if caller < LATE { self.epoch } else { late };
        let detail = Some("x".repeat(2000));
        (bench, epoch, AuditEntry { detail, ..bench.entry("race") })
    }

    pub(super) fn apply(&self, caller: u16, host: HostId, write: Write) -> Call {
        let (bench, epoch, entry) = self.caller(caller);
        let (store, grant) = (bench.store.clone(), self.write.clone());
        let change = Change { host, write };
        Box::pin(async move { store.apply(&grant, epoch, &change, Some(&entry)).await })
    }

    pub(super) fn put(&self, caller: u16, put: PutHost) -> Call {
        let (bench, epoch, entry) = self.caller(caller);
        let (store, grant) = (bench.store.clone(), self.put.clone());
        Box::pin(async move { store.put_hosts(&grant, epoch, &[(put, entry)]).await })
    }

    /// Defaults have no epoch.
    pub(super) fn set(&self, caller: u16, values: Defaults) -> Call {
        let (bench, _, entry) = self.caller(caller);
        let (store, grant) = (bench.store.clone(), self.change.clone());
        Box::pin(async move { store.put_defaults(&grant, &values, &entry).await })
    }

    /// Lets `call` of each caller go at once; gives the one that won.
    pub(super) async fn winner(&self, call: impl Fn(u16) -> Call, promise: &str) -> u16 {
        let results = at_once(call).await;
        let lost = |error: &_| matches!(error, StoreError::Conflict | StoreError::AlreadyExists(_));
        winner_of(&results, lost, promise)
    }

    /// Each round has left one entry.
    pub(super) async fn ended(&self) {
        let entries = self.bench.actions().await;
        let entries = entries.iter().filter(|action| *action == "race").count();
        same(&entries, &usize::from(ROUNDS), "who wins leaves an entry, and nobody else does");
    }
}
