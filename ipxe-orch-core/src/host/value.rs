//! The values of a host for the variables of its profile.

use crate::keys::Sealed;
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// The text that is shown in place of a sealed value.
pub const SECRET: &str = "(secret)";

/// A value as somebody wrote it: 1 to 4,096 bytes without control characters except the ends of
/// lines, because a list may have one value a line. Or a sealed secret.
/// The definition of the variable says what the value must be.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct HostValue(String);

/// The text cannot be a value. It is not part of the message, because it may be a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a value has 1 to 4096 bytes without control characters; only a list has several lines")]
pub struct InvalidHostValue;

impl HostValue {
    /// The value as text; for a sealed value, the sealed text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The sealed secret, if the value is one.
    pub fn sealed(&self) -> Option<Sealed> {
        self.0.parse().ok()
    }

    /// The value, or [`SECRET`] in place of a sealed one.
    #[must_use]
    pub fn masked(&self) -> Self {
        if self.sealed().is_some() { Self(SECRET.to_owned()) } else { self.clone() }
    }
}

impl From<Sealed> for HostValue {
    fn from(sealed: Sealed) -> Self {
        Self(sealed.to_string())
    }
}

impl FromStr for HostValue {
    type Err = InvalidHostValue;

    fn from_str(text: &str) -> Result<Self, InvalidHostValue> {
        text.to_owned().try_into()
    }
}

impl TryFrom<String> for HostValue {
    type Error = InvalidHostValue;

    fn try_from(text: String) -> Result<Self, InvalidHostValue> {
        // A sealed value may be longer: it is base64 and holds a nonce and a tag besides the
        // secret.
        let long = text.len() > 4096 && text.parse::<Sealed>().is_err();
        let wrong = |c: char| c.is_control() && !"\r\n".contains(c);
        if text.is_empty() || long || text.contains(wrong) {
            return Err(InvalidHostValue);
        }
        Ok(Self(text))
    }
}

impl From<HostValue> for String {
    fn from(value: HostValue) -> Self {
        value.0
    }
}

impl fmt::Display for HostValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.masked().as_str())
    }
}

impl fmt::Debug for HostValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.masked().0.fmt(f)
    }
}
