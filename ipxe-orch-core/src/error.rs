//! The errors of stores. They say what the caller does next.

use std::error::Error;

/// Why a store did not do something. Each kind tells the caller what to do next.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// It is not there, or the grant does not cover it.
    #[error("not found")]
    NotFound,
    /// Something that must be unique is taken. The text says what is taken, and by whom.
    #[error("{0}")]
    AlreadyExists(String),
    /// It was changed since it was read. Read again and decide again.
    #[error("it was changed meanwhile")]
    Conflict,
    /// The last place under the limit of a policy was taken meanwhile, and nothing was written.
    /// Decide again.
    #[error("the limit of a policy was reached meanwhile")]
    Limited,
    /// The input is wrong and can never be stored.
    #[error("{0}")]
    Invalid(String),
    /// The store is not available, and nothing was written. It may work later.
    #[error("the store does not answer")]
    Unavailable(#[source] Box<dyn Error + Send + Sync>),
    /// It is not known whether it was written. Read again and look for your own id.
    #[error("the store did not say whether it was written")]
    OutcomeUnknown(#[source] Box<dyn Error + Send + Sync>),
    /// The store takes no writes. An operator must act.
    #[error("the store is read-only: {0}")]
    ReadOnly(String),
    /// The disk of the store is full, and nothing was written. An operator must act; then it works
    /// by itself.
    #[error("the disk of the store is full: {0}")]
    Full(String),
    /// This is not the database that the store has seen: it was replaced by another one, or set
    /// back to an old copy. What would lead to an install is not written until an operator accepts
    /// the database. The text says what was found, and the remedy.
    #[error("{0}")]
    Replaced(String),
    /// The stored data contradict themselves. An operator must act.
    #[error("the store is corrupt: {0}")]
    Corrupt(String),
    /// The driver failed in another way.
    #[error("the store failed")]
    Backend(#[source] Box<dyn Error + Send + Sync>),
}
