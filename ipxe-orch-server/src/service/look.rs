//! What services look up in the store: in this one place.

use ipxe_orch_core::{
    auth::{Granted, SeeHosts},
    lease::Pin,
    orchestrator::Orchestrator,
    profile::ProfileVersion,
    stores::{HostFilter, HostRecord, StoreError},
};

/// All hosts that the grant covers and the filter wants, in the order of their names.
pub(super) async fn hosts(
    orchestrator: &Orchestrator,
    grant: &Granted<SeeHosts>,
    mut filter: HostFilter,
) -> Result<Vec<HostRecord>, StoreError> {
    let mut all = Vec::new();
    loop {
        let page = orchestrator.parts().store.list_hosts(grant, &filter).await?;
        all.extend(page.hosts);
        match page.next {
            None => return Ok(all),
            next => filter.after = next,
        }
    }
}

/// The current versions of all profiles.
pub(super) async fn profiles(
    orchestrator: &Orchestrator,
    _grant: &Granted<SeeHosts>,
) -> Result<Vec<ProfileVersion>, StoreError> {
    orchestrator.parts().store.list_profiles().await
}

/// The version that a mark pins.
pub(super) async fn pinned(
    orchestrator: &Orchestrator,
    _grant: &Granted<SeeHosts>,
    pin: &Pin,
) -> Result<Option<ProfileVersion>, StoreError> {
    orchestrator.parts().store.lookup_profile(&pin.profile, &pin.version).await
}
