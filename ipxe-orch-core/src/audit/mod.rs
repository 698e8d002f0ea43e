//! The audit: every attempt to change something, chained by hashes.

mod chain;
mod seal;

pub use chain::{ChainError, ChainHead, ChainVerifier, ChainedEntry, chain_hash};
pub use seal::{HeadsError, SealedHead, open_heads};

use crate::{
    auth::{Actor, Origin},
    digest::Digest,
    ids::{AttemptId, Generation, HostId, MarkId},
    names::HostName,
    time::Timestamp,
};
use serde::{Deserialize, Serialize};

/// One attempt to change something: who, from where, what, why, outcome.
///
/// It never holds a secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditEntry {
    /// When.
    pub at: Timestamp,
    /// Who.
    pub actor: Actor,
    /// From where.
    pub origin: Origin,
    /// What, as `host.mark`.
    pub action: String,
    /// How it went.
    pub outcome: AuditOutcome,
    /// To which host.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<HostId>,
    /// Its name then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host_name: Option<HostName>,
    /// Which order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mark: Option<MarkId>,
    /// Which attempt.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attempt: Option<AttemptId>,
    /// Why, as the person said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Ticket or change number of another system.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub change_ref: Option<String>,
    /// The generation that was decided on; the write made the next one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub generation: Option<Generation>,
    /// SHA-256 of what was served or stored.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<Digest>,
    /// What else a reader needs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
}

/// How it went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum AuditOutcome {
    /// It was done.
    Done,
    /// The actor may not.
    Denied,
    /// The state did not allow it.
    Refused,
    /// It is about to be done: work that a store cannot undo, such as removing files. Another entry
    /// of the same action says how it ended; without one it was cut off.
    Begun,
    /// It was begun, and not done, or not wholly.
    Failed,
}

impl AuditEntry {
    /// An entry of something done, with nothing else said.
    pub fn new(at: Timestamp, actor: Actor, origin: Origin, action: &str) -> Self {
        Self {
            at,
            actor,
            origin,
            action: action.to_owned(),
            outcome: AuditOutcome::Done,
            host: None,
            host_name: None,
            mark: None,
            attempt: None,
            reason: None,
            change_ref: None,
            generation: None,
            digest: None,
            detail: None,
        }
    }
}
