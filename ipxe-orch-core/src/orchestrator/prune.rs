//! The oldest part of the audit is removed.

use super::{Caller, Orchestrator, OrchestratorError};
use crate::{
    audit::{AuditEntry, ChainHead, ChainedEntry, Checkpoint, SealedCheckpoint, SinkState},
    auth::{Granted, ManageKeys, ReadAudit},
    ids::ChainId,
    keys::Purpose,
    stores::StoreError,
    time::{Timestamp, Utc},
};
use std::{collections::BTreeMap, time::Duration};

/// Entries that are younger are never removed.
pub const MIN_AUDIT_AGE: Duration = Duration::from_hours(30 * 24);

/// How many entries one transaction removes: as many as any database takes at once.
const PIECE: u64 = 5000;
/// How many entries are read at once.
const PAGE: u32 = 1000;

/// What was removed from a chain, or would be.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PrunedChain {
    /// The chain.
    pub chain: ChainId,
    /// How many entries.
    pub removed: u64,
    /// The last of them.
    pub last: u64,
    /// A sink that has not got further entries, which stay for it.
    pub waits_for: Option<String>,
}

/// The oldest entries of a chain that may go.
struct Piece {
    head: ChainHead,
    removed: u64,
    /// The time of the last of them.
    at: Timestamp,
}

impl Orchestrator {
    /// Removes the entries before `before` from each chain, or from `chain` alone. The last entry of
    /// a chain stays, and so does everything after the first entry that is not old enough. A sealed
    /// checkpoint takes their place, so that the rest can be verified. Entries are removed some
    /// thousands at a time, each time with an entry of its own.
    ///
    /// What a configured sink has not got yet stays.
    ///
    /// With `dry_run` nothing is removed.
    ///
    /// # Errors
    /// [`OrchestratorError::Denied`] without the permission for all hosts.
    /// [`OrchestratorError::Invalid`] if `before` is less than [`MIN_AUDIT_AGE`] ago.
    pub async fn prune_audit(
        &self,
        caller: &Caller,
        before: Timestamp,
        chain: Option<ChainId>,
        dry_run: bool,
    ) -> Result<Vec<PrunedChain>, OrchestratorError> {
        let detail = format!("before {}", Utc(before));
        let action = "audit.prune";
        let granted = self.authorize_for_all::<ManageKeys>(caller, action, Some(&detail)).await?;
        if before > self.now().minus(MIN_AUDIT_AGE) {
            let days = MIN_AUDIT_AGE.as_secs() / 86_400;
            let why = format!("entries of the last {days} days stay: give an earlier time");
            return Err(OrchestratorError::Invalid(why));
        }
        let read = Granted::<ReadAudit>::background("audit-prune");
        let ends = self.parts.store.check(&self.recorder, self.now()).await?.latest;
        let sinks = self.parts.store.list_sinks(&read).await?;
        let mut pruned = Vec::new();
        for end in ends.iter().filter(|end| chain.is_none_or(|chain| chain == end.chain)) {
            let mut done = PrunedChain { chain: end.chain, removed: 0, last: 0, waits_for: None };
            let mut after = ChainHead::empty(end.chain);
            let (sent, slowest) = sent(&sinks, end.chain, self.now());
            let stays = end.sequence.min(sent.saturating_add(1));
            while let Some(piece) = self.old(&read, after, before, stays).await? {
                if !dry_run {
                    self.remove_old(&granted, caller, &piece).await?;
                }
                done.removed = done.removed.saturating_add(piece.removed);
                done.last = piece.head.sequence;
                after = piece.head;
            }
            if stays < end.sequence && self.old(&read, after, before, end.sequence).await?.is_some()
            {
                done.waits_for = slowest;
            }
            let told = done.removed > 0 || done.waits_for.is_some();
            pruned.extend(Some(done).filter(|_| told));
        }
        Ok(pruned)
    }

    /// The next entries after `after` that may go: those before `before`, without the one at `end`.
    async fn old(
        &self,
        read: &Granted<ReadAudit>,
        after: ChainHead,
        before: Timestamp,
        end: u64,
    ) -> Result<Option<Piece>, StoreError> {
        let mut piece = Piece { head: after, removed: 0, at: before };
        while piece.removed < PIECE {
            let page = self.parts.store.read_audit(read, Some(piece.head), PAGE).await?;
            let old = |entry: &ChainedEntry| {
                let read: AuditEntry = serde_json::from_str(&entry.text).ok()?;
                let stays = entry.chain != after.chain || entry.sequence >= end;
                (!stays && read.at < before).then_some(read.at)
            };
            let full = page.len();
            let mut taken = 0_usize;
            for (entry, at) in page.iter().map_while(|entry| Some((entry, old(entry)?))) {
                piece.head = ChainHead::after(entry);
                piece.removed = piece.removed.saturating_add(1);
                piece.at = at;
                taken = taken.saturating_add(1);
            }
            if taken < full || full == 0 {
                break;
            }
        }
        Ok((piece.removed > 0).then_some(piece))
    }

    async fn remove_old(
        &self,
        granted: &Granted<ManageKeys>,
        caller: &Caller,
        piece: &Piece,
    ) -> Result<(), StoreError> {
        let Piece { head, removed, at } = *piece;
        let by = caller.actor().clone();
        let checkpoint = Checkpoint { head, removed, at: self.now(), by };
        let key = self.parts.keys.active(Purpose::AuditHead).await?;
        let sealed = SealedCheckpoint::new(&key, checkpoint);
        let mut entry = self.entry(caller, "audit.prune");
        let first = head.sequence.saturating_sub(removed).saturating_add(1);
        let ChainHead { chain, sequence, hash } = head;
        entry.detail = Some(format!(
            "chain {chain}: entries {first} to {sequence}, the last one of {} with hash {hash}",
            Utc(at)
        ));
        entry.digest = Some(hash);
        self.parts.store.prune_audit(granted, &sealed, &entry).await
    }
}

/// The last entry of a chain that all sinks have got, and the sink that is the slowest.
fn sent(sinks: &[SinkState], chain: ChainId, now: Timestamp) -> (u64, Option<String>) {
    let waited = |state: &&SinkState| state.is_waited_for(now);
    let own = sinks.iter().filter(waited).filter(|state| state.position.chain == chain);
    let mut reached: BTreeMap<_, _> =
        own.map(|state| (state.sink, (state.position.sequence, state.name.clone()))).collect();
    // A sink of other chains gets this one, too: nobody has begun with it yet.
    for state in sinks.iter().filter(waited).filter(|state| state.leaving.is_none()) {
        reached.entry(state.sink).or_insert_with(|| (0, state.name.clone()));
    }
    match reached.into_values().min() {
        Some((sequence, name)) => (sequence, Some(name)),
        None => (u64::MAX, None),
    }
}
