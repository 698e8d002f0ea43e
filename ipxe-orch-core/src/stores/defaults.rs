//! The trait for defaults.

use super::StoreError;
use crate::{
    audit::AuditEntry,
    auth::{ChangeHosts, Granted, SeeHosts},
    names::ProfileName,
    profile::Defaults,
};
use async_trait::async_trait;

/// Values that are said once for all hosts with a profile, or for those of them at a site.
#[async_trait]
pub trait DefaultsStore: Send + Sync {
    /// Replaces the values of a place, and of no other one. They get the generation after the one that was looked at,
    /// which is 0 where there were none.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if the stored values are not of the generation that was looked at;
    /// [`StoreError::Invalid`] for a grant that does not hold for all hosts of the place. Nothing
    /// is stored then.
    async fn put_defaults(
        &self,
        grant: &Granted<ChangeHosts>,
        values: &Defaults,
        audit: &AuditEntry,
    ) -> Result<(), StoreError>;

    /// The values of one profile or of all, in the order of their places: by profile, the values of
    /// no site before those of the sites. A grant for sites shows
    /// those of its sites and those of no site ([`Scope::may_have`](crate::auth::Scope::may_have)):
    /// whoever may see a host sees all that the host inherits.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn list_defaults(
        &self,
        grant: &Granted<SeeHosts>,
        profile: Option<&ProfileName>,
    ) -> Result<Vec<Defaults>, StoreError>;
}
