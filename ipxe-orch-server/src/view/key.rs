//! Keys without their secrets.

use super::Time;
use ipxe_orch_core::{
    ids::KeyId,
    keys::{Key, KeyState, Purpose},
    orchestrator::Resealed,
};
use serde::Serialize;

/// A key.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct KeyView {
    /// Its id.
    pub id: KeyId,
    /// What it is used for.
    pub purpose: Purpose,
    /// Whether it is active, or only accepted.
    pub state: KeyState,
    /// The time when it was made.
    pub created_at: Time,
}

impl From<&Key> for KeyView {
    fn from(key: &Key) -> Self {
        let Key { id, purpose, state, created_at, .. } = key;
        Self { id: *id, purpose: *purpose, state: *state, created_at: Time(*created_at) }
    }
}

/// A key was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NewKeyView {
    /// Its id.
    pub id: KeyId,
    /// What it is used for.
    pub purpose: Purpose,
    /// The file with the key, if it has a file of its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
}

/// The keys of a file were imported.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ImportedKeysView {
    /// The keys that were not known before.
    pub new: Vec<KeyId>,
    /// The number of keys in the file.
    pub keys: usize,
}

/// How many hosts and defaults have secrets that were sealed again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct ResealedView {
    /// The number of hosts.
    pub hosts: usize,
    /// The number of places with defaults.
    pub defaults: usize,
}

impl From<Resealed> for ResealedView {
    fn from(Resealed { hosts, defaults }: Resealed) -> Self {
        Self { hosts, defaults }
    }
}
