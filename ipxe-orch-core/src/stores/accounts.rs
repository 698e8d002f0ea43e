//! The trait for local accounts.

use super::StoreError;
use crate::{
    access::{Account, AccountKey},
    audit::AuditEntry,
    auth::AccessGrant,
};
use async_trait::async_trait;

/// Local accounts. A grant for one person shows the account of that person alone, and changes none.
#[async_trait]
pub trait AccountStore: Send + Sync {
    /// Stores an account as the generation after the one that was seen. The generation 0 is a new
    /// account.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if the stored account has another generation than the one that was
    /// seen, or is not there. [`StoreError::AlreadyExists`] for an id of a new account, or a name,
    /// that another account has; the text names it. [`StoreError::NotFound`] unless the grant holds
    /// for everybody. Nothing is stored then.
    async fn put_account(
        &self,
        grant: &AccessGrant,
        account: &Account,
        audit: &AuditEntry,
    ) -> Result<(), StoreError>;

    /// One account, if it is there and the grant covers it.
    ///
    /// # Errors
    /// [`StoreError`]; not being there is no error.
    async fn lookup_account(
        &self,
        grant: &AccessGrant,
        key: &AccountKey,
    ) -> Result<Option<Account>, StoreError>;

    /// The accounts that the grant covers, in the order of the bytes of their names.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn list_accounts(&self, grant: &AccessGrant) -> Result<Vec<Account>, StoreError>;
}
