//! Cases about what is there after a restart: the store is dropped, and its data opened again.

use super::{
    Bench, conflict,
    filled::{Filled, values},
    make::{cancel, edit, join, replace_with, set_mark},
    must, same, taken,
    view::View,
};
use crate::{
    audit::ChainHead,
    lease::{Claim, Outcome},
    stores::PutHost,
    time::Clock,
};

/// The bench after a restart, what was stored, and what was shown before and is shown now.
async fn reopened(bench: Bench) -> (Bench, Filled, View, View) {
    let filled = Filled::new(&bench).await;
    let before = View::of(&bench, &filled).await;
    let bench = bench.reopened().await;
    let now = View::of(&bench, &filled).await;
    (bench, filled, before, now)
}

/// Hosts, with each field, and that some were removed.
pub async fn hosts_are_there_after_reopening(bench: Bench) {
    let (_, _, before, now) = reopened(bench).await;
    same(&now.hosts, &before.hosts, "hosts are there after reopening");
    same(&now.found, &before.found, "hosts are looked up after reopening as before");
    same(&now.epoch, &before.epoch, "reopening is no restore: the epoch stays");
}

/// Marks, those that stand and those that ended.
pub async fn marks_are_there_after_reopening(bench: Bench) {
    let (_, _, before, now) = reopened(bench).await;
    same(&now.marks, &before.marks, "marks are there after reopening");
    same(&now.overdue, &before.overdue, "what is overdue is so after reopening");
}

/// Attempts, the latest and earlier ones, those of removed hosts too.
pub async fn attempts_are_there_after_reopening(bench: Bench) {
    let (_, _, before, now) = reopened(bench).await;
    same(&now.attempts, &before.attempts, "attempts are there after reopening");
}

/// A mark that was claimed is not claimed again after a restart.
pub async fn claims_are_there_after_reopening(bench: Bench) {
    let (bench, ..) = reopened(bench).await;
    let (four, now) = (bench.host(4).await, bench.clock.now());
    let running = must(four.lease.attempt.clone().ok_or("host 4 has no attempt"));
    let claim = Claim { id: bench.claim_id(), at: now, by_report: false, from: None };
    let claimed = Some((running.mark, running.id));
    let again = replace_with(&four.lease, None, claimed, |next| {
        if let Some(attempt) = &mut next.attempt {
            attempt.claim = Some(claim);
        }
    });
    conflict(&bench.apply(four.id, again).await, "claims are there after reopening");
}

/// Profiles, each version and which one is current; defaults with their generation.
pub async fn profiles_and_defaults_are_there_after_reopening(bench: Bench) {
    let (bench, _, before, now) = reopened(bench).await;
    same(&now.profiles, &before.profiles, "profiles are there after reopening");
    same(&now.versions, &before.versions, "versions of profiles are there after reopening");
    same(&now.defaults, &before.defaults, "defaults are there after reopening");
    same(&now.policies, &before.policies, "policies are there after reopening");
    let stale = bench.set(&values(None, 0, "x")).await;
    conflict(&stale, "the generation of defaults is there after reopening");
    must(bench.set(&values(None, 2, "x")).await);
}

/// The audit with its chain and head, which goes on where it was.
pub async fn the_audit_goes_on_after_reopening(bench: Bench) {
    let (bench, _, before, now) = reopened(bench).await;
    same(&now.audit, &before.audit, "the audit is there after reopening");
    same(&now.head, &before.head, "the head of the chain is there after reopening");
    same(&now.has_heads, &true, "each head that the chain had is there after reopening");
    bench.added(99).await;
    let later = bench.audit().await;
    same(&later.len(), &(before.audit.len() + 1), "the audit goes on after reopening");
    let head = must(bench.store.head(&bench.grant().await).await);
    let expected = later.last().map(ChainHead::after);
    same(&Some(head), &expected, "the chain goes on after reopening");
}

/// No id that was ever used is used after a restart, and what is stale is a conflict still.
pub async fn rules_hold_after_reopening(bench: Bench) {
    let filled = Filled::new(&bench).await;
    let seen = bench.host(2).await;
    let mark = must(seen.lease.mark.clone().ok_or("host 2 has no mark"));
    bench.step(seen.id, |lease| cancel(lease, bench.clock.now())).await;
    let bench = bench.reopened().await;
    let promise = "what was used before a restart is used after it";
    let one = bench.host(1).await;
    taken(&bench.apply(one.id, set_mark(&one.lease, &mark)).await, &[], promise);
    for id in &filled.hosts {
        let create = PutHost::Create {
            id: *id,
            spec: bench.spec(99),
            image_generation: one.image_generation,
            image_key: None,
            mark: None,
        };
        taken(&bench.put(&[create]).await, &[], promise);
    }
    for number in [1, 2, 6] {
        let mut spec = bench.spec(98);
        spec.nics = bench.spec(number).nics;
        taken(&bench.put(&[bench.create(spec, None)]).await, &[&format!("host{number}")], promise);
    }
    for attempt in &filled.attempts {
        let again = crate::lease::Attempt { id: *attempt, ..bench.new_attempt(&mark) };
        let write = replace_with(&one.lease, None, None, |next| next.attempt = Some(again));
        taken(&bench.apply(one.id, write).await, &[], promise);
    }
    let promise = "what was stale before a restart is so after it";
    conflict(&bench.put(&[edit(&seen, bench.spec(97))]).await, promise);
    conflict(&bench.apply(seen.id, set_mark(&seen.lease, &bench.new_mark())).await, promise);
    let six = bench.host(6).await;
    let joined = filled.attempts.iter().rev().nth(2).copied();
    let joined = must(joined.ok_or("host 6 has no earlier attempt"));
    let worse = bench.apply(six.id, join(joined, Outcome::Failed, bench.clock.now())).await;
    conflict(&worse, "an outcome that was joined is there after reopening");
}
