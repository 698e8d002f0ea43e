//! The trait for bindings.

use super::StoreError;
use crate::{
    audit::AuditEntry,
    auth::{AccessGrant, Binding},
    ids::BindingId,
};
use async_trait::async_trait;

/// Bindings: who has which role for which hosts. A grant for one person shows and changes none,
/// because the roles of groups are of many.
#[async_trait]
pub trait BindingStore: Send + Sync {
    /// Stores a new binding. A binding is never changed.
    ///
    /// # Errors
    /// [`StoreError::AlreadyExists`] if there is one with this id; the text names it.
    /// [`StoreError::NotFound`] unless the grant holds for everybody. Nothing is stored then.
    async fn put_binding(
        &self,
        grant: &AccessGrant,
        binding: &Binding,
        audit: &AuditEntry,
    ) -> Result<(), StoreError>;

    /// Removes a binding.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] if it is not there, or the grant does not hold for everybody.
    async fn remove_binding(
        &self,
        grant: &AccessGrant,
        id: BindingId,
        audit: &AuditEntry,
    ) -> Result<(), StoreError>;

    /// All bindings, in the order of the bytes of their ids, those that have ended included.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn list_bindings(&self, grant: &AccessGrant) -> Result<Vec<Binding>, StoreError>;
}
