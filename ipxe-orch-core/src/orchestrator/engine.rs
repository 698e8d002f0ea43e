//! Read, decide, apply; again if it was changed meanwhile.

use super::{Orchestrator, OrchestratorError, Writing};
use crate::{
    audit::AuditEntry,
    auth::{Origin, WriteGrant},
    digest::Digest,
    ids::{AttemptId, ClaimId},
    lease::{
        Approval, Attempt, Change, Effect, Event, EventKind, Inputs, Lease, Outcome, Reply, Row,
        Write, decide,
    },
    stores::{HostRecord, StoreError},
};
use async_trait::async_trait;
use std::borrow::Cow;

/// Tries of one request; each conflict costs one.
const TRIES: u32 = 5;

/// Where a request finds its host, and what it brings along.
#[async_trait]
pub(super) trait Transition: Send + Sync {
    /// Reads the host anew, with the attempt of the ticket where that is not the latest.
    async fn load(&self) -> Result<Option<Loaded>, StoreError>;

    /// The attempt to offer, rendered before anything is written.
    async fn attempt(&self, _host: &HostRecord) -> Result<Attempt, OrchestratorError> {
        Err(StoreError::Conflict.into())
    }

    /// Where it is told that the store is writing.
    fn writing(&self) -> Option<&Writing> {
        None
    }

    /// What else the audit should say.
    fn audit(&self, _entry: &mut AuditEntry) {}
}

/// A host as it was read just now.
pub(super) struct Loaded {
    pub(super) host: HostRecord,
    pub(super) earlier: Option<Attempt>,
    pub(super) grant: WriteGrant,
}

/// What came of a request.
pub(super) struct Decided {
    pub(super) row: &'static Row,
    /// The host as it was when it was decided.
    pub(super) host: HostRecord,
    /// Its lease after the change.
    pub(super) lease: Lease,
    /// The attempt of the ticket where that is not the latest.
    pub(super) earlier: Option<Attempt>,
}

impl Decided {
    /// The attempt of the ticket.
    pub(super) fn attempt(&self, id: AttemptId) -> Option<&Attempt> {
        let both = self.lease.attempt.iter().chain(&self.earlier);
        both.into_iter().find(|attempt| attempt.id == id)
    }
}

impl Orchestrator {
    /// Carries out `event`: `None` if there is no such host or attempt.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] once the tries are used up; whatever loading, rendering or
    /// applying fails with.
    pub(super) async fn carry_out(
        &self,
        transition: &dyn Transition,
        event: &Event,
        origin: &Origin,
    ) -> Result<Option<Decided>, OrchestratorError> {
        let claim = ClaimId::generate(self.parts.clock.now(), self.parts.random.as_ref());
        let (mut tries, mut event) = (0, Cow::Borrowed(event));
        loop {
            let epoch = self.epoch().await?;
            let Some(loaded) = transition.load().await? else { return Ok(None) };
            let now = self.parts.clock.now();
            let Loaded { host, earlier, grant } = loaded;
            let verdict = decide(&host.lease, &event, earlier.as_ref(), now, &self.limits)
                .ok_or_else(|| StoreError::Corrupt(format!("no row for {:?}", event.kind())))?;
            let row = verdict.row();
            if own_claim(&host.lease, claim) {
                // An earlier try was written though the store could not say so.
                let lease = host.lease.clone();
                return Ok(Some(Decided { row: claimed_row(row), host, lease, earlier }));
            }
            if let Some(row) = self.instead_of(row) {
                let lease = host.lease.clone();
                return Ok(Some(Decided { row, host, lease, earlier }));
            }
            // Only a claim keeps the address: no other request pays for reading it.
            let from = row.effect.claims().then(|| origin.address()).flatten();
            let mut inputs = Inputs { claim: Some(claim), attempt: None, from };
            if row.effect == Effect::Offer {
                inputs.attempt = Some(Box::new(transition.attempt(&host).await?));
            }
            let Some(change) = verdict.change(host.id, inputs) else {
                let lease = host.lease.clone();
                return Ok(Some(Decided { row, host, lease, earlier }));
            };
            let mut entry =
                entry(self.entry_of(grant.actor(), origin, action(row)), &host, &change);
            if let Some(outcome) = verdict.outcome() {
                entry.detail = Some(detail(outcome, &host.lease, &change));
            }
            transition.audit(&mut entry);
            let entry = Some(&entry).filter(|_| is_audited(row, &change));
            let known = earlier.as_ref().map(|attempt| (host.id, attempt));
            let lease = change.apply_to(&host.lease, known)?.lease;
            let under_way = transition.writing().map(Writing::begin);
            let applied = self.parts.store.apply(&grant, epoch, &change, entry).await;
            drop(under_way);
            match applied {
                Ok(()) if row.reply != Reply::Again => {
                    return Ok(Some(Decided { row, host, lease, earlier }));
                }
                Ok(()) => event = Cow::Owned(seen_closed(&event, &host.lease)),
                Err(StoreError::Conflict | StoreError::OutcomeUnknown(_)) if tries + 1 < TRIES => {
                    self.forget_epoch();
                }
                Err(StoreError::Replaced(why)) => {
                    self.suspend_installs(&why);
                    let row = self.instead_of(row).ok_or(StoreError::Replaced(why))?;
                    let lease = host.lease.clone();
                    return Ok(Some(Decided { row, host, lease, earlier }));
                }
                Err(error) => return Err(error.into()),
            }
            tries += 1;
            if tries >= TRIES {
                return Err(StoreError::Conflict.into());
            }
        }
    }
}

/// Whoever looked at the lease before something was closed in it has seen what is there after.
fn seen_closed(event: &Event, before: &Lease) -> Event {
    let mut event = event.clone();
    if let Event::Mark { seen: Some(seen), .. } = &mut event
        && *seen == before.generation
    {
        *seen = seen.next();
    }
    event
}

fn own_claim(lease: &Lease, own: ClaimId) -> bool {
    let claim = lease.attempt.as_ref().and_then(|attempt| attempt.claim.as_ref());
    claim.is_some_and(|claim| claim.id == own)
}

/// The row that must have been written when one's own claim is found stored.
fn claimed_row(decided: &'static Row) -> &'static Row {
    let wrote = |row: &&Row| row.event == decided.event && row.effect.claims();
    crate::lease::TABLE.iter().find(wrote).unwrap_or(decided)
}

fn entry(mut entry: AuditEntry, host: &HostRecord, change: &Change) -> AuditEntry {
    entry.host = Some(host.id);
    entry.host_name = Some(host.spec.name.clone());
    entry.generation = Some(host.lease.generation);
    entry.mark = host.lease.mark.as_ref().map(|mark| mark.id);
    entry.attempt = attempt_of(&host.lease, change);
    if let Write::Replace { next, new_mark, .. } = &change.write {
        entry.mark = new_mark.or(entry.mark);
        let offered = next.attempt.as_ref().filter(|attempt| attempt.is_open());
        entry.digest = offered.map(|attempt| Digest::of(&attempt.script));
        let changed = next.mark.as_ref().filter(|mark| host.lease.mark.as_ref() != Some(mark));
        if let Some(mark) = changed {
            of_mark(&mut entry, &mark.approval);
        }
    }
    entry
}

/// Why a mark waits, or what was approved.
fn of_mark(entry: &mut AuditEntry, approval: &Approval) {
    match approval {
        Approval::Waiting(needs) => {
            let needs: Vec<_> = needs.iter().map(ToString::to_string).collect();
            entry.detail = Some(format!("waits for approval: {}", needs.join(", ")));
        }
        Approval::Given(approved) => entry.digest = Some(approved.digest),
        Approval::Unneeded => {}
    }
}

/// The outcome, and the loader that is recorded with it.
fn detail(outcome: Outcome, before: &Lease, change: &Change) -> String {
    let next = match &change.write {
        Write::Replace { next, .. } if outcome == Outcome::Done => next.loader.as_ref(),
        _ => return outcome.to_string(),
    };
    match next {
        Some(loader) => format!("{outcome}, loader {}", loader.as_str()),
        None if before.loader.is_some() => format!("{outcome}, no loader"),
        None => outcome.to_string(),
    }
}

/// A machine can ask for its script as often as it likes: only counted offers are audited.
const fn is_audited(row: &Row, change: &Change) -> bool {
    row.effect.is_audited() && !matches!(change.write, Write::CountOffer { count: None, .. })
}

/// The attempt that is new or changed; one that ended before is not what a change is about.
fn attempt_of(before: &Lease, change: &Change) -> Option<AttemptId> {
    match &change.write {
        Write::Replace { next, .. } => {
            let changed = next.attempt.as_ref().filter(|_| next.attempt != before.attempt);
            changed.map(|attempt| attempt.id)
        }
        Write::CountOffer { attempt, .. } | Write::Join { attempt, .. } => Some(*attempt),
    }
}

/// What the audit calls a row's effect.
pub(super) fn action(row: &Row) -> &'static str {
    match (row.effect, row.event) {
        (Effect::SetMark, _) | (Effect::Keep, EventKind::Mark) => "host.mark",
        (Effect::Offer, _) => "install.offer",
        (Effect::CountOffer, _) => "install.offer_again",
        (Effect::TakeClaim | Effect::ClaimAndClose(_), _) => "install.claim",
        (Effect::ClaimByReport, _) => "install.claim_by_report",
        (Effect::Start | Effect::Progress, _) => "install.progress",
        (Effect::JoinOutcome, _) => "install.outcome",
        (Effect::CloseMark(_) | Effect::Keep, EventKind::Cancel) => "host.cancel",
        (Effect::CloseMark(_) | Effect::Keep, EventKind::Reject) => "host.reject_mark",
        (Effect::SetApproval, _) | (Effect::Keep, EventKind::Approve) => "host.approve_mark",
        (Effect::SetProtection, _) | (Effect::Keep, EventKind::Protect) => "host.protect",
        (Effect::ClearProtection, _) | (Effect::Keep, EventKind::Unprotect) => "host.unprotect",
        (Effect::CloseMark(_) | Effect::Keep, EventKind::Void) => "mark.void",
        (Effect::CloseMark(_), _) => "mark.close",
        (Effect::CloseAttempt(Outcome::NotStarted | Outcome::TimedOut), _) => "install.overdue",
        (Effect::CloseAttempt(_) | Effect::Keep, EventKind::Abandon) => "host.abandon",
        (Effect::CloseAttempt(_) | Effect::Keep, EventKind::Withdraw) => "host.withdraw",
        (Effect::SetHold(_), _) | (Effect::Keep, EventKind::Hold) => "host.hold",
        (Effect::ClearHold, _) | (Effect::Keep, EventKind::Release) => "host.release",
        (Effect::CloseAttempt(_), _) => "install.close",
        (Effect::Keep, _) => "install.none",
    }
}
