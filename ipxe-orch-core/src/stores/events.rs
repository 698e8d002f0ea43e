//! The trait for boot events.

use super::{BootEvent, Discovered, EventFilter, StoreError};
use crate::auth::{Granted, Record, SeeHosts};
use async_trait::async_trait;

/// What happened at boot. Events may be lost in a crash and never decide anything.
#[async_trait]
pub trait EventStore: Send + Sync {
    /// Keeps events. One that tells of a machine ([`Discovered::of`]) also adds the machine to the
    /// discovered ones, or counts it there ([`Discovered::seen_again`]), unless a host ever had its
    /// id. Events that are recorded at once are all kept, in whatever order they come.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn record_events(
        &self,
        grant: &Granted<Record>,
        events: &[BootEvent],
    ) -> Result<(), StoreError>;

    /// The events that the grant covers and the filter wants, the newest first, of one moment the last
    /// recorded first, [`EventFilter::page_size`] at most. Events of no host are for grants that hold for all
    /// hosts.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn list_events(
        &self,
        grant: &Granted<SeeHosts>,
        filter: &EventFilter,
    ) -> Result<Vec<BootEvent>, StoreError>;

    /// The machines that are discovered, at most [`Discovered::MAX`], the last seen first. They
    /// have no site and no labels, so a grant that does not hold for all hosts shows none.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn list_discovered(
        &self,
        grant: &Granted<SeeHosts>,
    ) -> Result<Vec<Discovered>, StoreError>;
}
