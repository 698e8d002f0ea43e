//! Ids: random, never reused, the same through renames and re-imports.

use crate::time::{Random, Timestamp};
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};
use uuid::Uuid;

/// The text was no id.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a {kind}: {expected}")]
pub struct InvalidId {
    kind: &'static str,
    text: String,
    expected: &'static str,
}

/// A UUID version 7 (RFC 9562 section 5.7) of `now`.
fn uuid_v7(now: Timestamp, random: &dyn Random) -> Uuid {
    let mut bytes = [0; 10];
    random.fill(&mut bytes);
    let millis = u64::try_from(now.as_millis()).unwrap_or(0);
    uuid::Builder::from_unix_timestamp_millis(millis, &bytes).into_uuid()
}

macro_rules! uuid_id {
    ($(#[$doc:meta])* $name:ident, $kind:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// A new id: UUID version 7 of `now`, 74 bits of it random.
            pub fn generate(now: Timestamp, random: &dyn Random) -> Self {
                Self(uuid_v7(now, random))
            }

            /// The id with these 16 bytes, in network order.
            pub const fn from_bytes(bytes: [u8; 16]) -> Self {
                Self(Uuid::from_bytes(bytes))
            }

            /// The 16 bytes, in network order.
            pub const fn as_bytes(&self) -> &[u8; 16] {
                self.0.as_bytes()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.hyphenated().fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;

            fn from_str(text: &str) -> Result<Self, InvalidId> {
                let error = || InvalidId { kind: $kind, text: text.to_owned(), expected: "a UUID" };
                Uuid::parse_str(text).map(Self).map_err(|_| error())
            }
        }
    };
}

uuid_id!(
    /// A host, for ever: it outlives its name, its addresses and its removal.
    HostId, "host id"
);
uuid_id!(
    /// One order to install a host. The caller may supply it, so that a repeated order is one order.
    MarkId, "mark id"
);
uuid_id!(
    /// One offer of an install to a machine, with its own ticket.
    AttemptId, "attempt id"
);
uuid_id!(
    /// One successful claim; a server finds its own after an unknown outcome.
    ClaimId, "claim id"
);
uuid_id!(
    /// One audit chain; each data directory writes its own.
    ChainId, "chain id"
);

/// Counts the writes to a host's row; every write compares it and adds one.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Generation(pub u64);

impl Generation {
    /// The generation after this one.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

impl fmt::Display for Generation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Counts the images of a host: rotating its secret is a new generation, revoking the old one
/// raises the minimum.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct ImageGeneration(pub u32);

impl fmt::Display for ImageGeneration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for ImageGeneration {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        let error = || InvalidId {
            kind: "image generation",
            text: text.to_owned(),
            expected: "a whole number from 0 to 4294967295",
        };
        let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        if digits { text.parse().map(Self).map_err(|_| error()) } else { Err(error()) }
    }
}

/// Changes when a database was restored, so that nothing decided before counts after.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Epoch(pub Uuid);

/// Names a key: four random bytes, shown as eight hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyId([u8; 4]);

impl KeyId {
    /// A new, random id.
    pub fn generate(random: &dyn Random) -> Self {
        let mut bytes = [0; 4];
        random.fill(&mut bytes);
        Self(bytes)
    }

    /// The id with these bytes.
    pub const fn from_bytes(bytes: [u8; 4]) -> Self {
        Self(bytes)
    }

    /// The four bytes.
    pub const fn as_bytes(&self) -> &[u8; 4] {
        &self.0
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:08x}", u32::from_be_bytes(self.0))
    }
}

impl FromStr for KeyId {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        let expected = "eight hexadecimal digits";
        let error = || InvalidId { kind: "key id", text: text.to_owned(), expected };
        if text.len() != 8 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(error());
        }
        u32::from_str_radix(text, 16).map(|value| Self(value.to_be_bytes())).map_err(|_| error())
    }
}

impl Serialize for KeyId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for KeyId {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::memory::CountingRandom;

    #[test]
    fn ids_are_version_7_and_differ() {
        let random = CountingRandom::default();
        let now = Timestamp::from_millis(1_790_000_000_000);
        let (a, b) = (HostId::generate(now, &random), HostId::generate(now, &random));
        assert_ne!(a, b);
        assert_eq!(a.0.get_version_num(), 7);
        assert_eq!(a.to_string().parse(), Ok(a));
    }

    #[test]
    fn key_ids_keep_their_zeros() {
        let id = KeyId::from_bytes([0, 0, 1, 0xab]);
        assert_eq!(id.to_string(), "000001ab");
        assert_eq!("000001ab".parse(), Ok(id));
        for bad in ["1ab", "+00001ab", "000001ag", ""] {
            assert!(bad.parse::<KeyId>().is_err(), "{bad}");
        }
    }
}
