//! Who somebody is.

use super::{Person, PersonId};
use crate::names::RealmName;
use async_trait::async_trait;
use std::{error::Error, fmt};
use zeroize::Zeroizing;

/// A password, as somebody typed it. It leaves memory when it is dropped, and it has no output.
///
/// Nothing is trimmed or normalised: blanks at its ends count.
#[derive(Clone)]
pub struct Password(Zeroizing<String>);

/// Why a text cannot be a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidPassword {
    /// Many directories answer "success" to a bind without a password (RFC 4513 section 5.1.2).
    #[error("the password is empty")]
    Empty,
    /// It is longer than [`Password::MAX`].
    #[error("the password is longer than 1024 bytes")]
    TooLong,
    /// A NUL would end it for some services.
    #[error("the password contains a NUL")]
    Nul,
}

impl Password {
    /// Most bytes.
    pub const MAX: usize = 1024;

    /// The password with this text.
    ///
    /// # Errors
    /// [`InvalidPassword`] if it is empty, longer than [`Self::MAX`] bytes, or contains a NUL.
    pub fn new(text: String) -> Result<Self, InvalidPassword> {
        let text = Zeroizing::new(text);
        match () {
            () if text.is_empty() => Err(InvalidPassword::Empty),
            () if text.len() > Self::MAX => Err(InvalidPassword::TooLong),
            () if text.contains('\0') => Err(InvalidPassword::Nul),
            () => Ok(Self(text)),
        }
    }

    /// The text, for the service that checks it.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(…)")
    }
}

/// Why a login service refused somebody. The person is told one sentence for all of them; the audit
/// and `directory test` tell them apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// Name or password are wrong, or nobody has this name. Many services do not say which.
    #[error("name or password are wrong")]
    Credentials,
    /// The account is disabled.
    #[error("the account is disabled")]
    Disabled,
    /// The account has expired.
    #[error("the account has expired")]
    Expired,
    /// The account is locked after wrong passwords.
    #[error("the account is locked")]
    Locked,
    /// The password has expired.
    #[error("the password has expired")]
    PasswordExpired,
    /// The password must be changed before the next login.
    #[error("the password must be changed first")]
    MustChangePassword,
    /// The account may not sign in now, or not from this computer.
    #[error("the account may not sign in now, or not from here")]
    NotNow,
    /// Several persons have this name.
    #[error("several persons have this name")]
    Ambiguous,
    /// The person is not there any more.
    #[error("the person is not there any more")]
    Gone,
}

impl Refusal {
    /// Whether the person will not sign in again by itself. Sessions and tokens are removed then.
    /// Others can cause the rest, as with wrong passwords: sessions and tokens are only void
    /// meanwhile.
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Disabled | Self::Expired | Self::Gone)
    }
}

/// Why nobody is signed in.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SignInError {
    /// The login service refused.
    #[error("{0}")]
    Refused(Refusal),
    /// The login service did not answer, or gave no usable answer. Nothing is known about the
    /// person. The text says what was tried, and the remedy.
    #[error("the login service {realm} is not available: {text}")]
    Unavailable {
        /// Which one.
        realm: RealmName,
        /// What was tried, and the remedy. It never contains a password.
        text: String,
        /// The failure.
        #[source]
        source: Option<Box<dyn Error + Send + Sync>>,
    },
}

impl From<Refusal> for SignInError {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

/// A login service: local accounts, a directory. An embedder may bring its own.
///
/// # Rules
/// - What it does not know for sure, it refuses.
/// - One call of [`sign_in`](Self::sign_in) counts as at most one wrong password at the service, however many servers the
///   service has. After "wrong password" no other server is tried, because each one counts.
/// - It keeps no password after the call, and no password is in an error or a log.
/// - Groups are read anew in each call. A group that the person has lost is missing at once.
/// - [`PersonId`] and [`GroupId`](super::GroupId) come from what never changes (SID, UUID), not from names.
/// - A call has a deadline of its own: it ends with [`SignInError::Unavailable`] even if the service
///   accepts a connection and then says nothing.
#[async_trait]
pub trait Authenticator: Send + Sync {
    /// The name of the service. It is the realm of all ids that it returns.
    fn realm(&self) -> &RealmName;

    /// Checks name and password.
    ///
    /// # Errors
    /// [`SignInError`]; nobody is signed in then.
    async fn sign_in(&self, name: &str, password: &Password) -> Result<Person, SignInError>;

    /// Who has this name. The same forms of names count as in [`sign_in`](Self::sign_in).
    ///
    /// # Errors
    /// [`Refusal::Gone`] if nobody has it, [`Refusal::Ambiguous`] if several have it.
    async fn find(&self, name: &str) -> Result<PersonId, SignInError>;

    /// Reads a person anew, without a password: whether it may still sign in, and its groups.
    ///
    /// # Errors
    /// [`SignInError::Refused`]: sessions and tokens of the person are void, and those of a
    /// [final](Refusal::is_final) refusal are removed.
    /// [`SignInError::Unavailable`] says nothing about the person.
    async fn refresh(&self, person: &PersonId) -> Result<Person, SignInError>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_taken_as_it_is_and_never_shown() {
        let hard = " ? \" < > @ \\ äöü € ";
        let password = Password::new(hard.to_owned()).unwrap();
        assert_eq!(password.reveal(), hard);
        assert_eq!(format!("{password:?}"), "Password(…)");
        assert!(Password::new("x".repeat(Password::MAX)).is_ok());
    }

    #[test]
    fn what_a_directory_could_misunderstand_is_no_password() {
        let refused = |text: &str| Password::new(text.to_owned()).unwrap_err();
        assert_eq!(refused(""), InvalidPassword::Empty);
        assert_eq!(refused("a\0b"), InvalidPassword::Nul);
        assert_eq!(refused(&"x".repeat(Password::MAX + 1)), InvalidPassword::TooLong);
    }
}
