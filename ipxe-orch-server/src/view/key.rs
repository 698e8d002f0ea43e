//! Keys without their secrets.

use super::Time;
use ipxe_orch_core::{
    ids::KeyId,
    keys::{Key, KeyState, Purpose},
    names::HostName,
    orchestrator::{KeyUse, Resealed},
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
    /// Whether it is active, only accepted, or retired.
    pub state: KeyState,
    /// Whether it was made elsewhere and imported.
    pub imported: bool,
    /// The time when it was made.
    pub created_at: Time,
}

impl From<&Key> for KeyView {
    fn from(key: &Key) -> Self {
        let Key { id, purpose, state, created_at, imported, .. } = *key;
        Self { id, purpose, state, imported, created_at: Time(created_at) }
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

/// A key was retired.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RetiredKeyView {
    /// Its id.
    pub id: KeyId,
    /// What it was used for.
    pub purpose: Purpose,
    /// The hosts whose images, offers or installs needed it.
    pub hosts: Vec<HostName>,
}

impl From<(Key, KeyUse)> for RetiredKeyView {
    fn from((key, found): (Key, KeyUse)) -> Self {
        Self { id: key.id, purpose: key.purpose, hosts: found.hosts }
    }
}

/// The keys of a file were imported.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ImportedKeysView {
    /// The keys that were not known before.
    pub new: Vec<KeyId>,
    /// The number of keys in the file.
    pub keys: usize,
}

/// How many things have secrets that were sealed again or erased.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct ResealedView {
    /// The number of hosts.
    pub hosts: usize,
    /// The number of places with defaults.
    pub defaults: usize,
    /// The number of marks that stand and of attempts that are open.
    pub pins: usize,
    /// The number of marks and attempts that have ended: their secrets were erased.
    pub erased: usize,
}

impl From<Resealed> for ResealedView {
    fn from(Resealed { hosts, defaults, pins, erased }: Resealed) -> Self {
        Self { hosts, defaults, pins, erased }
    }
}
