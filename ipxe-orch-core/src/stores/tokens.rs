//! The trait for API tokens.

use super::StoreError;
use crate::{
    access::{RemoveTokens, Token, TokenTouch},
    audit::AuditEntry,
    auth::{AccessGrant, PersonId},
    ids::TokenId,
};
use async_trait::async_trait;

/// API tokens. A store knows no time: tokens that have expired are there until they are removed,
/// and whoever looks one up asks [`Token::has_expired`].
#[async_trait]
pub trait TokenStore: Send + Sync {
    /// Stores a new token.
    ///
    /// # Errors
    /// [`StoreError::AlreadyExists`] for an id that a token has. [`StoreError::Invalid`] for what
    /// [`Token::check`] refuses, and if its owner has [`Token::MAX`] already
    /// ([`Token::too_many`]). [`StoreError::NotFound`] if the grant does not cover the owner.
    /// Nothing is stored then.
    async fn put_token(
        &self,
        grant: &AccessGrant,
        token: &Token,
        audit: &AuditEntry,
    ) -> Result<(), StoreError>;

    /// Notes what [`Token::touch`] says. It has no audit entry, and never brings back a token that
    /// was removed meanwhile.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] if the token is not there, or the grant does not cover its owner.
    /// What [`Token::touch`] says. Nothing is changed then.
    async fn touch_token(
        &self,
        grant: &AccessGrant,
        id: TokenId,
        touch: &TokenTouch,
    ) -> Result<(), StoreError>;

    /// The token with this id, if it is there and the grant covers its owner.
    ///
    /// # Errors
    /// [`StoreError`]; not being there is no error.
    async fn lookup_token(
        &self,
        grant: &AccessGrant,
        id: TokenId,
    ) -> Result<Option<Token>, StoreError>;

    /// The tokens of one person or of all, as far as the grant covers them: the newest first, by
    /// [`Token::created_at`] and id. At most [`Token::LIST_MAX`].
    ///
    /// # Errors
    /// [`StoreError`].
    async fn list_tokens(
        &self,
        grant: &AccessGrant,
        owner: Option<&PersonId>,
    ) -> Result<Vec<Token>, StoreError>;

    /// Removes tokens, as far as the grant covers them, and says how many. What a person removes
    /// has an audit entry, even if it was none.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] for a single token that is not there, and for tokens of a person
    /// whom the grant does not cover. There is no entry then.
    async fn remove_tokens(
        &self,
        grant: &AccessGrant,
        which: &RemoveTokens,
        audit: Option<&AuditEntry>,
    ) -> Result<u64, StoreError>;
}
