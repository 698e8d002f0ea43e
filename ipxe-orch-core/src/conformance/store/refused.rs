//! Cases about writes that are refused: nothing of them is kept, their entries neither.

use super::{
    Bench,
    filled::{Filled, values},
    holds,
    make::{count_offer, edit, join, offer, remove, replace_with, set_mark, take_claim},
    must, same,
    view::View,
};
use crate::{
    auth::{ChangeHosts, MarkHosts, Scope},
    ids::Epoch,
    lease::{Change, Claim, Outcome, Write},
    stores::{PutGrant, PutHost},
    time::Clock,
};

const PROMISE: &str = "nothing is kept of a write that is refused, its audit entry neither";

pub(super) fn other_epoch() -> Epoch {
    Epoch::from_bytes([0x5a; 16])
}

/// Of several hosts of which one is refused, nothing is kept: no other host, no mark, no entry, and
/// no discovered machine goes.
pub async fn nothing_is_kept_of_hosts_that_are_refused(bench: Bench) {
    let filled = Filled::new(&bench).await;
    let before = View::of(&bench, &filled).await;
    let (one, two) = (bench.host(1).await, bench.host(2).await);
    let used = must(two.lease.mark.clone().ok_or("host 2 has no mark"));
    let mut stale = one.clone();
    stale.lease.generation = one.lease.generation.next().next();
    let mut unknown = one.clone();
    unknown.id = bench.host_id();
    let other = || bench.spec(99);
    let discovered = must(before.discovered.first().ok_or("no machine is discovered")).host;
    let mut approved = bench.create(bench.spec(20), Some(bench.new_mark()));
    if let PutHost::Create { id, .. } = &mut approved {
        *id = discovered;
    }
    for bad in [
        bench.create(bench.spec(2), None),
        bench.create(other(), Some(used)),
        edit(&stale, bench.full_spec(1)),
        edit(&unknown, other()),
        remove(&two),
    ] {
        let good = [approved.clone(), edit(&one, bench.spec(21))];
        let [first, last] = good;
        for puts in [[first.clone(), last.clone(), bad.clone()], [bad.clone(), first, last]] {
            let refused = bench.put(&puts).await;
            holds(refused.is_err(), "a host that cannot be stored refuses the call", &bad);
            same(&View::of(&bench, &filled).await, &before, PROMISE);
        }
    }
    let puts = [(approved.clone(), bench.entry("host.test"))];
    let grant = bench.put_grant().await;
    let refused = bench.store.put_hosts(&grant, other_epoch(), &puts).await;
    holds(refused.is_err(), "a put of another epoch is refused", &refused);
    let grant = PutGrant::from(bench.grant::<ChangeHosts>().await);
    let refused = bench.store.put_hosts(&grant, before.epoch, &puts).await;
    holds(refused.is_err(), "a new host with a mark needs a grant to mark", &refused);
    same(&View::of(&bench, &filled).await, &before, PROMISE);
    must(bench.put(&[approved]).await);
}

/// Of a change of a lease that is refused, nothing is kept: no mark, no attempt, no claim, no entry.
pub async fn nothing_is_kept_of_a_change_that_is_refused(bench: Bench) {
    let filled = Filled::new(&bench).await;
    let before = View::of(&bench, &filled).await;
    let now = bench.clock.now();
    let (one, three, four) = (bench.host(1).await, bench.host(3).await, bench.host(4).await);
    let attempt = must(three.lease.attempt.clone().ok_or("host 3 has no offer"));
    let running = must(four.lease.attempt.clone().ok_or("host 4 has no attempt"));
    let used = must(three.lease.mark.clone().ok_or("host 3 has no mark"));
    let (new, claim) = (bench.new_mark(), bench.claim_id());
    // A new mark comes with an attempt, or a claim, that is refused.
    let mark_and = |claimed, attempt| {
        let next_mark = new.clone();
        replace_with(&one.lease, Some(new.id), claimed, move |next| {
            next.mark = Some(next_mark);
            next.attempt = Some(attempt);
        })
    };
    let with_claim = crate::lease::Attempt {
        claim: Some(Claim { id: claim, at: now, by_report: false, from: None }),
        ..bench.new_attempt(&new)
    };
    let second_claim = Some((running.mark, with_claim.id));
    let refused: Vec<(_, Write)> = vec![
        (one.id, set_mark(&three.lease, &new)),
        (one.id, set_mark(&one.lease, &used)),
        (one.id, mark_and(None, attempt.clone())),
        (one.id, mark_and(second_claim, with_claim)),
        (four.id, offer(&three.lease, &bench.new_attempt(&used))),
        (one.id, count_offer(&attempt, Some(now))),
        (four.id, count_offer(&running, Some(now))),
        (four.id, join(running.id, Outcome::Done, now)),
    ];
    for (host, write) in refused {
        let told = bench.apply(host, write.clone()).await;
        holds(told.is_err(), "a change that is not as expected is refused", &write);
        same(&View::of(&bench, &filled).await, &before, PROMISE);
    }
    let change = Change { host: three.id, write: take_claim(&three.lease, claim, now) };
    let (store, entry) = (&bench.store, bench.about(three.id));
    let grant = bench.write_grant().await;
    let late = store.apply(&grant, other_epoch(), &change, Some(&entry)).await;
    holds(late.is_err(), "a change of another epoch is refused", &late);
    let south = bench.grant_within::<MarkHosts>(Scope::Site(must("south".parse()))).await;
    let outside = store.apply(&south.write(), before.epoch, &change, Some(&entry)).await;
    holds(outside.is_err(), "a change of a host outside of the grant is refused", &outside);
    same(&View::of(&bench, &filled).await, &before, PROMISE);
    must(bench.apply(one.id, set_mark(&one.lease, &new)).await);
    must(bench.apply(three.id, change.write).await);
}

/// Of a profile or of defaults that are refused, nothing is kept.
pub async fn nothing_is_kept_of_values_that_are_refused(bench: Bench) {
    let mut filled = Filled::new(&bench).await;
    let version = must(bench.store.list_profiles(&bench.grant().await).await);
    let version = must(version.first().ok_or("no profile"));
    let definition = version.definition().replace("Plain", "Other");
    let files = version.templates().clone();
    let other = must(crate::profile::ProfileVersion::new(&definition, files));
    filled.versions.push((other.profile().name.clone(), other.digest()));
    let before = View::of(&bench, &filled).await;
    let north = bench.grant_within(Scope::Site(must("north".parse()))).await;
    let (store, entry) = (&bench.store, bench.entry("profile.test"));
    let told = store.put_profile(&north, &other, &entry).await;
    holds(told.is_err(), "a profile is stored by a grant for all hosts only", &told);
    let told = store.put_defaults(&north, &values(None, 2, "x"), &entry).await;
    holds(told.is_err(), "defaults are set by a grant for all hosts of their place only", &told);
    let told = bench.set(&values(None, 1, "x")).await;
    holds(told.is_err(), "defaults of another generation are refused", &told);
    same(&View::of(&bench, &filled).await, &before, PROMISE);
}
