//! The audit.

use super::Time;
use ipxe_orch_core::{
    audit::{AuditEntry, AuditOutcome, ChainHead, ChainedEntry, SinkState},
    auth::Actor,
    digest::Digest,
    ids::{AttemptId, ChainId, Epoch, Generation, HostId, MarkId},
    names::HostName,
    orchestrator::{AcceptedDatabase, PrunedChain, StandingMarks, VoidedMark},
    stores::LastEntry,
};
use serde::Serialize;

/// An entry with its place in a chain.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct ChainedEntryView {
    /// The chain. Each data directory has its own.
    pub chain: ChainId,
    /// 1, 2, 3, … without gaps.
    pub sequence: u64,
    /// Hash over this entry and the hash before.
    pub hash: Digest,
    /// The entry.
    pub entry: AuditEntryView,
}

impl ChainedEntryView {
    /// The view of `entry`, which is the content of `chained`.
    pub fn new(chained: &ChainedEntry, entry: &AuditEntry) -> Self {
        let ChainedEntry { chain, sequence, hash, .. } = *chained;
        Self { chain, sequence, hash, entry: entry.into() }
    }
}

/// One action: who did what, and how it went.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct AuditEntryView {
    /// The time.
    pub at: Time,
    /// Who did it.
    pub actor: Actor,
    /// The address or the program from which it came.
    pub origin: String,
    /// The name of the action, such as `host.mark`.
    pub action: String,
    /// How it went.
    pub outcome: AuditOutcome,
    /// The host that it concerns.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub host: Option<HostId>,
    /// The name of the host at that time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub host_name: Option<HostName>,
    /// The mark.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mark: Option<MarkId>,
    /// The attempt.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attempt: Option<AttemptId>,
    /// The reason that the person gave.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The ticket or change number of another system.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub change_ref: Option<String>,
    /// The generation of the host before the write.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub generation: Option<Generation>,
    /// The SHA-256 of what was served or stored.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub digest: Option<Digest>,
    /// Further details for the reader.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
}

impl From<&AuditEntry> for AuditEntryView {
    fn from(entry: &AuditEntry) -> Self {
        Self {
            at: Time(entry.at),
            actor: entry.actor.clone(),
            origin: entry.origin.0.clone(),
            action: entry.action.clone(),
            outcome: entry.outcome,
            host: entry.host,
            host_name: entry.host_name.clone(),
            mark: entry.mark,
            attempt: entry.attempt,
            reason: entry.reason.clone(),
            change_ref: entry.change_ref.clone(),
            generation: entry.generation,
            digest: entry.digest,
            detail: entry.detail.clone(),
        }
    }
}

/// What was removed from a chain, or would be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct PrunedView {
    /// The chain.
    pub chain: ChainId,
    /// How many entries.
    pub removed: u64,
    /// The number of the last of them.
    pub last: u64,
    /// A sink that has not got further entries, which stay for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub waits_for: Option<String>,
}

impl From<&PrunedChain> for PrunedView {
    fn from(pruned: &PrunedChain) -> Self {
        let PrunedChain { chain, removed, last, .. } = *pruned;
        Self { chain, removed, last, waits_for: pruned.waits_for.clone() }
    }
}

/// How far a chain was forwarded to a sink.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct SinkView {
    /// The name of the sink in the settings.
    pub name: String,
    /// The chain.
    pub chain: ChainId,
    /// The last entry that the sink has got; 0 for none.
    pub sent: u64,
    /// How many entries it has not got.
    pub behind: u64,
    /// When it last took something.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sent_at: Option<Time>,
    /// `ok`, `failing`, or `leaving` if it is configured no longer.
    pub state: &'static str,
    /// Since when it takes nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failing_since: Option<Time>,
    /// What the last delivery failed with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

impl SinkView {
    /// The view of a sink. `ends` are those of the chains.
    pub fn new(sink: &SinkState, ends: &[LastEntry]) -> Self {
        let ChainHead { chain, sequence, .. } = sink.position;
        let end = ends.iter().find(|end| end.chain == chain).map_or(sequence, |end| end.sequence);
        let state = match sink {
            SinkState { leaving: Some(_), .. } => "leaving",
            SinkState { failing_since: Some(_), .. } => "failing",
            _ => "ok",
        };
        Self {
            name: sink.name.clone(),
            chain,
            sent: sequence,
            behind: end.saturating_sub(sequence),
            sent_at: sink.sent_at.map(Time),
            state,
            failing_since: sink.failing_since.map(Time),
            error: sink.error.clone(),
        }
    }
}

/// A restored database was accepted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct AcceptedView {
    /// Why it had to be accepted.
    pub why: String,
    /// Its epoch from now on.
    pub epoch: Epoch,
    /// The marks that are void.
    pub voided: Vec<VoidedView>,
    /// Hosts that are installing in this database. Installs that were claimed since the copy was
    /// made are not known.
    pub installing: Vec<HostName>,
}

/// What the acceptance of a restored database would do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct WouldAcceptView {
    /// Always true: nothing was changed.
    pub dry_run: bool,
    /// Why it has to be accepted.
    pub why: String,
    /// The marks that would be void.
    pub voided: Vec<VoidedView>,
    /// Hosts that are installing in this database. They would not be touched.
    pub installing: Vec<HostName>,
}

impl WouldAcceptView {
    /// What would become of the standing marks.
    pub fn new(why: &str, standing: &StandingMarks) -> Self {
        Self {
            dry_run: true,
            why: why.to_owned(),
            voided: standing.marks.iter().map(VoidedView::from).collect(),
            installing: standing.installing.clone(),
        }
    }
}

/// A mark that is void.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct VoidedView {
    /// The host.
    pub host: HostName,
    /// The mark.
    pub mark: MarkId,
    /// The attempt that ended with it, if it was offered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attempt: Option<AttemptId>,
    /// `marked` or `offered`.
    pub was: String,
}

impl From<&VoidedMark> for VoidedView {
    fn from(voided: &VoidedMark) -> Self {
        Self {
            host: voided.host.clone(),
            mark: voided.mark,
            attempt: voided.attempt,
            was: voided.was.to_string(),
        }
    }
}

impl From<&AcceptedDatabase> for AcceptedView {
    fn from(accepted: &AcceptedDatabase) -> Self {
        Self {
            why: accepted.why.clone(),
            epoch: accepted.epoch,
            voided: accepted.voided.iter().map(VoidedView::from).collect(),
            installing: accepted.installing.clone(),
        }
    }
}

/// The audit was verified. `audit verify --heads FILE --unsealed` reads this output as heads that
/// were kept elsewhere.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct VerifiedView {
    /// The number of entries that were verified.
    pub entries: u64,
    /// The end of each chain.
    pub heads: Vec<ChainHead>,
    /// With what it was compared, if heads were given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kept: Option<KeptHeadsView>,
}

/// Heads that were kept elsewhere. The audit has all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct KeptHeadsView {
    /// How many.
    pub count: usize,
    /// Whether they are sealed. If not, whoever could change them could hide a forgery.
    pub sealed: bool,
}
