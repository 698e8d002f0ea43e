//! The trait for hosts.

use super::{
    Acceptance, Checked, HostFilter, HostKey, HostPage, HostRecord, ImageBuild, PutGrant, PutHost,
    StoreError,
};
use crate::{
    audit::AuditEntry,
    auth::{BuildImages, Granted, ManageKeys, Record, SeeHosts},
    host::HostSpec,
    ids::{Epoch, HostId},
    lease::HostState,
    time::Timestamp,
};
use async_trait::async_trait;
use std::collections::BTreeMap;

/// Hosts: looked up, listed, created, edited and removed.
#[async_trait]
pub trait HostStore: Send + Sync {
    /// The database's epoch, a random id that changes with each restore. A write that was decided
    /// in another epoch is a conflict.
    ///
    /// # Errors
    /// [`StoreError`]; the server is not ready then.
    async fn epoch(&self) -> Result<Epoch, StoreError>;

    /// Writes the time into a place of its own, to find out whether the store takes writes, and
    /// reads what a server must know of the database. Servers ask this every few seconds, so it
    /// must be cheap, and it leaves nothing behind that grows. A write that was acknowledged less
    /// than a second ago may stand for the one that this would make.
    ///
    /// # Errors
    /// [`StoreError`]; the server is not ready then. [`StoreError::Replaced`] if this is not the
    /// database that the store has seen.
    async fn check(&self, grant: &Granted<Record>, at: Timestamp) -> Result<Checked, StoreError>;

    /// Whether an operator has accepted this database in the place of one with this epoch.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn has_accepted(&self, epoch: Epoch) -> Result<bool, StoreError>;

    /// Gives the database its next epoch, and remembers in whose place it was accepted: all that
    /// [`Acceptance::instead_of`] names, its own epoch until now, and what this store itself has
    /// seen. What was decided in an earlier epoch is a conflict from then on.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if the epoch is not the expected one.
    async fn accept(
        &self,
        grant: &Granted<ManageKeys>,
        acceptance: &Acceptance,
        audit: &AuditEntry,
    ) -> Result<(), StoreError>;

    /// One host with its lease, if it is there and the grant covers it. A removed host is not there.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] and the like; not being there is no error.
    async fn lookup_host(
        &self,
        grant: &Granted<SeeHosts>,
        key: &HostKey,
    ) -> Result<Option<HostRecord>, StoreError>;

    /// The hosts that the grant covers and the filter wants, in the order of the bytes of their
    /// names. At most [`HostFilter::page_size`] hosts.
    ///
    /// # Errors
    /// [`StoreError`] as above.
    async fn list_hosts(
        &self,
        grant: &Granted<SeeHosts>,
        filter: &HostFilter,
    ) -> Result<HostPage, StoreError>;

    /// How many of the hosts that the grant covers are in which state. A state without a host may be
    /// missing. Monitoring asks this every few seconds, so the store counts and reads no host.
    ///
    /// # Errors
    /// [`StoreError`] as above.
    async fn count_hosts(
        &self,
        grant: &Granted<SeeHosts>,
    ) -> Result<BTreeMap<HostState, u64>, StoreError>;

    /// The hosts with these ids, and those that [clash](HostSpec::clash) with one of these
    /// specifications, because they have one of its names, MACs or addresses. Each of them once, in
    /// the order of their names, as far as the grant covers them. A removed host is not there. An
    /// import asks this for many hosts at once.
    ///
    /// # Errors
    /// [`StoreError`] as above.
    async fn lookup_clashing(
        &self,
        grant: &Granted<SeeHosts>,
        ids: &[HostId],
        specs: &[HostSpec],
    ) -> Result<Vec<HostRecord>, StoreError>;

    /// Creates, edits and removes hosts, all of them or none; [`PutHost::apply_to`] says what
    /// becomes of each. Each pair has its own audit entry.
    ///
    /// - A new host has generation 1. Every other change makes the next generation. An edit changes
    ///   nothing else of the lease, and the generation, the keys and the last build of the image
    ///   stay.
    /// - Two hosts of a store never have the same name or MAC. Two hosts of one site never have the
    ///   same address, nor two hosts without a site; the length of the prefix does not count. This
    ///   holds for the hosts of one call as well. Two NICs of one host may share an address.
    /// - Hosts may exchange names, MACs and addresses within one call: all edited and removed hosts
    ///   give up theirs before any host takes one. A host may be in a call twice. The second change
    ///   then sees what the first one made.
    /// - The mark of a created host is registered: its id is never accepted again.
    /// - A host that is created is no longer discovered.
    /// - A removed host leaves a tombstone with its history. Its id is never used again, and its
    ///   late reports count. People who could see its audit and events see them still. Its name,
    ///   MACs and addresses are free.
    /// - The audit entries are appended in the order of the pairs.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] in another epoch, and what [`PutHost::apply_to`] says.
    /// [`StoreError::AlreadyExists`] for a name, MAC or address that another host has; the text
    /// names what is taken, and the host that has it. The same error for an id or mark that was
    /// ever used. [`StoreError::NotFound`] for hosts that are not there or outside of the grant.
    async fn put_hosts(
        &self,
        grant: &PutGrant,
        epoch: Epoch,
        hosts: &[(PutHost, AuditEntry)],
    ) -> Result<(), StoreError>;

    /// Records the last builds of hosts' images: [`HostRecord::record_image`] says what becomes of
    /// the host. A host that is not there, that was removed, or
    /// that is outside of the grant is left out.
    ///
    /// Nothing else of a host changes, not even its generation: it does not disturb a person who
    /// edits the host at the same time. It has no audit entry: the entry with the image's digest
    /// is written before the image is made.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] in another epoch.
    async fn record_images(
        &self,
        grant: &Granted<BuildImages>,
        epoch: Epoch,
        images: &[(HostId, ImageBuild)],
    ) -> Result<(), StoreError>;
}
