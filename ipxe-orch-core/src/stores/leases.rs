//! The trait for leases.

use super::{BootRecord, HostRecord, OverdueFilter, OverdueHost, SealedPin, StoreError};
use crate::{
    audit::AuditEntry,
    auth::{Boot, Granted, ManageKeys, MarkHosts, SeeHosts, WriteGrant},
    ids::{AttemptId, Epoch, HostId, KeyId, MarkId},
    lease::{Attempt, Change},
};
use async_trait::async_trait;

/// Marks, attempts and claims of hosts. [`Self::apply`] is what makes installs correct.
#[async_trait]
pub trait LeaseStore: Send + Sync {
    /// What decides the boot request of a host, if it is registered and the grant is for it. Nearly
    /// every request of a machine asks this, so it must be cheap. [`BootRecord::of`] says what it
    /// has.
    ///
    /// # Errors
    /// [`StoreError`]; the server cannot decide then.
    async fn lookup_boot(
        &self,
        grant: &Granted<Boot>,
        host: HostId,
    ) -> Result<Option<BootRecord>, StoreError>;

    /// The attempt of a ticket, as it was last written, and its host, as it is now. The attempt may
    /// be the host's latest or an earlier one, and the host may be removed. The grant of a ticket
    /// shows its own attempt only; the grant of a machine shows all attempts of its host
    /// ([`Grant::covers_attempt`](crate::auth::Grant::covers_attempt)).
    ///
    /// # Errors
    /// [`StoreError`] as above.
    async fn lookup_attempt(
        &self,
        grant: &Granted<Boot>,
        attempt: AttemptId,
    ) -> Result<Option<(HostRecord, Attempt)>, StoreError>;

    /// The host for which this mark was ever stored, if the grant covers the host. The host may be
    /// removed.
    ///
    /// # Errors
    /// [`StoreError`] as above.
    async fn lookup_mark(
        &self,
        grant: &Granted<MarkHosts>,
        mark: MarkId,
    ) -> Result<Option<HostId>, StoreError>;

    /// Writes a change of a lease, if everything is as the change expects, with its audit entry if
    /// there is one. What a machine may repeat as often as it likes has none. The comparison and the write are one step: of two concurrent changes that expect the same, only
    /// one is written. A removed host takes changes too: a late report of its last attempt counts.
    ///
    /// - [`Write::Replace`] stores the lease with the generation after the expected one, whatever
    ///   generation it brings along. An attempt that it no longer holds is kept for late reports.
    /// - [`Write::CountOffer`] asks for the latest attempt of the host, open and unclaimed, with
    ///   that count. It changes the count and its time alone. Without a time it changes nothing,
    ///   and only compares.
    /// - [`Write::Join`] asks for a claimed attempt of the host that is not the latest, and whose
    ///   outcome is worse or not known yet. It changes that attempt alone.
    ///
    /// [`Change::apply_to`] does the comparison and says what to store. What it cannot see, the
    /// store refuses by itself: a mark id or attempt id that was ever stored, and a second claim
    /// of one mark.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] if the host is not there or outside of the grant.
    /// [`StoreError::Conflict`] if anything is not as expected, in another epoch, and for a second
    /// claim: the caller reads again and decides again. [`StoreError::AlreadyExists`] for a mark or
    /// attempt whose id was used before. [`StoreError::Invalid`] for a change that contradicts
    /// itself. [`StoreError::OutcomeUnknown`] if it may have been written: the caller reads again
    /// and looks for its own id.
    ///
    /// [`Write::Replace`]: crate::lease::Write::Replace
    /// [`Write::CountOffer`]: crate::lease::Write::CountOffer
    /// [`Write::Join`]: crate::lease::Write::Join
    async fn apply(
        &self,
        grant: &WriteGrant,
        epoch: Epoch,
        change: &Change,
        audit: Option<&AuditEntry>,
    ) -> Result<(), StoreError>;

    /// The pins that have values sealed with another master key than `key`, at most
    /// [`SealedPin::PAGE`]: those of all marks and attempts ever, also of hosts that were removed.
    /// An empty list means that there are none.
    ///
    /// # Errors
    /// [`StoreError::Invalid`] if the grant is not for all hosts.
    async fn list_sealed_pins(
        &self,
        grant: &Granted<ManageKeys>,
        key: KeyId,
    ) -> Result<Vec<SealedPin>, StoreError>;

    /// Puts the values of these pins in the place of those that they have, all of them or none,
    /// with the audit entry. The host of a pin that has not ended gets the next generation, so that
    /// no write that was decided before brings the former values back. Nothing else changes. A mark
    /// or attempt that is not there is left out.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] in another epoch. [`StoreError::Invalid`] if the grant is not for
    /// all hosts.
    async fn put_sealed_pins(
        &self,
        grant: &Granted<ManageKeys>,
        epoch: Epoch,
        pins: &[SealedPin],
        audit: &AuditEntry,
    ) -> Result<(), StoreError>;

    /// What is overdue of the hosts that the grant covers, in the order of its keys, at most
    /// [`OverdueFilter::page_size`]. A removed host is never overdue. Servers ask this every
    /// minute, so it must be cheap even with many hosts and old attempts.
    ///
    /// # Errors
    /// [`StoreError`] as above.
    async fn list_overdue(
        &self,
        grant: &Granted<SeeHosts>,
        filter: &OverdueFilter,
    ) -> Result<Vec<OverdueHost>, StoreError>;
}
