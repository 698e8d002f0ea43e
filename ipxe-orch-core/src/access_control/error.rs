//! Why somebody is not let in, or something is not done.

use crate::{
    auth::{AuthorizeError, Refusal, SignInError},
    error::StoreError,
    names::RealmName,
};
use std::{error::Error, time::Duration};

/// Why a call of [`AccessControl`](super::AccessControl) failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AccessError {
    /// Name or password are wrong, or the account may not sign in. Somebody who is not signed in
    /// gets one answer for all reasons, apart from [`Refusal::MustChangePassword`].
    #[error("{0}")]
    Refused(Refusal),
    /// Too many wrong passwords. Nothing was tried.
    #[error("too many wrong passwords: wait {} s", .0.as_secs().max(1))]
    Wait(Duration),
    /// The session or token is not known, has ended, or was ended.
    #[error("sign in first")]
    NotSignedIn,
    /// The password was shown too long ago for this.
    #[error("this needs the password again")]
    ProofNeeded,
    /// The permission is missing.
    #[error("{0}")]
    Denied(String),
    /// The input is wrong. The text says what, and the remedy.
    #[error("{0}")]
    Invalid(String),
    /// A login service does not answer.
    #[error("the login service {realm} is not available: {text}")]
    Unavailable {
        /// Which one.
        realm: RealmName,
        /// What was tried.
        text: String,
        /// The failure.
        #[source]
        source: Option<Box<dyn Error + Send + Sync>>,
    },
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<SignInError> for AccessError {
    fn from(error: SignInError) -> Self {
        match error {
            SignInError::Refused(refusal) => Self::Refused(refusal),
            SignInError::Unavailable { realm, text, source } => {
                Self::Unavailable { realm, text, source }
            }
        }
    }
}

impl From<AuthorizeError> for AccessError {
    fn from(error: AuthorizeError) -> Self {
        match error {
            AuthorizeError::Store(error) => Self::Store(error),
            denied @ AuthorizeError::Denied { .. } => Self::Denied(denied.to_string()),
        }
    }
}
