//! Secret keys, and the sealing of secrets.
//!
//! Keys make boot secrets, tickets, the seals of audit heads and the authentication between
//! servers. The master key encrypts secrets at rest.

mod ring;
mod sealed;

pub use ring::{CannotRetire, InvalidKeyFile, KeyRing};
pub use sealed::{MAX_SECRET, SealError, Sealed, SealedFor, SealedPlace};

use crate::{
    error::StoreError,
    ids::KeyId,
    time::{Random, Timestamp},
};
use async_trait::async_trait;
use hkdf::Hkdf;
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use std::{
    fmt,
    sync::{Arc, OnceLock},
};
use zeroize::Zeroizing;

/// What a key is used for. A key has exactly one purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Purpose {
    /// Makes the boot secrets in images.
    Image,
    /// Makes the tickets of attempts.
    Ticket,
    /// Seals the heads of audit chains.
    AuditHead,
    /// Encrypts secrets at rest.
    Master,
    /// Authenticates servers that fetch media from each other.
    MediaSync,
    /// Makes the verifiers of API tokens.
    Token,
}

impl Purpose {
    /// All purposes.
    pub const ALL: [Self; 6] =
        [Self::Image, Self::Ticket, Self::AuditHead, Self::Master, Self::MediaSync, Self::Token];
}

impl fmt::Display for Purpose {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Image => "image",
            Self::Ticket => "ticket",
            Self::AuditHead => "audit_head",
            Self::Master => "master",
            Self::MediaSync => "media_sync",
            Self::Token => "token",
        })
    }
}

impl std::str::FromStr for Purpose {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let named = |purpose: &Self| purpose.to_string() == text;
        let expected = "expected image, ticket, audit_head, master, media_sync or token";
        Self::ALL.into_iter().find(named).ok_or(expected)
    }
}

/// Whether new things are made with a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyState {
    /// New things are made with it. There is one active key for each purpose.
    Active,
    /// Nothing new is made with it, but what was made with it stays valid.
    Accepted,
    /// Nothing that was made with it is valid any more.
    Retired,
}

/// A secret key of 32 random bytes with one purpose. It is never shown, and its memory is wiped
/// when it is dropped.
#[derive(Clone)]
pub struct Key {
    /// Its id. The id is part of every image or ticket made with the key.
    pub id: KeyId,
    /// What it is used for.
    pub purpose: Purpose,
    /// Whether new things are made with it.
    pub state: KeyState,
    /// When it was made.
    pub created_at: Timestamp,
    /// Whether it was made elsewhere and imported. An imported image key proves only hosts that
    /// were enrolled with it.
    pub imported: bool,
    secret: Zeroizing<[u8; 32]>,
    /// See [`Self::boot_prk`]; clones share it.
    boot_prk: Arc<OnceLock<Zeroizing<[u8; 32]>>>,
}

impl Key {
    /// Makes a new active key.
    pub fn generate(purpose: Purpose, now: Timestamp, random: &dyn Random) -> Self {
        let mut secret = Zeroizing::new([0; 32]);
        random.fill(secret.as_mut());
        let (id, state) = (KeyId::generate(random), KeyState::Active);
        let (imported, boot_prk) = (false, Arc::default());
        Self { id, purpose, state, created_at: now, imported, secret, boot_prk }
    }

    /// The secret bytes. Only the functions that compute with the key call this.
    pub(crate) fn secret(&self) -> &[u8; 32] {
        &self.secret
    }

    /// HKDF-Extract (RFC 5869 section 2.2) for boot secrets. It is the same for all hosts, and a
    /// quarter of the work of a boot request: it is computed once.
    pub(crate) fn boot_prk(&self) -> &[u8; 32] {
        self.boot_prk.get_or_init(|| {
            let (prk, _) =
                Hkdf::<Sha256>::extract(Some(b"ipxe-orch boot secret v1"), self.secret());
            Zeroizing::new(prk.into())
        })
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Key({} {}, {:?})", self.purpose, self.id, self.state)
    }
}

/// Hands out keys, for example from a file, a systemd credential or a key management service.
///
/// [`KeyRing`] is an implementation in memory.
///
/// # Rules
/// - The server asks it at every boot request. A provider that takes long to answer should cache
///   the keys.
/// - Each purpose has at most one active key at a time, and [`active`](Self::active) gives that
///   one. A key has the purpose that was asked for: a ticket key never makes boot secrets.
/// - Ids are unique among all keys of all purposes. A key keeps its id and its bytes for ever.
/// - A rotation makes the old key accepted; it stays known as long as something made with it is
///   used. An image keeps its key for years. When its key is gone, the host is not believed and
///   boots its own disk.
/// - `None` means that the key is certainly not valid. A provider that does not know now, as when
///   it is not reachable, gives [`StoreError::Unavailable`], and machines ask the next server.
/// - All servers of an installation have the same keys. A new key must be known to all of them
///   before it becomes the active one anywhere.
/// - Keys are kept apart from the database and backed up apart from it. They stand in no log.
#[async_trait]
pub trait KeyProvider: Send + Sync {
    /// The active key of a purpose.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] if there is none; [`StoreError::Unavailable`] if the provider
    /// cannot be reached.
    async fn active(&self, purpose: Purpose) -> Result<Key, StoreError>;

    /// The key with this id and purpose, active or accepted; `None` if it is not known or no longer
    /// valid.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] if the provider cannot be reached.
    async fn lookup(&self, purpose: Purpose, id: KeyId) -> Result<Option<Key>, StoreError>;

    /// Whether this key was retired. A provider that forgets retired keys says `false`.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] if the provider cannot be reached.
    async fn is_retired(&self, _: KeyId) -> Result<bool, StoreError> {
        Ok(false)
    }
}
