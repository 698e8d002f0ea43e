//! Keys, without what is secret of them.

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
    /// What it is for.
    pub purpose: Purpose,
    /// Whether it makes new things, or only counts.
    pub state: KeyState,
    /// When it was made.
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
    /// What it is for.
    pub purpose: Purpose,
    /// The file that holds it, if it is one of its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
}

/// The keys of a file were imported.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ImportedKeysView {
    /// Those that were not known before.
    pub new: Vec<KeyId>,
    /// How many the file has.
    pub keys: usize,
}

/// Of how many secrets were sealed anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct ResealedView {
    /// Hosts.
    pub hosts: usize,
    /// Places with values that hosts share.
    pub defaults: usize,
}

impl From<Resealed> for ResealedView {
    fn from(Resealed { hosts, defaults }: Resealed) -> Self {
        Self { hosts, defaults }
    }
}
