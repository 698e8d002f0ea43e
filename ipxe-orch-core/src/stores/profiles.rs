//! The trait for profiles.

use super::StoreError;
use crate::{
    audit::AuditEntry,
    auth::{ChangeHosts, Granted, SeeHosts},
    digest::Digest,
    names::ProfileName,
    profile::ProfileVersion,
};
use async_trait::async_trait;

/// Profiles, with all versions that a mark may pin. All hosts share the profiles. So people who may
/// see any host may see them, and people who may change all hosts may change them.
#[async_trait]
pub trait ProfileStore: Send + Sync {
    /// Makes this version the current one of its profile, even if it was stored before. All other
    /// versions stay.
    ///
    /// # Errors
    /// [`StoreError::Invalid`] for a grant that does not hold for all hosts, because any of them
    /// may have the profile. Nothing is stored then.
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
        grant: &Granted<SeeHosts>,
        name: &ProfileName,
    ) -> Result<Option<ProfileVersion>, StoreError>;

    /// A version, current or not: one that a mark pinned.
    ///
    /// # Errors
    /// [`StoreError`]; not being there is no error.
    async fn lookup_profile(
        &self,
        grant: &Granted<SeeHosts>,
        name: &ProfileName,
        version: &Digest,
    ) -> Result<Option<ProfileVersion>, StoreError>;

    /// The current versions, in the order of the bytes of their names.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn list_profiles(
        &self,
        grant: &Granted<SeeHosts>,
    ) -> Result<Vec<ProfileVersion>, StoreError>;
}
