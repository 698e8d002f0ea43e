//! Heads of audit chains outside of the database, sealed with a key that is not in it.

use super::ChainHead;
use crate::{
    digest::Digest,
    error::StoreError,
    ids::KeyId,
    keys::{Key, KeyProvider, Purpose},
    time::Timestamp,
};
use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use subtle::ConstantTimeEq;

/// The head of a chain at a certain time, with an HMAC-SHA256 (RFC 2104) over both. Somebody who
/// can only write the database cannot make one. It is one line of JSON in a heads file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SealedHead {
    /// The time when it was the head.
    pub at: Timestamp,
    /// The head.
    pub head: ChainHead,
    /// The key that it is sealed with.
    pub key: KeyId,
    seal: Digest,
}

/// Why a heads file is refused.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HeadsError {
    /// A line is not a head.
    #[error("line {0} is not a sealed head")]
    Format(usize),
    /// A line was changed, or was sealed by another installation.
    #[error("line {line}: the seal of key {key} is wrong")]
    Seal {
        /// The line.
        line: usize,
        /// The key that it names.
        key: KeyId,
    },
    /// The key is not there.
    #[error("line {line}: there is no audit_head key {key}: import it")]
    UnknownKey {
        /// The line.
        line: usize,
        /// The key that it names.
        key: KeyId,
    },
    /// The keys cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl SealedHead {
    /// Seals `head`, which is the head at the time `at`.
    pub fn new(key: &Key, head: ChainHead, at: Timestamp) -> Self {
        Self { at, head, key: key.id, seal: seal(key, &head, at) }
    }

    /// Its line in a heads file, without the end of the line.
    pub fn to_line(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}

fn seal(key: &Key, head: &ChainHead, at: Timestamp) -> Digest {
    // HMAC takes keys of any length: the error cannot come.
    let Ok(mut hmac) = Hmac::<Sha256>::new_from_slice(key.secret()) else {
        return Digest::from_bytes([0; 32]);
    };
    hmac.update(b"ipxe-orch audit head v1");
    hmac.update(head.chain.as_bytes());
    hmac.update(&head.sequence.to_be_bytes());
    hmac.update(head.hash.as_bytes());
    hmac.update(&at.as_millis().to_be_bytes());
    Digest::from_bytes(hmac.finalize().into_bytes().into())
}

/// The heads of a heads file, each with a genuine seal. Empty lines are skipped. This cannot notice
/// that a line was removed.
///
/// # Errors
/// [`HeadsError`] names the first line that is not genuine.
pub async fn open_heads(text: &str, keys: &dyn KeyProvider) -> Result<Vec<SealedHead>, HeadsError> {
    let mut heads = Vec::new();
    for (index, text) in text.lines().enumerate().filter(|(_, text)| !text.trim().is_empty()) {
        let line = index + 1;
        let sealed: SealedHead =
            serde_json::from_str(text).map_err(|_| HeadsError::Format(line))?;
        let key = sealed.key;
        let known = keys.lookup(Purpose::AuditHead, key).await?;
        let known = known.ok_or(HeadsError::UnknownKey { line, key })?;
        let right = seal(&known, &sealed.head, sealed.at);
        let genuine: bool = right.as_bytes().ct_eq(sealed.seal.as_bytes()).into();
        if !genuine {
            return Err(HeadsError::Seal { line, key });
        }
        heads.push(sealed);
    }
    Ok(heads)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ids::ChainId, keys::KeyRing, memory::CountingRandom};

    const NOW: Timestamp = Timestamp::from_millis(1);

    async fn sealed() -> (KeyRing, ChainHead, String) {
        let ring = KeyRing::generate(NOW, &CountingRandom::default());
        let head = ChainHead {
            sequence: 7,
            hash: Digest::of("x"),
            ..ChainHead::empty(ChainId::from_bytes([1; 16]))
        };
        let key = ring.active(Purpose::AuditHead).await.unwrap();
        let line = SealedHead::new(&key, head, NOW).to_line();
        (ring, head, line)
    }

    #[tokio::test]
    async fn a_sealed_head_comes_back() {
        let (ring, head, line) = sealed().await;
        let heads = open_heads(&format!("{line}\n\n{line}\n"), &ring).await.unwrap();
        let heads: Vec<_> = heads.iter().map(|sealed| sealed.head).collect();
        assert_eq!(heads, [head, head]);
    }

    #[tokio::test]
    async fn whoever_changes_a_head_breaks_its_seal() {
        let (ring, _, line) = sealed().await;
        let error = async |text: String| open_heads(&text, &ring).await.unwrap_err().to_string();
        let changed = error(line.replace("\"sequence\":7", "\"sequence\":6")).await;
        assert!(changed.starts_with("line 1: the seal of key"), "{changed}");
        assert_eq!(error(format!("{line}\nx")).await, "line 2 is not a sealed head");
        let empty = KeyRing::default();
        let unknown = open_heads(&line, &empty).await.unwrap_err().to_string();
        assert!(unknown.contains("import it"), "{unknown}");
    }
}
