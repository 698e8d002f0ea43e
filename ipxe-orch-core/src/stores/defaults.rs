//! The trait for defaults.

use super::StoreError;
use crate::{
    audit::AuditEntry,
    auth::{ChangeHosts, Granted, SeeHosts},
    names::ProfileName,
    profile::Defaults,
};
use async_trait::async_trait;

/// Default values of variables, for all hosts with a profile or for those of them at one site.
#[async_trait]
pub trait DefaultsStore: Send + Sync {
    /// Replaces the values of a place, and of no other place. The new values get the generation
    /// after the one that was seen. If there were no values, that was 0.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if the stored values have another generation than the one that was
    /// seen; [`StoreError::Invalid`] for a grant that does not hold for all hosts of the place.
    /// Nothing is stored then.
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
