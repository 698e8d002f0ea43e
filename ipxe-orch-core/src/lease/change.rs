//! Makes the value that a store writes out of the effect of a row.

use super::{
    Approval, Attempt, Claim, Closed, ClosedMark, Effect, Event, Expected, Facts, FinalReport,
    Inputs, Lease, Limits, Outcome, Progress, Row, counts,
};
use crate::{
    ids::{AttemptId, HostId, MarkId},
    time::Timestamp,
};

/// One write to the lease of a host. It is applied wholly or not at all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The host whose lease is written.
    pub host: HostId,
    /// What is written, and what is compared before.
    pub write: Write,
}

impl Change {
    /// Whether it brings a machine nearer to an install: a new mark, an offer, or a claim. A report
    /// that claims does not, because its installer runs already.
    pub fn leads_to_install(&self) -> bool {
        match &self.write {
            Write::CountOffer { .. } => true,
            Write::Join { .. } => false,
            Write::Replace { expected, next, claim, new_mark } => {
                let open = next.open_attempt();
                let offered = open.is_some_and(|attempt| expected.attempt != Some(attempt.id));
                let claimed = next.attempt.as_ref().and_then(|attempt| attempt.claim.as_ref());
                let asked = claimed.is_some_and(|claim| !claim.by_report);
                new_mark.is_some() || offered || (claim.is_some() && asked)
            }
        }
    }

    /// Whether it only voids the mark, since its database is accepted in the place of another one.
    pub fn is_void(&self) -> bool {
        let Write::Replace { expected, next, .. } = &self.write else { return false };
        let closed = next.last_mark.as_ref().filter(|_| next.mark.is_none());
        expected.mark.is_some() && closed.is_some_and(|mark| mark.outcome == Outcome::Voided)
    }

    /// Whether it moves or closes a mark, or is of a host that is held or protected. Nobody may be told of such a change
    /// before this machine remembers it apart from the database.
    pub const fn is_binding(&self) -> bool {
        match &self.write {
            Write::CountOffer { .. } | Write::Join { .. } => false,
            Write::Replace { expected, next, claim, .. } => {
                claim.is_some()
                    || next.held.is_some()
                    || next.protected.is_some()
                    || (expected.mark.is_some() && next.mark.is_none())
            }
        }
    }
}

/// The three ways in which a lease is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Write {
    /// The whole lease becomes `next`, if it still is as expected.
    Replace {
        /// What is compared before, besides the database's epoch.
        expected: Expected,
        /// The new lease. Its generation is the one after the expected one.
        next: Box<Lease>,
        /// A claim to insert. The database refuses a second claim of the same mark.
        claim: Option<(MarkId, AttemptId)>,
        /// A mark to register. The database refuses a second mark with the same id.
        new_mark: Option<MarkId>,
    },
    /// The attempt is offered again, if it is the latest, open and unclaimed. The generation is
    /// neither compared nor changed, so that concurrent boot requests all succeed.
    CountOffer {
        /// The attempt.
        attempt: AttemptId,
        /// The expected count. It becomes one more if `count` has a time.
        offers: u32,
        /// The time of this offer if it is counted, else `None`.
        count: Option<Timestamp>,
    },
    /// A claimed attempt that is no longer the latest gets an outcome. Nothing else changes.
    Join {
        /// The attempt.
        attempt: AttemptId,
        /// The new outcome. It is written only if the stored one is worse or not known yet.
        closed: Closed,
    },
}

/// The change that `row` makes, or `None` if it changes nothing.
///
/// It is also `None` if [`Inputs`] lack what the effect needs.
pub(super) fn change(host: HostId, row: &Row, facts: &Facts<'_>, inputs: Inputs) -> Option<Change> {
    let write = match row.effect {
        Effect::Keep => return None,
        Effect::CountOffer => count_offer(facts.lease.attempt.as_ref()?, facts.now, facts.limits),
        Effect::JoinOutcome => join(facts)?,
        _ => replace(row, facts, inputs)?,
    };
    Some(Change { host, write })
}

fn count_offer(attempt: &Attempt, now: Timestamp, limits: &Limits) -> Write {
    let count = counts(attempt, now, limits).then_some(now);
    Write::CountOffer { attempt: attempt.id, offers: attempt.offers, count }
}

fn replace(row: &Row, facts: &Facts<'_>, inputs: Inputs) -> Option<Write> {
    let expected = Expected::of(facts.lease);
    let mut next = facts.lease.clone();
    next.generation = next.generation.next();
    let (mut claim, mut new_mark) = (None, None);
    match row.effect {
        Effect::SetMark => {
            let Event::Mark { mark, .. } = facts.event else { return None };
            new_mark = Some(mark.id);
            next.mark = Some((**mark).clone());
            next.last_mark = None;
        }
        Effect::Offer => next.attempt = Some(*inputs.attempt?),
        Effect::TakeClaim | Effect::ClaimAndClose(_) | Effect::ClaimByReport => {
            let mark = next.mark.take()?.id;
            let attempt = next.attempt.as_mut()?;
            let by_report = row.effect == Effect::ClaimByReport;
            attempt.claim =
                Some(Claim { id: inputs.claim?, at: facts.at(), by_report, from: inputs.from });
            after_claim(attempt, facts);
            claim = Some((mark, attempt.id));
            note_loader(&mut next, facts);
            if let Some(outcome) = row.effect.outcome() {
                close_attempt(&mut next, outcome, facts.now);
            }
        }
        Effect::Start | Effect::Progress => start(next.attempt.as_mut()?, facts),
        Effect::CloseMark(outcome) => close_mark(&mut next, outcome, facts.now),
        Effect::CloseAttempt(outcome) => close_attempt(&mut next, outcome, facts.now),
        Effect::SetHold(outcome) => {
            let Event::Hold(hold) = facts.event else { return None };
            if let Some(outcome) = outcome {
                close_mark(&mut next, outcome, facts.now);
            }
            next.held = Some(hold.clone());
        }
        Effect::ClearHold => next.held = None,
        Effect::SetApproval => {
            let Event::Approve(_, approved) = facts.event else { return None };
            next.mark.as_mut()?.approval = Approval::Given(approved.clone());
        }
        Effect::SetProtection => {
            let Event::Protect(protection) = facts.event else { return None };
            next.protected = Some(protection.clone());
        }
        Effect::ClearProtection => next.protected = None,
        Effect::Keep | Effect::CountOffer | Effect::JoinOutcome => return None,
    }
    Some(Write::Replace { expected, next: Box::new(next), claim, new_mark })
}

/// A claim starts the start deadline; a report or answer file that claims also starts the install.
fn after_claim(attempt: &mut Attempt, facts: &Facts<'_>) {
    attempt.deadline = Some(facts.at().plus(attempt.terms.start_deadline()));
    match facts.event {
        Event::Started(..) | Event::Answer(_) => start(attempt, facts),
        Event::Finished(_, report) => attempt.closed = Some(closed(report, facts.now)),
        _ => {}
    }
}

/// The installer runs: it has asked for its answer file or reported.
fn start(attempt: &mut Attempt, facts: &Facts<'_>) {
    attempt.deadline = Some(facts.at().plus(attempt.terms.install_deadline()));
    match facts.event {
        Event::Answer(_) => attempt.answered_at = attempt.answered_at.or(Some(facts.now)),
        Event::Started(_, message) => {
            attempt.progress = Some(Progress { at: facts.now, message: message.clone() });
        }
        _ => {}
    }
}

/// The standing mark ends unclaimed, and with it its open attempt.
fn close_mark(lease: &mut Lease, outcome: Outcome, now: Timestamp) {
    if let Some(mark) = lease.mark.take() {
        lease.last_mark = Some(ClosedMark { id: mark.id, at: now, outcome });
    }
    close_attempt(lease, outcome, now);
}

fn close_attempt(lease: &mut Lease, outcome: Outcome, now: Timestamp) {
    let Some(attempt) = lease.attempt.as_mut().filter(|attempt| attempt.is_open()) else { return };
    attempt.closed = Some(Closed { at: now, outcome, message: None });
}

fn closed(report: &FinalReport, at: Timestamp) -> Closed {
    Closed { at, outcome: report.outcome, message: report.message.clone() }
}

/// Keeps the loader of an install that is done. If the report names none, the one before is
/// forgotten: its system is gone.
fn note_loader(lease: &mut Lease, facts: &Facts<'_>) {
    if let Event::Finished(_, FinalReport { outcome: Outcome::Done, loader, .. }) = facts.event {
        lease.loader.clone_from(loader);
    }
}

/// The order of reports does not matter: the best outcome wins.
fn join(facts: &Facts<'_>) -> Option<Write> {
    let Event::Finished(_, report) = facts.event else { return None };
    let attempt = facts.named()?;
    let before = attempt.closed.as_ref().map(|closed| closed.outcome);
    if before.is_some_and(|before| before >= report.outcome) {
        return None;
    }
    let closed = closed(report, facts.now);
    let latest = facts.lease.attempt.as_ref().filter(|latest| latest.id == attempt.id);
    if latest.is_none() {
        return Some(Write::Join { attempt: attempt.id, closed });
    }
    let mut next = facts.lease.clone();
    next.generation = next.generation.next();
    next.attempt.as_mut()?.closed = Some(closed);
    note_loader(&mut next, facts);
    let expected = Expected::of(facts.lease);
    Some(Write::Replace { expected, next: Box::new(next), claim: None, new_mark: None })
}
