//! Values that a host has for the variables of its profile.

use crate::keys::Sealed;
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// What is shown for a sealed value.
pub const SECRET: &str = "(secret)";

/// A value as it was written: 1 to 4,096 bytes without control characters, or a sealed secret.
/// Its variable says what it must be.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct HostValue(String);

/// The text cannot be a value; it is not shown, for it may be secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a value has 1 to 4096 bytes without control characters")]
pub struct InvalidHostValue;

impl HostValue {
    /// The value as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The secret in it, if it is sealed.
    pub fn sealed(&self) -> Option<Sealed> {
        self.0.parse().ok()
    }

    /// The value, or [`SECRET`] instead of a sealed one.
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
        // A sealed value is longer than its plain text.
        let long = text.len() > 4096 && text.parse::<Sealed>().is_err();
        if text.is_empty() || long || text.contains(char::is_control) {
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
