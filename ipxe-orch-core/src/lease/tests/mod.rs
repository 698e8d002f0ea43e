mod apply;

use super::*;
use crate::{
    auth::Actor,
    host::{HostSpec, Nic},
    ids::{AttemptId, ClaimId, Generation, MarkId},
    policy::Need,
    profile::{ClaimRule, Reports, Terms},
};
use proptest::prelude::*;
use std::time::Duration;

const NOW: Timestamp = Timestamp::from_millis(1_000_000_000);
const HOST: HostId = HostId::from_bytes([1; 16]);
const THIS: AttemptId = AttemptId::from_bytes([2; 16]);
const OTHER: AttemptId = AttemptId::from_bytes([9; 16]);

fn pin() -> Pin {
    let nic = Nic::new("52:54:00:00:00:01".parse().unwrap());
    Pin {
        profile: "plain".parse().unwrap(),
        version: crate::digest::Digest::of("v"),
        spec: HostSpec::new("web1".parse().unwrap(), vec![nic]),
    }
}

fn person(name: &str) -> Actor {
    Actor::Local { user: name.to_owned() }
}

/// A host that is marked, and waits for a second person.
fn waiting() -> Lease {
    let approval = Approval::Waiting(vec![Need::Protected]);
    let protected = Some(Box::new(Protection { by: "bob".to_owned(), at: NOW, reason: None }));
    Lease { mark: Some(Mark { approval, ..mark() }), protected, ..lease(Phase::Idle) }
}

fn approve(by: &str) -> Event {
    let approved = Approved { by: person(by), at: NOW, digest: pin().digest() };
    Event::Approve(mark().id, Box::new(approved))
}

fn mark() -> Mark {
    Mark {
        id: MarkId::from_bytes([3; 16]),
        created_at: NOW,
        expires_at: Some(NOW.plus(Duration::from_hours(24))),
        not_before: None,
        pin: pin(),
        by: "ann".to_owned(),
        reason: None,
        change_ref: None,
        ordered_by: Some(Box::new(person("ann"))),
        approval: Approval::Unneeded,
        counts: Vec::new(),
        other: std::collections::BTreeMap::new(),
    }
}

pub(super) fn attempt() -> Attempt {
    Attempt {
        id: THIS,
        mark: mark().id,
        pin: pin(),
        terms: Terms::default(),
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

fn hold() -> Hold {
    Hold { by: "ann".to_owned(), at: NOW, reason: None }
}

fn lease(phase: Phase) -> Lease {
    let base = Lease { generation: Generation(7), ..Lease::default() };
    let claim =
        Some(Claim { id: ClaimId::from_bytes([4; 16]), at: NOW, by_report: false, from: None });
    let deadline = Some(NOW.plus(Duration::from_mins(15)));
    let claimed = Attempt { claim, deadline, ..attempt() };
    match phase {
        Phase::Idle => base,
        Phase::Marked => Lease { mark: Some(mark()), ..base },
        Phase::Offered => Lease { mark: Some(mark()), attempt: Some(attempt()), ..base },
        Phase::Installing => Lease { attempt: Some(claimed), ..base },
        Phase::Held => Lease { held: Some(hold()), ..base },
    }
}

fn events(ticket: AttemptId) -> Vec<Event> {
    let mark = |known| Event::Mark { mark: Box::new(mark()), seen: None, known };
    vec![
        mark(false),
        mark(true),
        Event::Boot,
        Event::Claim(ticket),
        Event::Answer(ticket),
        Event::Media(ticket),
        Event::Started(ticket, String::new()),
        Event::Finished(ticket, FinalReport::new(Outcome::Done)),
        Event::Finished(ticket, FinalReport::new(Outcome::Failed)),
        Event::Cancel,
        Event::Abandon,
        Event::Withdraw,
        Event::Hold(hold()),
        Event::Release,
        approve("ann"),
        approve("bob"),
        Event::Reject(MarkId::from_bytes([3; 16])),
        Event::Protect(Box::new(Protection { by: "bob".to_owned(), at: NOW, reason: None })),
        Event::Unprotect,
        Event::Void,
        Event::Elapse,
    ]
}

struct Said {
    effect: Effect,
    reply: Reply,
    next: Option<Lease>,
}

fn say(lease: &Lease, event: &Event, now: Timestamp) -> Said {
    let limits = Limits::default();
    let verdict = decide(lease, event, None, now, &limits).expect("the table is total");
    let claim = Some(ClaimId::from_bytes([5; 16]));
    let inputs = Inputs { claim, attempt: Some(Box::new(attempt())), from: None };
    let next = verdict.change(HOST, inputs).and_then(|change| match change.write {
        Write::Replace { next, .. } => Some(*next),
        _ => None,
    });
    Said { effect: verdict.effect(), reply: verdict.reply(), next }
}

fn late() -> Timestamp {
    NOW.plus(Duration::from_hours(25))
}

/// In time, after a counted offer, behind every deadline, and with a clock that is behind.
fn moments() -> [Timestamp; 4] {
    [NOW, NOW.plus(Duration::from_mins(2)), late(), NOW.minus(Duration::from_hours(1))]
}

#[test]
fn the_table_is_total_and_every_change_keeps_the_invariants() {
    for phase in Phase::ALL {
        for event in events(THIS).into_iter().chain(events(OTHER)) {
            for now in [NOW, late(), NOW.minus(Duration::from_hours(1))] {
                let before = lease(phase);
                let said = say(&before, &event, now);
                let Some(next) = said.next else { continue };
                assert_eq!(next.generation, before.generation.next(), "{event:?}");
                let claimed = |l: &Lease| l.attempt.as_ref().is_some_and(|a| a.claim.is_some());
                if claimed(&next) && !claimed(&before) {
                    assert_eq!(next.mark, None, "claiming moves the mark: {event:?}");
                }
                if let Some(closed) = &next.last_mark {
                    assert_eq!(next.mark, None, "it would be older than the mark: {event:?}");
                    assert!(!closed.outcome.is_of_claimed(), "{event:?}");
                }
                if next.held.is_some() {
                    assert!(next.mark.is_none(), "held implies idle: {event:?}");
                    assert!(next.attempt.is_none_or(|a| !a.is_open()), "{event:?}");
                }
            }
        }
    }
}

#[test]
fn every_row_is_the_answer_to_something() {
    let mut used = std::collections::BTreeSet::new();
    let limits = Limits::default();
    for (lease, earlier) in leases() {
        for event in events(THIS).into_iter().chain(events(OTHER)) {
            for now in moments() {
                let verdict = decide(&lease, &event, earlier.as_ref(), now, &limits).unwrap();
                used.insert(TABLE.iter().position(|row| std::ptr::eq(row, verdict.row())).unwrap());
            }
        }
    }
    let unused: Vec<_> =
        TABLE.iter().enumerate().filter(|(n, _)| !used.contains(n)).map(|(_, row)| row).collect();
    assert!(unused.is_empty(), "{unused:#?}");
}

/// Leases beyond one of each phase: capped, answered, ended, by answer file, without reports.
fn leases() -> Vec<(Lease, Option<Attempt>)> {
    let with = |phase, change: &dyn Fn(&mut Attempt)| {
        let mut lease = lease(phase);
        change(lease.attempt.as_mut().unwrap());
        (lease, None)
    };
    let closed = |outcome| Some(Closed { at: NOW, outcome, message: None });
    let mut all: Vec<_> = Phase::ALL.map(|phase| (lease(phase), None)).into();
    all.push(with(Phase::Offered, &|attempt| attempt.offers = 5));
    all.push(with(Phase::Offered, &|attempt| attempt.terms.claim = ClaimRule::AnswerFile));
    all.push(with(Phase::Offered, &|attempt| attempt.terms.reports = Reports::None));
    all.push(with(Phase::Installing, &|attempt| attempt.answered_at = Some(NOW)));
    all.push(with(Phase::Installing, &|attempt| {
        attempt.progress = Some(Progress { at: NOW, message: String::new() });
        attempt.deadline = Some(NOW.plus(attempt.terms.install_deadline()));
    }));
    all.push(with(Phase::Installing, &|attempt| attempt.closed = closed(Outcome::Done)));
    all.push(with(Phase::Installing, &|attempt| attempt.closed = closed(Outcome::Unreported)));
    let mut early = lease(Phase::Marked);
    early.mark.as_mut().unwrap().not_before = Some(NOW.plus(Duration::from_mins(5)));
    all.push((early, None));
    let approved = say(&waiting(), &approve("bob"), NOW).next.unwrap();
    all.extend([(waiting(), None), (approved, None)]);
    all
}

#[test]
fn a_boot_is_offered_the_same_script_until_the_cap() {
    let mut lease = lease(Phase::Offered);
    assert_eq!(say(&lease, &Event::Boot, NOW).effect, Effect::CountOffer);
    lease.attempt.as_mut().unwrap().offers = 5;
    let within = NOW.plus(Duration::from_secs(59));
    assert_eq!(say(&lease, &Event::Boot, within).effect, Effect::CountOffer, "not counted");
    let said = say(&lease, &Event::Boot, NOW.plus(Duration::from_mins(1)));
    assert_eq!(said.effect, Effect::CloseMark(Outcome::OffersUsedUp));
    assert_eq!(said.reply, Reply::Local);
    let next = said.next.unwrap();
    assert_eq!((next.phase(), next.status().as_str()), (Phase::Idle, "offers used up"));
}

#[test]
fn an_expired_mark_is_neither_offered_nor_claimed() {
    for event in [Event::Boot, Event::Claim(THIS)] {
        let said = say(&lease(Phase::Offered), &event, late());
        assert_eq!(said.effect, Effect::CloseMark(Outcome::Expired), "{event:?}");
        assert_eq!(said.next.unwrap().status(), "expired");
    }
}

/// How a mark or an attempt ends is what its row says, for each way to end.
#[test]
fn the_row_says_how_it_ends() {
    let limits = Limits::default();
    let mut seen = std::collections::BTreeSet::new();
    for (lease, _) in leases() {
        for event in events(THIS) {
            for now in moments() {
                let outcome = decide(&lease, &event, None, now, &limits).unwrap().outcome();
                let Some(next) = say(&lease, &event, now).next else { continue };
                let ended = ended(&lease, &next);
                assert!(ended.iter().all(|one| Some(*one) == outcome), "{event:?}: {ended:?}");
                assert_eq!(ended.is_empty(), outcome.is_none(), "{event:?}: {outcome:?}");
                seen.extend(ended);
            }
        }
    }
    assert_eq!(seen.len(), 14, "{seen:?}");
}

/// How the mark and the attempt of `before` ended, where `next` is the first to say so.
fn ended(before: &Lease, next: &Lease) -> Vec<Outcome> {
    let mark = next.last_mark.as_ref().filter(|_| before.mark.is_some());
    let closed = |lease: &Lease| lease.attempt.as_ref().and_then(|attempt| attempt.closed.clone());
    let attempt = closed(next).filter(|now| Some(now) != closed(before).as_ref());
    mark.map(|mark| mark.outcome).into_iter().chain(attempt.map(|now| now.outcome)).collect()
}

#[test]
fn a_mark_that_was_never_offered_leaves_how_it_ended() {
    let cancelled = say(&lease(Phase::Marked), &Event::Cancel, NOW).next.unwrap();
    let closed = ClosedMark { id: mark().id, at: NOW, outcome: Outcome::Cancelled };
    assert_eq!(
        (cancelled.last_mark.clone(), cancelled.status()),
        (Some(closed), "cancelled".into())
    );
    let order = Event::Mark { mark: Box::new(mark()), seen: None, known: false };
    let again = say(&cancelled, &order, NOW).next.unwrap();
    assert_eq!((again.last_mark.clone(), again.status()), (None, "marked".into()));
}

/// The attempt of an earlier mark does not speak for the last one.
#[test]
fn the_last_mark_is_what_people_are_told_of() {
    let done = Event::Finished(THIS, FinalReport::new(Outcome::Done));
    let installed = say(&lease(Phase::Installing), &done, NOW).next.unwrap();
    let marked = Lease { mark: Some(mark()), ..installed };
    assert_eq!(say(&marked, &Event::Boot, late()).next.unwrap().status(), "expired");
    let held = say(&marked, &Event::Hold(hold()), NOW).next.unwrap();
    assert_eq!(held.status(), "held");
    assert_eq!(say(&held, &Event::Release, NOW).next.unwrap().status(), "closed by a hold");
}

#[test]
fn a_clock_that_jumped_back_offers_nothing() {
    let said = say(&lease(Phase::Marked), &Event::Boot, NOW.minus(Duration::from_mins(6)));
    assert_eq!(said.effect, Effect::CloseMark(Outcome::ClockBehind));
    assert_eq!(said.reply, Reply::Local);
    let within = NOW.minus(Duration::from_mins(4));
    assert_eq!(say(&lease(Phase::Marked), &Event::Boot, within).effect, Effect::Offer);
}

/// B4: whatever a server wrote about the mark or its offer shows that this clock is behind.
#[test]
fn a_clock_that_is_behind_claims_nothing() {
    for event in [Event::Claim(THIS), Event::Answer(THIS)] {
        let mut offered = lease(Phase::Offered);
        let said = say(&offered, &event, NOW.minus(Duration::from_mins(6)));
        assert_eq!(said.effect, Effect::CloseMark(Outcome::ClockBehind), "{event:?}");
        assert_eq!(said.reply, Reply::NotFound);
        // An old mark, offered just now by a server whose clock is right.
        offered.mark.as_mut().unwrap().created_at = NOW.minus(Duration::from_hours(5));
        let attempt = offered.attempt.as_mut().unwrap();
        (attempt.offered_at, attempt.counted_at) = (NOW.minus(Duration::from_hours(1)), NOW);
        let said = say(&offered, &event, NOW.minus(Duration::from_mins(20)));
        assert_eq!(said.effect, Effect::CloseMark(Outcome::ClockBehind), "{event:?}");
    }
    let said = say(&lease(Phase::Offered), &Event::Claim(THIS), NOW.minus(Duration::from_mins(4)));
    assert_eq!(said.effect, Effect::TakeClaim);
}

/// B4: a clock that is a little behind makes no deadline earlier than what others wrote.
#[test]
fn deadlines_count_from_the_newest_time() {
    let (slow, start) = (NOW.minus(Duration::from_mins(4)), Duration::from_mins(15));
    let claimed = say(&lease(Phase::Offered), &Event::Claim(THIS), slow).next.unwrap();
    let attempt = claimed.attempt.as_ref().unwrap();
    assert_eq!(attempt.claim.as_ref().unwrap().at, NOW);
    assert_eq!(attempt.deadline, Some(NOW.plus(start)));
    let answered = say(&claimed, &Event::Answer(THIS), slow).next.unwrap();
    let attempt = answered.attempt.unwrap();
    assert_eq!(attempt.deadline, Some(NOW.plus(attempt.terms.install_deadline())));
    // What a clock has written that was far ahead does not count for ever.
    let right = NOW.minus(Duration::from_hours(9000));
    let answered = say(&claimed, &Event::Answer(THIS), right).next.unwrap();
    let attempt = answered.attempt.unwrap();
    let tolerated = right.plus(Duration::from_mins(5));
    assert_eq!(attempt.deadline, Some(tolerated.plus(attempt.terms.install_deadline())));
}

/// B3: what a restored database still offers is void; an install that runs goes on.
#[test]
fn a_restore_voids_marks_and_offers_alone() {
    for phase in [Phase::Marked, Phase::Offered] {
        let next = say(&lease(phase), &Event::Void, NOW).next.unwrap();
        assert_eq!(next.phase(), Phase::Idle);
        assert_eq!(next.last_mark.as_ref().unwrap().outcome, Outcome::Voided);
        assert!(next.open_attempt().is_none());
    }
    for phase in [Phase::Idle, Phase::Installing, Phase::Held] {
        assert_eq!(say(&lease(phase), &Event::Void, NOW).effect, Effect::Keep, "{phase}");
    }
}

/// So that such a boot needs no more than a [`BootRecord`].
#[test]
fn an_idle_or_held_host_boots_its_disk_whatever_else_there_is() {
    for phase in Phase::ALL {
        let idle = matches!(phase, Phase::Idle | Phase::Held);
        assert_eq!(lease(phase).is_idle(), idle, "{phase}");
    }
    for row in TABLE.iter().filter(|row| row.event == EventKind::Boot) {
        if row.phases.iter().any(|phase| matches!(phase, Phase::Idle | Phase::Held)) {
            assert!(row.guards.is_empty() && !row.alert, "{row:?}");
            assert_eq!((row.effect, row.reply), (Effect::Keep, Reply::Local));
        }
    }
}

#[test]
fn a_report_of_an_open_offer_is_its_claim() {
    let started = Event::Started(THIS, "disk".to_owned());
    let next = say(&lease(Phase::Offered), &started, NOW).next.unwrap();
    assert_eq!(next.phase(), Phase::Installing);
    assert!(next.attempt.unwrap().claim.unwrap().by_report);
    let done = Event::Finished(THIS, FinalReport::new(Outcome::Done));
    let next = say(&lease(Phase::Offered), &done, NOW).next.unwrap();
    assert_eq!((next.phase(), next.status().as_str()), (Phase::Idle, "installed"));
}

#[test]
fn a_report_that_says_the_same_again_is_not_written() {
    let report = |message: &str| Event::Started(THIS, message.to_owned());
    let seconds = |count| NOW.plus(Duration::from_secs(count));
    let started = say(&lease(Phase::Installing), &report("disk"), NOW).next.unwrap();
    for (now, message, effect) in [
        (NOW, "disk", Effect::Keep),
        (seconds(59), "disk", Effect::Keep),
        (seconds(60), "disk", Effect::Progress),
        (seconds(1), "network", Effect::Progress),
        (NOW.minus(Duration::from_mins(1)), "disk", Effect::Keep),
    ] {
        let said = say(&started, &report(message), now);
        assert_eq!((said.effect, said.reply), (effect, Reply::Ok), "{message} at {now:?}");
    }
}

#[test]
fn a_steady_report_keeps_an_install_with_a_short_deadline_alive() {
    let mut lease = lease(Phase::Installing);
    lease.attempt.as_mut().unwrap().terms.install_minutes = 1;
    let report = Event::Started(THIS, "disk".to_owned());
    for seconds in (0..300).step_by(25) {
        let now = NOW.plus(Duration::from_secs(seconds));
        assert_eq!(say(&lease, &Event::Elapse, now).effect, Effect::Keep, "after {seconds} s");
        lease = say(&lease, &report, now).next.unwrap_or(lease);
    }
}

#[test]
fn a_silent_install_ends_by_its_deadline() {
    let said = say(&lease(Phase::Installing), &Event::Boot, NOW.plus(Duration::from_mins(15)));
    assert_eq!(said.reply, Reply::Local);
    assert_eq!(said.next.unwrap().status(), "failed (not started)");
    let answered = say(&lease(Phase::Installing), &Event::Answer(THIS), NOW).next.unwrap();
    assert_eq!(
        answered.attempt.as_ref().unwrap().deadline,
        Some(NOW.plus(Duration::from_hours(2))),
        "the first answer file starts the install deadline"
    );
    assert_eq!(say(&answered, &Event::Boot, late()).next.unwrap().status(), "timed out");
}

#[test]
fn a_profile_that_never_reports_ends_at_its_claim() {
    let mut lease = lease(Phase::Offered);
    lease.attempt.as_mut().unwrap().terms.reports = Reports::None;
    let next = say(&lease, &Event::Claim(THIS), NOW).next.unwrap();
    assert_eq!((next.phase(), next.status().as_str()), (Phase::Idle, "unreported"));
    assert_eq!(say(&next, &Event::Media(THIS), NOW).reply, Reply::Ok, "live media go on");
    assert_eq!(say(&next, &Event::Claim(THIS), NOW).reply, Reply::NotFound);
}

#[test]
fn after_cancel_hold_or_expiry_nothing_is_claimed() {
    for event in [Event::Cancel, Event::Hold(hold()), Event::Withdraw] {
        let next = say(&lease(Phase::Offered), &event, NOW).next.unwrap();
        assert_eq!(say(&next, &Event::Claim(THIS), NOW).reply, Reply::NotFound, "{event:?}");
        assert_eq!(say(&next, &Event::Answer(THIS), NOW).reply, Reply::Abort, "{event:?}");
    }
    let claimed = say(&lease(Phase::Offered), &Event::Claim(THIS), NOW).next.unwrap();
    assert_eq!(say(&claimed, &Event::Cancel, NOW).reply, Reply::Conflict);
}

proptest! {
    /// Whatever was reported how often, in whatever order: the best of it is the outcome.
    #[test]
    fn reports_of_one_attempt_commute(
        done in proptest::collection::vec(any::<bool>(), 1..8),
        abandoned in any::<Option<proptest::sample::Index>>(),
    ) {
        let mut events: Vec<_> = done
            .iter()
            .map(|done| if *done { Outcome::Done } else { Outcome::Failed })
            .map(|outcome| Event::Finished(THIS, FinalReport::new(outcome)))
            .collect();
        if let Some(place) = abandoned {
            events.insert(place.index(events.len()), Event::Abandon);
        }
        let mut lease = lease(Phase::Installing);
        for event in events {
            lease = say(&lease, &event, NOW).next.unwrap_or(lease);
        }
        let best = if done.contains(&true) { "installed" } else { "failed" };
        prop_assert_eq!(lease.status(), best);
    }
}

#[test]
fn an_order_for_a_host_that_was_changed_meanwhile_is_refused() {
    let order = |seen| Event::Mark { mark: Box::new(mark()), seen, known: false };
    let lease = lease(Phase::Idle);
    assert_eq!(say(&lease, &order(Some(Generation(7))), NOW).effect, Effect::SetMark);
    assert_eq!(say(&lease, &order(Some(Generation(6))), NOW).reply, Reply::Conflict);
}

#[test]
fn a_mark_is_not_offered_before_its_time() {
    let mut lease = lease(Phase::Marked);
    let start = NOW.plus(Duration::from_mins(5));
    lease.mark.as_mut().unwrap().not_before = Some(start);
    assert_eq!(say(&lease, &Event::Boot, NOW).effect, Effect::Keep);
    assert_eq!(say(&lease, &Event::Boot, start).effect, Effect::Offer);
}

/// Whatever happens to a mark that waits, it is offered only after another person's approval.
#[test]
fn a_mark_that_waits_is_never_offered() {
    for event in events(THIS) {
        for now in moments() {
            let Some(next) = say(&waiting(), &event, now).next else { continue };
            assert!(next.open_attempt().is_none(), "{event:?}");
            let stands = next.mark.is_some_and(|mark| !mark.approval.waits());
            assert_eq!(
                stands,
                matches!(&event, Event::Approve(_, a) if a.by == person("bob")) && now != late(),
                "{event:?}"
            );
        }
    }
    let approved = say(&waiting(), &approve("bob"), NOW).next.unwrap();
    assert_eq!(say(&approved, &Event::Boot, NOW).effect, Effect::Offer);
}

#[test]
fn an_approval_is_for_one_mark_and_for_what_it_installs() {
    let digest = pin().digest();
    let approved = |digest| Approved { by: person("bob"), at: NOW, digest };
    let other_mark = Event::Approve(MarkId::from_bytes([8; 16]), Box::new(approved(digest)));
    assert_eq!(say(&waiting(), &other_mark, NOW).reply, Reply::Conflict);
    let other_pin =
        Event::Approve(mark().id, Box::new(approved(crate::digest::Digest::of("other"))));
    assert_eq!(say(&waiting(), &other_pin, NOW).reply, Reply::Conflict);
    let mut edited = pin();
    edited.version = crate::digest::Digest::of("w");
    assert_ne!(edited.digest(), digest);
    edited = pin();
    edited.spec.serial = Some("SN 1".parse().unwrap());
    assert_ne!(edited.digest(), digest);
}

/// A mark of release 0.1 does not say who ordered it: nobody can be told from that person.
#[test]
fn a_mark_without_an_author_is_not_approved() {
    let mut lease = waiting();
    lease.mark.as_mut().unwrap().ordered_by = None;
    assert_eq!(say(&lease, &approve("bob"), NOW).reply, Reply::Conflict);
}

/// Who marks a host at the moment at which another person protects it orders nothing that is armed.
#[test]
fn a_protected_host_takes_no_mark_that_does_not_wait() {
    let protected = Lease { mark: None, ..waiting() };
    let order = |approval: Approval| Event::Mark {
        mark: Box::new(Mark { approval, ..mark() }),
        seen: None,
        known: false,
    };
    assert_eq!(say(&protected, &order(Approval::Unneeded), NOW).reply, Reply::Conflict);
    let waits = order(Approval::Waiting(vec![Need::Protected]));
    assert_eq!(say(&protected, &waits, NOW).effect, Effect::SetMark);
}
