//! What a store keeps of a change, and which changes it refuses.

use super::*;
use crate::stores::StoreError;

const ELSEWHERE: HostId = HostId::from_bytes([7; 16]);

fn change(write: Write) -> Change {
    Change { host: HOST, write }
}

fn replace(before: &Lease, next: Lease) -> Write {
    let (expected, next) = (Expected::of(before), Box::new(next));
    Write::Replace { expected, next, claim: None, new_mark: None }
}

/// The change that the table makes of `event`.
fn made(lease: &Lease, event: &Event) -> Change {
    let limits = Limits::default();
    let verdict = decide(lease, event, None, NOW, &limits).unwrap();
    let claim = Some(ClaimId::from_bytes([5; 16]));
    let inputs = Inputs { claim, attempt: Some(Box::new(attempt())), from: None };
    verdict.change(HOST, inputs).unwrap()
}

fn is_conflict(refused: &Result<Applied, StoreError>) -> bool {
    matches!(refused, Err(StoreError::Conflict))
}

fn is_invalid(refused: &Result<Applied, StoreError>) -> bool {
    matches!(refused, Err(StoreError::Invalid(_)))
}

fn claimed(outcome: Option<Outcome>) -> Attempt {
    let claim =
        Some(Claim { id: ClaimId::from_bytes([4; 16]), at: NOW, by_report: false, from: None });
    let closed = outcome.map(|outcome| Closed { at: NOW, outcome, message: None });
    Attempt { claim, closed, ..attempt() }
}

#[test]
fn a_lease_that_is_not_as_expected_is_a_conflict() {
    let lease = lease(Phase::Offered);
    let claim = made(&lease, &Event::Claim(THIS));
    let older = Lease { generation: Generation(6), ..lease.clone() };
    let other_mark = Lease { mark: None, ..lease.clone() };
    let other = Attempt { id: OTHER, ..attempt() };
    let other_attempt = Lease { attempt: Some(other), ..lease.clone() };
    for stored in [older, other_mark, other_attempt] {
        assert!(is_conflict(&claim.apply_to(&stored, None)), "{stored:?}");
    }
    assert!(claim.apply_to(&lease, None).is_ok());
}

#[test]
fn a_claim_comes_with_the_lease_that_holds_it() {
    let lease = lease(Phase::Offered);
    let applied = made(&lease, &Event::Claim(THIS)).apply_to(&lease, None).unwrap();
    assert_eq!(applied.claim, Some((mark().id, THIS)));
    assert_eq!(applied.lease.phase(), Phase::Installing);
    assert_eq!((applied.earlier, applied.new_mark), (None, None));
}

#[test]
fn a_claim_that_the_lease_does_not_hold_is_invalid() {
    let lease = lease(Phase::Offered);
    for attempt in [THIS, OTHER] {
        let Write::Replace { expected, next, .. } = replace(&lease, lease.clone()) else { return };
        let claim = Some((mark().id, attempt));
        let write = Write::Replace { expected, next, claim, new_mark: None };
        assert!(is_invalid(&change(write).apply_to(&lease, None)), "{attempt}");
    }
}

#[test]
fn a_mark_is_registered_when_it_is_new_and_only_then() {
    let idle = lease(Phase::Idle);
    let order = Event::Mark { mark: Box::new(mark()), seen: None, known: false };
    let marked = made(&idle, &order);
    let applied = marked.apply_to(&idle, None).unwrap();
    assert_eq!(applied.new_mark, Some(mark().id));
    let unregistered = change(replace(&idle, applied.lease.clone()));
    assert!(is_invalid(&unregistered.apply_to(&idle, None)));
    let Write::Replace { expected, claim, new_mark, .. } = marked.write else { return };
    let write = Write::Replace { expected, next: Box::new(idle.clone()), claim, new_mark };
    assert!(is_invalid(&change(write).apply_to(&idle, None)), "registered, but not held");
    let held = applied.lease;
    assert!(change(replace(&held, held.clone())).apply_to(&held, None).is_ok(), "it stands");
}

#[test]
fn a_new_attempt_keeps_the_one_before_apart() {
    let before = Attempt { id: OTHER, ..claimed(Some(Outcome::TimedOut)) };
    let lease = Lease { attempt: Some(before.clone()), ..lease(Phase::Marked) };
    let offer = made(&lease, &Event::Boot);
    assert_eq!(offer.wanted_attempt(), Some(THIS));
    let applied = offer.apply_to(&lease, None).unwrap();
    assert_eq!((applied.lease.attempt, applied.earlier), (Some(attempt()), Some(before)));
    for owner in [HOST, ELSEWHERE] {
        let refused = offer.apply_to(&lease, Some((owner, &attempt())));
        assert!(matches!(refused, Err(StoreError::AlreadyExists(_))), "{refused:?}");
    }
}

#[test]
fn the_generation_is_the_next_of_the_expected_one() {
    let lease = lease(Phase::Marked);
    let next = Lease { generation: Generation(99), ..lease.clone() };
    let applied = change(replace(&lease, next)).apply_to(&lease, None).unwrap();
    assert_eq!(applied.lease.generation, lease.generation.next());
}

#[test]
fn an_offer_is_counted_where_it_is_the_one_that_was_read() {
    let lease = lease(Phase::Offered);
    let count = |attempt, offers, count| change(Write::CountOffer { attempt, offers, count });
    let later = NOW.plus(Duration::from_mins(2));
    let counted = count(THIS, 1, Some(later)).apply_to(&lease, None).unwrap().lease;
    assert_eq!(counted.generation, lease.generation, "concurrent boots all succeed");
    let offered = counted.attempt.clone().unwrap();
    assert_eq!((offered.offers, offered.counted_at), (2, later));
    assert_eq!(count(THIS, 1, None).apply_to(&lease, None).unwrap().lease, lease);
    assert!(is_conflict(&count(THIS, 1, None).apply_to(&counted, None)), "counted meanwhile");
    assert!(is_conflict(&count(OTHER, 1, None).apply_to(&lease, None)), "another attempt");
    for attempt in [claimed(None), Attempt { claim: None, ..claimed(Some(Outcome::Cancelled)) }] {
        let ended = Lease { attempt: Some(attempt), ..lease.clone() };
        assert!(is_conflict(&count(THIS, 1, None).apply_to(&ended, None)), "{ended:?}");
    }
    assert!(is_conflict(&count(THIS, 1, None).apply_to(&Lease::default(), None)));
}

#[test]
fn an_outcome_joins_a_worse_one_of_an_earlier_claimed_attempt_of_the_host() {
    let lease = lease(Phase::Marked);
    let closed = Closed { at: NOW, outcome: Outcome::Failed, message: None };
    let join = change(Write::Join { attempt: THIS, closed: closed.clone() });
    assert_eq!(join.wanted_attempt(), Some(THIS));
    let earlier = claimed(Some(Outcome::TimedOut));
    let applied = join.apply_to(&lease, Some((HOST, &earlier))).unwrap();
    assert_eq!(applied.lease, lease, "the lease stays as it is");
    assert_eq!(applied.earlier, Some(Attempt { closed: Some(closed), ..earlier.clone() }));
    let refused = |stored: &Lease, wanted| is_conflict(&join.apply_to(stored, wanted));
    assert!(refused(&lease, None), "unknown");
    assert!(refused(&lease, Some((ELSEWHERE, &earlier))), "of another host");
    let other = Attempt { id: OTHER, ..earlier.clone() };
    assert!(refused(&lease, Some((HOST, &other))), "not the one that is wanted");
    let latest = Lease { attempt: Some(earlier.clone()), ..lease.clone() };
    assert!(refused(&latest, Some((HOST, &earlier))), "it is the latest");
    let unclaimed = Attempt { claim: None, ..claimed(Some(Outcome::Expired)) };
    assert!(refused(&lease, Some((HOST, &unclaimed))), "never claimed");
    for better in [Outcome::Failed, Outcome::Done] {
        let ended = claimed(Some(better));
        assert!(is_conflict(&join.apply_to(&lease, Some((HOST, &ended)))), "{better}");
    }
}
