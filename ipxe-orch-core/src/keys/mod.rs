//! Keys: what boot secrets, tickets, audit heads and requests between servers are made with, and
//! secrets sealed.

mod ring;
mod sealed;

pub use ring::{InvalidKeyFile, KeyRing};
pub use sealed::{MAX_SECRET, SealError, Sealed, SealedFor, SealedPlace};

use crate::{
    error::StoreError,
    ids::KeyId,
    time::{Random, Timestamp},
};
use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use std::fmt;
use zeroize::Zeroizing;

/// What a key is for; a key is never used for two things.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Purpose {
    /// Boot secrets in images.
    Image,
    /// Tickets of attempts.
    Ticket,
    /// Heads of audit chains.
    AuditHead,
    /// Secrets at rest.
    Master,
    /// Media that one server fetches from another.
    MediaSync,
}

impl Purpose {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::Image, Self::Ticket, Self::AuditHead, Self::Master, Self::MediaSync];
}

impl fmt::Display for Purpose {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Image => "image",
            Self::Ticket => "ticket",
            Self::AuditHead => "audit_head",
            Self::Master => "master",
            Self::MediaSync => "media_sync",
        })
    }
}

impl std::str::FromStr for Purpose {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let named = |purpose: &Self| purpose.to_string() == text;
        let expected = "expected image, ticket, audit_head, master or media_sync";
        Self::ALL.into_iter().find(named).ok_or(expected)
    }
}

/// Whether new things are made with a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyState {
    /// New things are made with it; one key of each purpose.
    Active,
    /// What was made with it still counts.
    Accepted,
}

/// 32 random bytes with a purpose; never shown, wiped from memory when dropped.
#[derive(Clone)]
pub struct Key {
    /// Names it; goes into every image and ticket.
    pub id: KeyId,
    /// What for.
    pub purpose: Purpose,
    /// Whether it is the current one.
    pub state: KeyState,
    /// When it was made.
    pub created_at: Timestamp,
    secret: Zeroizing<[u8; 32]>,
}

impl Key {
    /// A new key.
    pub fn generate(purpose: Purpose, now: Timestamp, random: &dyn Random) -> Self {
        let mut secret = Zeroizing::new([0; 32]);
        random.fill(secret.as_mut());
        let (id, state) = (KeyId::generate(random), KeyState::Active);
        Self { id, purpose, state, created_at: now, secret }
    }

    /// The bytes, for the one function that uses them.
    pub(crate) fn secret(&self) -> &[u8; 32] {
        &self.secret
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Key({} {}, {:?})", self.purpose, self.id, self.state)
    }
}

/// Gives out keys: a file, a systemd credential, a key management service.
///
/// On the boot path it is asked at every request: a provider that is slow keeps its answers.
#[async_trait]
pub trait KeyProvider: Send + Sync {
    /// The key with which new things are made.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] without one, [`StoreError::Unavailable`] if it cannot tell.
    async fn active(&self, purpose: Purpose) -> Result<Key, StoreError>;

    /// The key with this id, if it still counts.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] if it cannot tell.
    async fn lookup(&self, purpose: Purpose, id: KeyId) -> Result<Option<Key>, StoreError>;
}
