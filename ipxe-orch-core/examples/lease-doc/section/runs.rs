//! Runs the table on leases of every phase, with every event, at several moments.

use ipxe_orch_core::{
    auth::Actor,
    digest::Digest,
    host::{HostSpec, Nic},
    ids::{AttemptId, ClaimId, HostId, MarkId},
    lease::{
        Approval, Approved, Attempt, Claim, Event, FinalReport, Hold, Inputs, Lease, Limits, Mark,
        Outcome, Phase, Pin, Protection, TABLE, Write, decide,
    },
    policy::Need,
    profile::{ClaimRule, Reports, Terms},
    time::Timestamp,
};
use std::{error::Error, time::Duration};

const NOW: Timestamp = Timestamp::from_millis(1_000_000_000);
const TICKET: AttemptId = AttemptId::from_bytes([2; 16]);

/// A row that applied, and the change of phase that it made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Step {
    pub(super) from: Phase,
    pub(super) to: Phase,
    /// The number of the row. The first row is 1.
    pub(super) row: usize,
}

/// All steps that change the phase.
pub(super) fn steps() -> Result<Vec<Step>, Box<dyn Error>> {
    let (leases, moments) = (leases()?, moments());
    let mut steps = Vec::new();
    for lease in &leases {
        for event in events(lease)? {
            for now in moments {
                steps.extend(step(lease, &event, now));
            }
        }
    }
    steps.sort();
    steps.dedup();
    Ok(steps)
}

fn step(lease: &Lease, event: &Event, now: Timestamp) -> Option<Step> {
    let limits = Limits::default();
    let verdict = decide(lease, event, None, now, &limits)?;
    let row = TABLE.iter().position(|row| std::ptr::eq(row, verdict.row()))?.checked_add(1)?;
    let attempt = lease.mark.as_ref().map(|mark| Box::new(attempt(mark, Terms::default())));
    let inputs = Inputs { attempt, claim: Some(ClaimId::from_bytes([5; 16])), from: None };
    let change = verdict.change(HostId::from_bytes([1; 16]), inputs)?;
    let Write::Replace { next, .. } = change.write else { return None };
    let (from, to) = (lease.phase(), next.phase());
    (from != to).then_some(Step { from, to, row })
}

/// Moments: in time, after a counted offer, after every deadline, and with a clock that is slow.
fn moments() -> [Timestamp; 4] {
    let later = |time| NOW.plus(time);
    let (minutes, days) = (Duration::from_mins(2), Duration::from_hours(48));
    [NOW, later(minutes), later(days), NOW.minus(Duration::from_hours(1))]
}

/// One lease for each phase. With an open attempt also those with other terms or many offers.
fn leases() -> Result<Vec<Lease>, Box<dyn Error>> {
    let mark = mark()?;
    let waiting = Approval::Waiting(vec![Need::Protected]);
    let offered = |attempt: Attempt| Lease {
        mark: Some(mark.clone()),
        attempt: Some(attempt),
        ..Lease::default()
    };
    let by_answer = Terms { claim: ClaimRule::AnswerFile, ..Terms::default() };
    let silent = Terms { reports: Reports::None, ..Terms::default() };
    let plain = attempt(&mark, Terms::default());
    let claim = Claim { id: ClaimId::from_bytes([4; 16]), at: NOW, by_report: false, from: None };
    let deadline = Some(NOW.plus(Duration::from_mins(15)));
    let claimed = Attempt { claim: Some(claim), deadline, ..plain.clone() };
    let started = Attempt { answered_at: Some(NOW), ..claimed.clone() };
    Ok(vec![
        Lease::default(),
        Lease { mark: Some(mark.clone()), ..Lease::default() },
        Lease { mark: Some(Mark { approval: waiting, ..mark.clone() }), ..Lease::default() },
        offered(attempt(&mark, by_answer)),
        offered(attempt(&mark, silent)),
        offered(Attempt { offers: Limits::default().offers, ..plain.clone() }),
        offered(plain),
        Lease { attempt: Some(claimed), ..Lease::default() },
        Lease { attempt: Some(started), ..Lease::default() },
        Lease { held: Some(hold()), ..Lease::default() },
    ])
}

fn events(lease: &Lease) -> Result<Vec<Event>, Box<dyn Error>> {
    let mark = mark()?;
    let approved = Approved { by: person("bob"), at: NOW, digest: mark.pin.digest() };
    Ok(vec![
        Event::Mark { mark: Box::new(mark.clone()), seen: Some(lease.generation), known: false },
        Event::Boot,
        Event::Claim(TICKET),
        Event::Answer(TICKET),
        Event::Media(TICKET),
        Event::Started(TICKET, String::new()),
        Event::Finished(TICKET, FinalReport::new(Outcome::Done)),
        Event::Cancel,
        Event::Abandon,
        Event::Withdraw,
        Event::Hold(hold()),
        Event::Release,
        Event::Approve(mark.id, Box::new(approved)),
        Event::Reject(mark.id),
        Event::Protect(Box::new(Protection { by: "bob".to_owned(), at: NOW, reason: None })),
        Event::Unprotect,
        Event::Void,
        Event::Elapse,
    ])
}

fn person(name: &str) -> Actor {
    Actor::Local { user: name.to_owned() }
}

fn hold() -> Hold {
    Hold { by: "ann".to_owned(), at: NOW, reason: None }
}

fn mark() -> Result<Mark, Box<dyn Error>> {
    let spec = HostSpec::new("web1".parse()?, vec![Nic::new("52:54:00:00:00:01".parse()?)]);
    Ok(Mark {
        id: MarkId::from_bytes([3; 16]),
        created_at: NOW,
        expires_at: Some(NOW.plus(Duration::from_hours(24))),
        not_before: None,
        pin: Pin { profile: "plain".parse()?, version: Digest::of(""), spec },
        by: "ann".to_owned(),
        reason: None,
        change_ref: None,
        ordered_by: Some(Box::new(person("ann"))),
        approval: Approval::Unneeded,
        counts: Vec::new(),
        other: std::collections::BTreeMap::new(),
    })
}

fn attempt(mark: &Mark, terms: Terms) -> Attempt {
    Attempt {
        id: TICKET,
        mark: mark.id,
        pin: mark.pin.clone(),
        terms,
        script: "#!ipxe\n".to_owned(),
        offered_at: NOW,
        offers: 1,
        counted_at: NOW,
        claim: None,
        answered_at: None,
        progress: None,
        deadline: None,
        closed: None,
    }
}
