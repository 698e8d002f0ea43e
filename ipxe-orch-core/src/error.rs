//! What a caller does next.

use std::error::Error;

/// Why a store did not do it; the kinds say what the caller does next.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// It is not there, or not for this grant.
    #[error("not found")]
    NotFound,
    /// Something unique is taken; the text says what and by whom.
    #[error("{0}")]
    AlreadyExists(String),
    /// It is no longer as it was read: read again, decide again.
    #[error("it was changed meanwhile")]
    Conflict,
    /// The input can never be stored.
    #[error("{0}")]
    Invalid(String),
    /// Nothing was written; later it may work.
    #[error("the store does not answer")]
    Unavailable(#[source] Box<dyn Error + Send + Sync>),
    /// It may or may not have been written: read again and look for one's own id.
    #[error("the store did not say whether it was written")]
    OutcomeUnknown(#[source] Box<dyn Error + Send + Sync>),
    /// It takes no writes: an operator must act.
    #[error("the store is read-only: {0}")]
    ReadOnly(String),
    /// What is stored contradicts itself: an operator must act.
    #[error("the store is corrupt: {0}")]
    Corrupt(String),
    /// The driver failed in another way.
    #[error("the store failed")]
    Backend(#[source] Box<dyn Error + Send + Sync>),
}
