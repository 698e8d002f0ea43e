//! The trait for policies.

use super::StoreError;
use crate::{
    audit::AuditEntry,
    auth::{AccessGrant, Granted, SeeHosts},
    policy::{PolicyRecord, PutPolicy},
};
use async_trait::async_trait;

/// Policies, and what was armed under their limits. The writes of marks take places of a limit:
/// [`LeaseStore::apply`](super::LeaseStore::apply), [`HostStore::put_hosts`](super::HostStore::put_hosts).
#[async_trait]
pub trait PolicyStore: Send + Sync {
    /// Sets or removes a policy: see [`PutPolicy::apply_to`].
    ///
    /// # Errors
    /// Those of [`PutPolicy::apply_to`]; [`StoreError::NotFound`] unless the grant holds for
    /// everybody. Nothing is stored then.
    async fn put_policy(
        &self,
        grant: &AccessGrant,
        change: &PutPolicy,
        audit: &AuditEntry,
    ) -> Result<(), StoreError>;

    /// All policies, in the order of their names: whoever marks any host may meet any of them.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn list_policies(
        &self,
        grant: &Granted<SeeHosts>,
    ) -> Result<Vec<PolicyRecord>, StoreError>;
}
