//! Hashes of passwords, as they are stored.

use serde::{Deserialize, Serialize};
use std::fmt;

/// The hash of a password with its method, parameters and salt: a PHC string such as
/// `$argon2id$v=19$m=19456,t=2,p=1$...`. It has no output but its JSON.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PasswordHash(String);

/// The text is not a PHC string. It is not repeated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("it is not a PHC string: `$`, then at most 511 printable ASCII characters without blanks")]
pub struct InvalidPasswordHash;

impl PasswordHash {
    /// Most bytes.
    pub const MAX: usize = 512;

    /// The hash with this text. Whether its method is known shows when a password is compared.
    ///
    /// # Errors
    /// [`InvalidPasswordHash`] unless it is `$` and then 1 to 511 printable ASCII characters
    /// without blanks.
    pub fn new(text: impl Into<String>) -> Result<Self, InvalidPasswordHash> {
        let text = text.into();
        let is_long = (2..=Self::MAX).contains(&text.len());
        let is_phc = text.starts_with('$') && text.bytes().all(|byte| byte.is_ascii_graphic());
        if is_long && is_phc { Ok(Self(text)) } else { Err(InvalidPasswordHash) }
    }

    /// The text, for what compares a password with it.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PasswordHash(…)")
    }
}

impl TryFrom<String> for PasswordHash {
    type Error = InvalidPasswordHash;

    fn try_from(text: String) -> Result<Self, InvalidPasswordHash> {
        Self::new(text)
    }
}

impl From<PasswordHash> for String {
    fn from(hash: PasswordHash) -> Self {
        hash.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_phc_strings_are_hashes() {
        let phc = "$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA";
        assert_eq!(PasswordHash::new(phc).unwrap().reveal(), phc);
        let long = format!("${}", "a".repeat(PasswordHash::MAX));
        for text in ["", "$", "secret", "$a b", "$ä", "$a\n", &long] {
            assert!(PasswordHash::new(text).is_err(), "{text:?}");
        }
    }
}
