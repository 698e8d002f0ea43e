//! The place from which a chain is verified whose oldest part was removed.

use super::ChainHead;
use crate::{
    auth::Actor,
    digest::Digest,
    error::StoreError,
    ids::{ChainId, KeyId},
    keys::{Key, KeyProvider, Purpose},
    time::Timestamp,
};
use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use subtle::ConstantTimeEq;

/// The entries up to this one were removed from a chain, because they were old enough.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checkpoint {
    /// The last removed entry. The chain goes on after it.
    #[serde(flatten)]
    pub head: ChainHead,
    /// How many entries this removal took away. Earlier ones took the others.
    pub removed: u64,
    /// When they were removed.
    pub at: Timestamp,
    /// Who removed them.
    pub by: Actor,
}

/// A [`Checkpoint`] with an HMAC-SHA256 (RFC 2104) over all of it, so that somebody who can only
/// write the database cannot make one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SealedCheckpoint {
    #[serde(flatten)]
    checkpoint: Checkpoint,
    /// The key that it is sealed with, of the purpose `audit_head`.
    key: KeyId,
    seal: Digest,
}

/// Why a checkpoint does not count.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CheckpointError {
    /// It was changed or made by somebody else.
    #[error("chain {chain}: the checkpoint at entry {sequence} is forged: its seal is wrong")]
    Seal {
        /// The chain.
        chain: ChainId,
        /// The entry.
        sequence: u64,
    },
    /// The key is not there.
    #[error("chain {chain}: there is no audit_head key {key} for its checkpoint: import it")]
    UnknownKey {
        /// The chain.
        chain: ChainId,
        /// The key that it names.
        key: KeyId,
    },
    /// The keys cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl SealedCheckpoint {
    /// Seals a checkpoint.
    pub fn new(key: &Key, checkpoint: Checkpoint) -> Self {
        let seal = seal(key, &checkpoint);
        Self { checkpoint, key: key.id, seal }
    }

    /// What it says, whether that is genuine or not.
    pub const fn unverified(&self) -> &Checkpoint {
        &self.checkpoint
    }

    /// Whether `head` is of an entry that was removed. Of the last one the hash is known.
    pub fn covers(&self, head: &ChainHead) -> bool {
        let own = self.checkpoint.head;
        head.chain == own.chain && (head.sequence < own.sequence || *head == own)
    }

    /// What it says, if its seal is genuine.
    ///
    /// # Errors
    /// [`CheckpointError`] if it is not.
    pub async fn open(&self, keys: &dyn KeyProvider) -> Result<&Checkpoint, CheckpointError> {
        let ChainHead { chain, sequence, .. } = self.checkpoint.head;
        let known = keys.lookup(Purpose::AuditHead, self.key).await?;
        let known = known.ok_or(CheckpointError::UnknownKey { chain, key: self.key })?;
        let right = seal(&known, &self.checkpoint);
        let genuine: bool = right.as_bytes().ct_eq(self.seal.as_bytes()).into();
        if genuine { Ok(&self.checkpoint) } else { Err(CheckpointError::Seal { chain, sequence }) }
    }
}

fn seal(key: &Key, checkpoint: &Checkpoint) -> Digest {
    // HMAC takes keys of any length: the error cannot come.
    let Ok(mut hmac) = Hmac::<Sha256>::new_from_slice(key.secret()) else {
        return Digest::from_bytes([0; 32]);
    };
    let Checkpoint { head, removed, at, by } = checkpoint;
    hmac.update(b"ipxe-orch audit checkpoint v1");
    hmac.update(head.chain.as_bytes());
    hmac.update(&head.sequence.to_be_bytes());
    hmac.update(head.hash.as_bytes());
    hmac.update(&removed.to_be_bytes());
    hmac.update(&at.as_millis().to_be_bytes());
    // The rest of the message, so that its length needs no place.
    hmac.update(serde_json::to_string(by).unwrap_or_default().as_bytes());
    Digest::from_bytes(hmac.finalize().into_bytes().into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{keys::KeyRing, memory::CountingRandom};

    const NOW: Timestamp = Timestamp::from_millis(1);

    #[tokio::test]
    async fn a_changed_checkpoint_is_forged() {
        let ring = KeyRing::generate(NOW, &CountingRandom::default());
        let key = ring.active(Purpose::AuditHead).await.unwrap();
        let head = ChainHead {
            sequence: 7,
            hash: Digest::of("x"),
            ..ChainHead::empty(ChainId::from_bytes([1; 16]))
        };
        let by = Actor::Local { user: "ann".to_owned() };
        let checkpoint = Checkpoint { head, removed: 7, at: NOW, by };
        let sealed = SealedCheckpoint::new(&key, checkpoint.clone());
        let text = serde_json::to_string(&sealed).unwrap();
        let again: SealedCheckpoint = serde_json::from_str(&text).unwrap();
        assert_eq!(again.open(&ring).await.unwrap(), &checkpoint);
        let zeros = Digest::from_bytes([0; 32]).to_string();
        for (right, wrong) in [
            ("\"sequence\":7", "\"sequence\":8"),
            ("\"removed\":7", "\"removed\":6"),
            ("\"at\":1", "\"at\":2"),
            ("\"ann\"", "\"bob\""),
            (&Digest::of("x").to_string(), &zeros),
        ] {
            assert!(text.contains(right), "{right}: {text}");
            let forged: SealedCheckpoint =
                serde_json::from_str(&text.replacen(right, wrong, 1)).unwrap();
            let error = forged.open(&ring).await.unwrap_err();
            assert!(matches!(error, CheckpointError::Seal { .. }), "{right}: {error}");
        }
        let other = KeyRing::default();
        let error = sealed.open(&other).await.unwrap_err();
        assert!(matches!(error, CheckpointError::UnknownKey { .. }), "{error}");
    }
}
