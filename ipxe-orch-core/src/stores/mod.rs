//! The traits behind which hosts, profiles and the audit are kept.
//!
//! A backend implements [`InventoryStore`], [`ProfileStore`] and [`AuditLog`]; it is finished when
//! it passes [`crate::conformance`] against the real server. All are usable as `dyn`. Each
//! mutation takes its audit entry, so that both are one durable transaction, and returns only
//! when that transaction is.

mod discovered;
mod error;
mod event;
mod host;
mod overdue;

pub use discovered::Discovered;
pub use error::StoreError;
pub use event::{BootEvent, BootEventKind, EventFilter};
pub use host::{HostFilter, HostKey, HostPage, HostRecord, PutHost};
pub use overdue::{OverdueFilter, OverdueHost, OverdueKey};

use crate::{
    audit::{AuditEntry, ChainHead, ChainedEntry},
    auth::{Boot, ChangeHosts, Grant, Granted, ReadAudit, SeeHosts},
    digest::Digest,
    ids::{AttemptId, Epoch, HostId, MarkId},
    lease::{Attempt, Change},
    names::ProfileName,
    profile::{Defaults, ProfileVersion},
};
use async_trait::async_trait;

/// Hosts, their leases, and what happened at boot.
#[async_trait]
pub trait InventoryStore: Send + Sync {
    /// The database's epoch; a change that was decided in another one is a conflict.
    ///
    /// # Errors
    /// [`StoreError`]; the server is not ready then.
    async fn epoch(&self) -> Result<Epoch, StoreError>;

    /// One host, if it is there and the grant covers it. Never from a cache.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] and the like; not being there is no error.
    async fn lookup_host(
        &self,
        grant: &Granted<SeeHosts>,
        key: &HostKey,
    ) -> Result<Option<HostRecord>, StoreError>;

    /// The hosts that the grant covers and the filter wants, in the order of their names.
    ///
    /// # Errors
    /// [`StoreError`] as above.
    async fn list_hosts(
        &self,
        grant: &Granted<SeeHosts>,
        filter: &HostFilter,
    ) -> Result<HostPage, StoreError>;

    /// Creates, edits and removes hosts, all of them or none. Each pair has its own audit entry.
    /// A host that is created is no longer discovered.
    ///
    /// # Errors
    /// [`StoreError::AlreadyExists`] for a name, MAC or address (within a site) that another host
    /// has, named in the message, and for an id that was ever used; [`StoreError::Conflict`] if an
    /// edited or removed host is no longer of the generation that was looked at, or has a mark or
    /// an open attempt when it is removed; [`StoreError::NotFound`] for hosts outside the grant.
    async fn put_hosts(
        &self,
        grant: &Granted<ChangeHosts>,
        epoch: Epoch,
        hosts: &[(PutHost, AuditEntry)],
    ) -> Result<(), StoreError>;

    /// What is overdue of the hosts that the grant covers, in the order of its keys. Cheap also
    /// where there are many hosts and old attempts: it is asked every minute.
    ///
    /// # Errors
    /// [`StoreError`] as above.
    async fn list_overdue(
        &self,
        grant: &Granted<SeeHosts>,
        filter: &OverdueFilter,
    ) -> Result<Vec<OverdueHost>, StoreError>;

    /// The host of a booting machine. Never from a cache.
    ///
    /// # Errors
    /// [`StoreError`] as above; the server cannot decide then.
    async fn lookup_boot(
        &self,
        grant: &Granted<Boot>,
        host: HostId,
    ) -> Result<Option<HostRecord>, StoreError>;

    /// The attempt of a ticket with its host, be it the host's latest attempt or not, and be the
    /// host removed meanwhile or not.
    ///
    /// # Errors
    /// [`StoreError`] as above.
    async fn lookup_attempt(
        &self,
        grant: &Granted<Boot>,
        attempt: AttemptId,
    ) -> Result<Option<(HostRecord, Attempt)>, StoreError>;

    /// Whether this mark was ever stored, and of which host.
    ///
    /// # Errors
    /// [`StoreError`] as above.
    async fn lookup_mark(&self, grant: &Grant, mark: MarkId) -> Result<Option<HostId>, StoreError>;

    /// Writes a change of a lease, if all is as it expects; durable when it returns.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if anything is not as expected: read again in a new transaction,
    /// decide again. [`StoreError::OutcomeUnknown`] if it may have been written: read again and
    /// look for one's own id.
    async fn apply(
        &self,
        grant: &Grant,
        epoch: Epoch,
        change: &Change,
        audit: &AuditEntry,
    ) -> Result<(), StoreError>;

    /// Keeps what happened at boot; may be lost in a crash, never decides anything. An event that
    /// tells of a machine ([`Discovered::of`]) also adds it to those that are discovered, or
    /// counts it, unless a host ever had its id.
    ///
    /// # Errors
    /// [`StoreError`] as above.
    async fn record_events(&self, events: &[BootEvent]) -> Result<(), StoreError>;

    /// What happened at boot, the newest first.
    ///
    /// # Errors
    /// [`StoreError`] as above.
    async fn list_events(
        &self,
        grant: &Granted<SeeHosts>,
        filter: &EventFilter,
    ) -> Result<Vec<BootEvent>, StoreError>;

    /// The machines that are discovered, at most [`Discovered::MAX`], the last seen first. They
    /// are of no site and have no labels: none for a grant that does not hold for all hosts.
    ///
    /// # Errors
    /// [`StoreError`] as above.
    async fn list_discovered(
        &self,
        grant: &Granted<SeeHosts>,
    ) -> Result<Vec<Discovered>, StoreError>;
}

/// Profiles with all versions that a mark may pin.
#[async_trait]
pub trait ProfileStore: Send + Sync {
    /// Makes this version the current one of its profile; earlier ones stay.
    ///
    /// # Errors
    /// [`StoreError::Invalid`] for a grant that does not hold for all hosts: any of them may have
    /// the profile. Nothing is stored then.
    async fn put_profile(
        &self,
        grant: &Granted<ChangeHosts>,
        version: &ProfileVersion,
        audit: &AuditEntry,
    ) -> Result<(), StoreError>;

    /// The version that a new mark pins.
    ///
    /// # Errors
    /// [`StoreError`]; not being there is no error.
    async fn current_profile(
        &self,
        name: &ProfileName,
    ) -> Result<Option<ProfileVersion>, StoreError>;

    /// A version that a mark pinned.
    ///
    /// # Errors
    /// [`StoreError`]; not being there is no error.
    async fn lookup_profile(
        &self,
        name: &ProfileName,
        version: &Digest,
    ) -> Result<Option<ProfileVersion>, StoreError>;

    /// The current versions, in the order of their names.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn list_profiles(&self) -> Result<Vec<ProfileVersion>, StoreError>;

    /// Replaces the values of a place; they get the next generation.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if they are not of the generation that was looked at;
    /// [`StoreError::Invalid`] for a grant that does not hold for all hosts of the place. Nothing
    /// is stored then.
    async fn put_defaults(
        &self,
        grant: &Granted<ChangeHosts>,
        values: &Defaults,
        audit: &AuditEntry,
    ) -> Result<(), StoreError>;

    /// The values that hosts with a profile share, or those of all profiles, in the order of
    /// their places.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn list_defaults(
        &self,
        profile: Option<&ProfileName>,
    ) -> Result<Vec<Defaults>, StoreError>;
}

/// The audit: written with each mutation, and alone for what was denied or refused.
#[async_trait]
pub trait AuditLog: Send + Sync {
    /// Appends an entry about something that changed nothing.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn append_audit(&self, entry: &AuditEntry) -> Result<(), StoreError>;

    /// Appends entries in their order, all of them or none, with one commit.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn append_audits(&self, entries: &[AuditEntry]) -> Result<(), StoreError>;

    /// The end of this store's own chain; cheap, and never from a cache.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn head(&self) -> Result<ChainHead, StoreError>;

    /// Whether the audit has the entry that `head` ends with, unchanged; an empty head always. A
    /// database that was set back, or is another one, lacks it. Cheap, and never from a cache.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn has_head(&self, head: &ChainHead) -> Result<bool, StoreError>;

    /// At most `limit` entries after `after` (exclusive; `None` from the start), by chain and
    /// sequence.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn read_audit(
        &self,
        grant: &Granted<ReadAudit>,
        after: Option<ChainHead>,
        limit: u32,
    ) -> Result<Vec<ChainedEntry>, StoreError>;
}

/// All of a backend.
pub trait Store: InventoryStore + ProfileStore + AuditLog {}

impl<T: InventoryStore + ProfileStore + AuditLog> Store for T {}
