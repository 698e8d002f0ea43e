//! SHA-256 digests.

use crate::hex;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::{fmt, str::FromStr};

/// A SHA-256 digest (FIPS 180-4), written as 64 hexadecimal digits in lower case.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Digest([u8; 32]);

/// The text is not a SHA-256 digest.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{}` is not a SHA-256 digest of 64 hexadecimal digits", crate::text::shown(.0))]
pub struct InvalidDigest(String);

impl Digest {
    /// The digest of `bytes`.
    pub fn of(bytes: impl AsRef<[u8]>) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// The digest of several parts. Each part is hashed after its length (8 bytes, big-endian), so
    /// that moving a byte from one part to the next changes the digest.
    pub fn of_parts<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> Self {
        let mut hasher = Sha256::new();
        for part in parts {
            hasher.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
            hasher.update(part);
        }
        Self(hasher.finalize().into())
    }

    /// The digest of a value's JSON, with the fields in the order in which the type declares them.
    pub(crate) fn of_json(value: &impl Serialize) -> Self {
        Self::of(serde_json::to_vec(value).unwrap_or_default())
    }

    /// The digest with these 32 bytes.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The first 12 digits: enough for people to tell versions apart.
    pub fn short(&self) -> String {
        self.to_string().chars().take(12).collect()
    }

    /// The 32 bytes.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Digest({self})")
    }
}

impl FromStr for Digest {
    type Err = InvalidDigest;

    fn from_str(text: &str) -> Result<Self, InvalidDigest> {
        let error = || InvalidDigest(text.to_owned());
        let bytes = hex::bytes(text).ok_or_else(error)?;
        bytes.try_into().map(Self).map_err(|_| error())
    }
}

impl TryFrom<String> for Digest {
    type Error = InvalidDigest;

    fn try_from(text: String) -> Result<Self, InvalidDigest> {
        text.parse()
    }
}

impl From<Digest> for String {
    fn from(digest: Digest) -> Self {
        digest.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `printf abc | sha256sum`
    const ABC: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    #[test]
    fn digests_are_sha_256_and_survive_text() {
        assert_eq!(Digest::of("abc").to_string(), ABC);
        assert_eq!(ABC.parse(), Ok(Digest::of("abc")));
        assert!(ABC.get(1..).unwrap().parse::<Digest>().is_err());
        assert!(ABC.replace('b', "x").parse::<Digest>().is_err());
    }

    #[test]
    fn parts_do_not_run_together() {
        let joined = Digest::of_parts([b"ab".as_slice(), b"c"]);
        assert_ne!(joined, Digest::of_parts([b"a".as_slice(), b"bc"]));
    }
}
