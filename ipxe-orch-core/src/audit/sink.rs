//! How far the audit was forwarded.

use super::ChainHead;
use crate::{digest::Digest, ids::ChainId, time::Timestamp};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// How far a chain was forwarded to a sink. There is one of these for each chain and sink, and one
/// server at a time that forwards it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SinkState {
    /// The SHA-256 of the definition, by which sinks are told apart.
    pub sink: Digest,
    /// The name in the settings.
    pub name: String,
    /// Where it is, as the program that forwards wrote it. No secret.
    pub definition: String,
    /// The last entry that the sink has taken. Its chain is the one that is forwarded.
    pub position: ChainHead,
    /// How often this was written.
    pub generation: u64,
    /// The chain of the server that forwards.
    pub holder: ChainId,
    /// When that server last said that it does.
    pub renewed_at: Timestamp,
    /// When the sink last took something.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sent_at: Option<Timestamp>,
    /// Since when it takes nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failing_since: Option<Timestamp>,
    /// What the last delivery failed with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// The sink is no longer configured. It gets everything up to this entry, which says so, and
    /// is forgotten then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub leaving: Option<u64>,
}

impl SinkState {
    /// Another server may forward if the holder has said nothing for so long.
    pub const STALE: Duration = Duration::from_mins(5);
    /// A sink that no server has forwarded to for so long is configured nowhere.
    pub const FORGOTTEN: Duration = Duration::from_hours(7 * 24);

    /// A sink that has got nothing of this chain yet.
    pub fn new(
        (name, sink, definition): (String, Digest, String),
        position: ChainHead,
        holder: ChainId,
        now: Timestamp,
    ) -> Self {
        Self {
            sink,
            name,
            definition,
            position,
            generation: 1,
            holder,
            renewed_at: now,
            sent_at: None,
            failing_since: None,
            error: None,
            leaving: None,
        }
    }

    /// Whether `server` forwards, or may begin to.
    pub fn is_free_for(&self, server: ChainId, now: Timestamp) -> bool {
        self.holder == server || self.renewed_at.plus(Self::STALE) < now
    }

    /// Whether entries must be kept for it.
    pub fn is_waited_for(&self, now: Timestamp) -> bool {
        self.renewed_at.plus(Self::FORGOTTEN) >= now
    }

    /// The next state, written by `server`.
    #[must_use]
    pub fn renewed(&self, server: ChainId, now: Timestamp) -> Self {
        let generation = self.generation.saturating_add(1);
        Self { generation, holder: server, renewed_at: now, ..self.clone() }
    }
}
