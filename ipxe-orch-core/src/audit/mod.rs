//! The audit: an entry for each action of a person or machine, also for denied and refused ones.
//! The entries are chained by hashes.

mod chain;
mod checkpoint;
mod filter;
mod line;
mod seal;
mod sink;
mod syslog;

pub use chain::{ChainError, ChainHead, ChainVerifier, ChainedEntry, chain_hash};
pub use checkpoint::{Checkpoint, CheckpointError, SealedCheckpoint};
pub use filter::{AuditFilter, AuditPlace, InvalidPlace};
pub use line::{AuditLine, InvalidLine};
pub use seal::{HeadsError, SealedHead, open_heads};
pub use sink::SinkState;
pub use syslog::SyslogHeader;

use crate::{
    auth::{Actor, Origin},
    digest::Digest,
    ids::{AttemptId, Generation, HostId, MarkId},
    names::HostName,
    time::Timestamp,
};
use serde::{Deserialize, Serialize};

/// One action: who did what, from where, why, and how it went.
///
/// It never holds a secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditEntry {
    /// The time.
    pub at: Timestamp,
    /// Who did it.
    pub actor: Actor,
    /// The address or the program from which it came.
    pub origin: Origin,
    /// The name of the action, such as `host.mark`.
    pub action: String,
    /// How it went.
    pub outcome: AuditOutcome,
    /// The host that it concerns.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<HostId>,
    /// The name of the host at that time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host_name: Option<HostName>,
    /// The mark.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mark: Option<MarkId>,
    /// The attempt.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attempt: Option<AttemptId>,
    /// The reason that the person gave.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The ticket or change number of another system.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub change_ref: Option<String>,
    /// The generation of the host before the write. The write made the next one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub generation: Option<Generation>,
    /// The SHA-256 of what was served or stored. That of an offer is of its script as it is stored,
    /// with a place for the ticket.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<Digest>,
    /// Further details for the reader.
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
    /// The actor has no permission.
    Denied,
    /// The state did not allow it.
    Refused,
    /// The work is about to begin. This is for work that a store cannot undo, such as removing
    /// files. Another entry of the same action says how it ended. Without one, the work was cut
    /// off.
    Begun,
    /// The work was begun, and was not done or not completely.
    Failed,
}

impl AuditOutcome {
    /// Its name, as in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Denied => "denied",
            Self::Refused => "refused",
            Self::Begun => "begun",
            Self::Failed => "failed",
        }
    }
}

impl AuditEntry {
    /// An entry with the outcome `Done`, and without the optional fields.
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
