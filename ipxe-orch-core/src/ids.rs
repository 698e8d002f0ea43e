//! Ids of hosts, marks, attempts, claims, audit chains and keys.
//!
//! Ids are random and are never used a second time. A host keeps its id when it is renamed or
//! imported again.

use crate::time::{Random, Timestamp};
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};
use uuid::Uuid;

/// The text is not a valid id of this kind.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not {kind}: {expected}")]
pub struct InvalidId {
    kind: &'static str,
    text: String,
    expected: &'static str,
}

/// A UUID version 7 (RFC 9562 section 5.7) for the moment `now`. A time before 1970 counts as 1970.
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
            /// Makes a new id: a UUID version 7 for the moment `now`, with 74 random bits.
            pub fn generate(now: Timestamp, random: &dyn Random) -> Self {
                Self(uuid_v7(now, random))
            }

            /// The id with these 16 bytes, most significant byte first.
            pub const fn from_bytes(bytes: [u8; 16]) -> Self {
                Self(Uuid::from_bytes(bytes))
            }

            /// The 16 bytes, most significant byte first.
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
                let expected = "it must be a UUID";
                let error = || InvalidId { kind: $kind, text: text.to_owned(), expected };
                Uuid::parse_str(text).map(Self).map_err(|_| error())
            }
        }
    };
}

uuid_id!(
    /// Id of a host. It stays the same when the host gets another name or other addresses, and it
    /// is not given to another host after the host was removed.
    HostId, "a host id"
);
uuid_id!(
    /// Id of a mark, which is one order to install a host. The caller may choose it, so that the
    /// same order sent twice counts once.
    MarkId, "a mark id"
);
uuid_id!(
    /// Id of an attempt, which is one offer of an install to a machine. Each attempt has its own
    /// ticket.
    AttemptId, "an attempt id"
);
uuid_id!(
    /// Id of one successful claim. When a server does not know whether its claim was stored, it
    /// looks for this id in the database.
    ClaimId, "a claim id"
);
uuid_id!(
    /// Id of a binding, which gives somebody a role.
    BindingId, "a binding id"
);
uuid_id!(
    /// Id of a session. Lists show it; it opens nothing.
    SessionId, "a session id"
);
uuid_id!(
    /// Id of an API token, a part of the text that a program shows.
    TokenId, "a token id"
);
uuid_id!(
    /// Id of an audit chain. Each data directory writes a chain of its own.
    ChainId, "a chain id"
);

/// The number of writes to a host's row. Each write compares it with the number that was read, and
/// adds one.
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

/// The number of a host's current boot image. A new secret for the host is a new generation;
/// raising the host's minimum generation revokes older images.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct ImageGeneration(pub u32);

impl ImageGeneration {
    /// The generation after this one.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

impl fmt::Display for ImageGeneration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for ImageGeneration {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        let error = || InvalidId {
            kind: "an image generation",
            text: text.to_owned(),
            expected: "it must be a whole number from 0 to 4294967295",
        };
        let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        if digits { text.parse().map(Self).map_err(|_| error()) } else { Err(error()) }
    }
}

/// Id of a database's history. A new database gets a random one.
///
/// Restoring a backup changes it, so that no decision from before the restore is applied after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Epoch(pub Uuid);

impl Epoch {
    /// Makes a new id: a UUID version 4, with 122 random bits.
    pub fn generate(random: &dyn Random) -> Self {
        let mut bytes = [0; 16];
        random.fill(&mut bytes);
        Self(uuid::Builder::from_random_bytes(bytes).into_uuid())
    }

    /// The id with these 16 bytes, most significant byte first.
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(Uuid::from_bytes(bytes))
    }

    /// The 16 bytes, most significant byte first.
    pub const fn as_bytes(&self) -> &[u8; 16] {
        self.0.as_bytes()
    }
}

impl fmt::Display for Epoch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.hyphenated().fmt(f)
    }
}

macro_rules! short_id {
    ($(#[$doc:meta])* $name:ident, $kind:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name([u8; 4]);

        impl $name {
            /// The id with these bytes, the first byte written first.
            pub const fn from_bytes(bytes: [u8; 4]) -> Self {
                Self(bytes)
            }

            /// The four bytes, the first byte written first.
            pub const fn as_bytes(&self) -> &[u8; 4] {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{:08x}", u32::from_be_bytes(self.0))
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;

            fn from_str(text: &str) -> Result<Self, InvalidId> {
                let expected = "it must be eight hexadecimal digits";
                let error = || InvalidId { kind: $kind, text: text.to_owned(), expected };
                if text.len() != 8 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
                    return Err(error());
                }
                let value = u32::from_str_radix(text, 16).map_err(|_| error())?;
                Ok(Self(value.to_be_bytes()))
            }
        }

        impl Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}

short_id!(
    /// Id of a key: four random bytes, written as eight hexadecimal digits.
    ///
    /// It is this short because it is part of every ticket and of every boot request.
    KeyId, "a key id"
);
short_id!(
    /// Tells two builds of a host's boot image apart: the first four bytes of the digest of the
    /// image's script without the tag, written as eight hexadecimal digits.
    ///
    /// It is in the image and in each of its boot requests. It proves nothing: it only shows an
    /// operator that a machine still has an older image.
    ImageTag, "an image tag"
);

impl KeyId {
    /// A new, random id.
    pub fn generate(random: &dyn Random) -> Self {
        let mut bytes = [0; 4];
        random.fill(&mut bytes);
        Self(bytes)
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
    fn epochs_are_random_and_differ() {
        let random = CountingRandom::default();
        let (a, b) = (Epoch::generate(&random), Epoch::generate(&random));
        assert_ne!(a, b);
        assert_eq!(a.0.get_version_num(), 4);
        assert_eq!(Epoch::from_bytes(*a.as_bytes()), a);
        assert_eq!(a.to_string(), a.0.to_string());
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
