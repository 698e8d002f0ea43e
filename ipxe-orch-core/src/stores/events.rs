//! The trait for boot events.

use super::{BootEvent, Discovered, EventFilter, StoreError};
use crate::auth::{Granted, Record, SeeHosts};
use async_trait::async_trait;

/// What happened at boot. Events may be lost in a crash and never decide anything.
#[async_trait]
pub trait EventStore: Send + Sync {
    /// Keeps events. If an event tells of a machine ([`Discovered::of`]), the machine also becomes
    /// a discovered one, or is counted once more ([`Discovered::seen_again`]). That is not so if a
    /// host ever had its id. Of more than [`Discovered::MAX`] machines, those that were not seen
    /// for the longest time are dropped. Events that come at the same time are all kept.
    ///
    /// A store may drop old events. Of those without a host ([`BootEvent::is_unproved`]) it keeps
    /// the last [`BootEvent::MAX_UNPROVED`] that were recorded, and no more. They never displace
    /// events of hosts, because strangers can cause as many of them as they like.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn record_events(
        &self,
        grant: &Granted<Record>,
        events: &[BootEvent],
    ) -> Result<(), StoreError>;

    /// The events that the grant covers and the filter wants, at most [`EventFilter::page_size`].
    /// The newest comes first; of events with the same time, the one that was recorded last. Only a
    /// grant for all hosts shows events without a host, or of a host that was never registered.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn list_events(
        &self,
        grant: &Granted<SeeHosts>,
        filter: &EventFilter,
    ) -> Result<Vec<BootEvent>, StoreError>;

    /// The discovered machines, at most [`Discovered::MAX`], the last seen first. They have no site
    /// and no labels, so only a grant for all hosts shows them.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn list_discovered(
        &self,
        grant: &Granted<SeeHosts>,
    ) -> Result<Vec<Discovered>, StoreError>;
}
