//! Cases about the two narrow writes: an offer that is counted, an outcome that is joined.

use super::{
    Bench, conflict, holds,
    make::{cancel, count_offer, join, replace},
    must, same,
};
use crate::{
    ids::AttemptId,
    lease::{Attempt, Closed, Outcome, Write},
    stores::HostRecord,
    time::Clock,
};
use std::time::Duration;

/// Host 1 with an offer.
async fn offered(bench: &Bench) -> (HostRecord, Attempt) {
    let id = bench.added(1).await.id;
    bench.mark(id).await;
    let attempt = bench.offer(id).await;
    (bench.by_id(id).await, attempt)
}

/// An offer that is counted is one more, and was counted then; nothing else changes, the generation
/// neither. An offer that is not counted changes nothing.
pub async fn an_offer_is_counted_once(bench: Bench) {
    let (host, attempt) = offered(&bench).await;
    must(bench.apply(host.id, count_offer(&attempt, None)).await);
    same(&bench.by_id(host.id).await, &host, "an offer that is not counted changes nothing");
    let later = bench.clock.now().plus(Duration::from_mins(2));
    must(bench.apply(host.id, count_offer(&attempt, Some(later))).await);
    let mut expected = host.clone();
    let counted = Attempt { offers: 2, counted_at: later, ..attempt.clone() };
    expected.lease.attempt = Some(counted.clone());
    let promise = "an offer that is counted is one more offer, and nothing else changes";
    same(&bench.by_id(host.id).await, &expected, promise);
    let again = bench.apply(host.id, count_offer(&attempt, Some(later))).await;
    conflict(&again, "an offer is counted only if the count is as expected");
    let again = bench.apply(host.id, count_offer(&attempt, None)).await;
    conflict(&again, "an offer is repeated only if the count is as expected");
    same(&bench.by_id(host.id).await, &expected, "a conflict changes nothing");
    must(bench.apply(host.id, count_offer(&counted, Some(later))).await);
    let offers = bench.by_id(host.id).await.lease.attempt.map(|attempt| attempt.offers);
    same(&offers, &Some(3), promise);
}

/// Only the latest attempt of the host is offered again, and only while it is open and unclaimed.
pub async fn only_an_open_offer_is_counted(bench: Bench) {
    let (host, attempt) = offered(&bench).await;
    let now = bench.clock.now();
    let other = bench.added(2).await;
    bench.mark(other.id).await;
    bench.offer(other.id).await;
    let unknown = Attempt { id: AttemptId::from_bytes([9; 16]), ..attempt.clone() };
    let promise = "only the latest attempt of the host is offered again";
    conflict(&bench.apply(host.id, count_offer(&unknown, Some(now))).await, promise);
    conflict(&bench.apply(other.id, count_offer(&attempt, Some(now))).await, promise);
    same(&bench.by_id(host.id).await, &host, "a conflict changes nothing");
    let claimed = bench.claim(host.id).await;
    let late = bench.apply(host.id, count_offer(&attempt, Some(now))).await;
    conflict(&late, "a claimed attempt is not offered again");
    same(&bench.by_id(host.id).await, &claimed, "a conflict changes nothing");
    // Closed without a claim, then no longer the latest.
    let other = bench.step(other.id, |lease| cancel(lease, now)).await;
    let closed = must(other.lease.attempt.clone().ok_or("no attempt"));
    let late = bench.apply(other.id, count_offer(&closed, None)).await;
    conflict(&late, "a closed attempt is not offered again");
    bench.mark(other.id).await;
    bench.offer(other.id).await;
    conflict(&bench.apply(other.id, count_offer(&closed, Some(now))).await, promise);
}

/// A better outcome takes the place of a worse one, in whatever order they come; an equal or worse
/// one is a conflict.
pub async fn the_better_outcome_is_joined(bench: Bench) {
    let id = bench.added(1).await.id;
    let now = bench.clock.now();
    let earlier = bench.installed(id, Outcome::Abandoned).await;
    bench.mark(id).await;
    bench.offer(id).await;
    let host = bench.by_id(id).await;
    let (_, mut expected) = must(bench.by_ticket(earlier).await.ok_or("the attempt is gone"));
    for (outcome, better) in [
        (Outcome::Unreported, false),
        (Outcome::Abandoned, false),
        (Outcome::NotStarted, true),
        (Outcome::Failed, true),
        (Outcome::Failed, false),
        (Outcome::TimedOut, false),
        (Outcome::Done, true),
        (Outcome::Failed, false),
        (Outcome::Done, false),
    ] {
        let closed = Closed { at: now, outcome, message: Some(format!("it is {outcome}")) };
        let write = Write::Join { attempt: earlier, closed: closed.clone() };
        let joined = bench.apply(id, write).await;
        if better {
            must(joined);
            expected.closed = Some(closed);
        } else {
            conflict(&joined, "an outcome that is no better than the known one is not joined");
        }
        let found = bench.by_ticket(earlier).await;
        let promise = "a better outcome is joined to its attempt, and touches nothing newer";
        same(&found, &Some((host.clone(), expected.clone())), promise);
    }
}

/// An outcome joins a claimed attempt of its own host that is not the latest, and no other one.
pub async fn only_a_claimed_earlier_attempt_of_the_host_is_joined(bench: Bench) {
    let id = bench.added(1).await.id;
    let now = bench.clock.now();
    let claimed = bench.installed(id, Outcome::Abandoned).await;
    bench.mark(id).await;
    let unclaimed = bench.offer(id).await.id;
    bench.step(id, |lease| cancel(lease, now)).await;
    let latest = bench.installed(id, Outcome::Abandoned).await;
    let other = bench.installed(bench.added(2).await.id, Outcome::Abandoned).await;
    let foreign = bench.host(2).await.id;
    bench.mark(foreign).await;
    bench.offer(foreign).await;
    let before = [claimed, unclaimed, latest, other].map(|id| (id, bench.by_ticket(id)));
    let mut known = Vec::new();
    for (id, found) in before {
        known.push((id, found.await));
    }
    for (host, attempt, promise) in [
        (id, unclaimed, "an attempt that was never claimed is not joined"),
        (id, latest, "the latest attempt is not joined, but written with its lease"),
        (id, other, "an attempt of another host is not joined"),
        (foreign, claimed, "an attempt of another host is not joined"),
        (id, AttemptId::from_bytes([9; 16]), "an unknown attempt is not joined"),
    ] {
        conflict(&bench.apply(host, join(attempt, Outcome::Done, now)).await, promise);
    }
    for (id, before) in known {
        holds(before.is_some(), "attempts are there", &id);
        same(&bench.by_ticket(id).await, &before, "a conflict changes nothing");
    }
}

/// An earlier attempt that never ended takes any outcome of a claimed one.
pub async fn an_earlier_attempt_that_never_ended_is_joined(bench: Bench) {
    let id = bench.added(1).await.id;
    bench.mark(id).await;
    let earlier = bench.offer(id).await.id;
    let host = bench.claim(id).await;
    let mark = bench.new_mark();
    let next = bench.new_attempt(&mark);
    bench.step(id, |lease| super::make::set_mark(lease, &mark)).await;
    bench.step(id, |lease| replace(lease, |lease| lease.attempt = Some(next))).await;
    let now = bench.clock.now();
    must(bench.apply(id, join(earlier, Outcome::Abandoned, now)).await);
    let (_, found) = must(bench.by_ticket(earlier).await.ok_or("the attempt is gone"));
    let closed = Some(Closed { at: now, outcome: Outcome::Abandoned, message: None });
    let expected = host.lease.attempt.map(|attempt| Attempt { closed, ..attempt });
    same(&Some(found), &expected, "an attempt that never ended takes the first outcome");
}
