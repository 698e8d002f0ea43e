//! Cases about policies, and about the places under their limits.

use super::{Bench, conflict, make::set_mark, must, not_found, race::Race, same};
use crate::{
    auth::{AccessGrant, Hosts, ManageAccess},
    ids::{Generation, HostId},
    lease::Mark,
    policy::{Count, Limit, Meter, Policy, PolicyRecord, PutPolicy, Rules},
    stores::{HostFilter, StoreError},
    time::Clock,
};

async fn access(bench: &Bench) -> AccessGrant {
    must(bench.grant::<ManageAccess>().await.access())
}

async fn put(bench: &Bench, change: &PutPolicy) -> Result<(), StoreError> {
    bench.store.put_policy(&access(bench).await, change, &bench.entry("policy.put")).await
}

async fn list(bench: &Bench) -> Vec<PolicyRecord> {
    must(bench.store.list_policies(&bench.grant().await).await)
}

/// A policy with something in every field.
fn policy(name: &str, limit: Option<Limit>) -> Policy {
    let newer = [("newer".to_owned(), serde_json::json!({ "a": [1] }))];
    let rules = Rules {
        approval: true,
        reason: true,
        change_ref: true,
        limit,
        windows: vec![must("sat,sun 22:00-06:00 Europe/Berlin".parse())],
        other: newer.into(),
    };
    Policy { name: must(name.parse()), hosts: Hosts::Site(must("north".parse())), rules }
}

fn set(policy: Policy, seen: u64) -> PutPolicy {
    PutPolicy::Set { policy: Box::new(policy), seen: Generation(seen) }
}

fn unset(name: &str, seen: u64) -> PutPolicy {
    PutPolicy::Remove { name: must(name.parse()), seen: Generation(seen) }
}

fn record(policy: Policy, generation: u64) -> PolicyRecord {
    PolicyRecord { policy, generation: Generation(generation), meter: Meter::default() }
}

/// What is written comes back, in the order of names, with the next generation.
pub async fn policies_come_back_with_the_next_generation(bench: Bench) {
    same(&list(&bench).await, &vec![], "a new store has no policies");
    let limit = Some(Limit::hourly(20));
    for one in [policy("site-b", limit), policy("all", None), policy("site-a", limit)] {
        must(put(&bench, &set(one, 0)).await);
    }
    let other = Policy { hosts: Hosts::All, ..policy("site-b", None) };
    must(put(&bench, &set(other.clone(), 1)).await);
    let expected =
        [record(policy("all", None), 1), record(policy("site-a", limit), 1), record(other, 2)];
    let promise = "policies come back as they were written, in the order of their names";
    same(&list(&bench).await, &expected.to_vec(), promise);
    must(put(&bench, &unset("site-a", 1)).await);
    let [all, _, b] = expected;
    same(&list(&bench).await, &vec![all, b], "a policy that is removed is not there");
    same(&bench.actions().await.len(), &5, "each change leaves an entry");
}

/// A policy is changed only as it was looked at.
pub async fn only_a_policy_that_was_looked_at_is_changed(bench: Bench) {
    let promise = "a policy of another generation is a conflict";
    conflict(&put(&bench, &set(policy("all", None), 1)).await, promise);
    not_found(&put(&bench, &unset("all", 0)).await, "there is no policy to remove");
    for seen in [0, 1] {
        must(put(&bench, &set(policy("all", None), seen)).await);
    }
    for seen in [0, 1, 3] {
        conflict(&put(&bench, &set(policy("all", Some(Limit::hourly(1))), seen)).await, promise);
        conflict(&put(&bench, &unset("all", seen)).await, promise);
    }
    let stored = list(&bench).await;
    same(&stored, &vec![record(policy("all", None), 2)], "a conflict changes nothing");
    same(&bench.actions().await.len(), &2, "a conflict leaves no entry");
}

/// A grant over one person changes no policy.
pub async fn policies_are_changed_by_who_manages_access(bench: Bench) {
    let own = AccessGrant::own(&must("local/ann".parse()), bench.operator.actor().clone());
    let entry = bench.entry("policy.put");
    let refused = bench.store.put_policy(&own, &set(policy("all", None), 0), &entry).await;
    not_found(&refused, "a policy is for many: a grant over one person changes none");
    same(&list(&bench).await, &vec![], "what is refused changes nothing");
    same(&bench.actions().await, &vec![], "what is refused leaves no entry");
}

/// The policy `few`, with a limit, and the place that a mark takes of it.
async fn limited(bench: &Bench, installs: u32) -> Count {
    let limit = Limit { installs, seconds: 60 };
    must(put(bench, &set(policy("few", Some(limit)), 0)).await);
    Count { policy: must("few".parse()), limit }
}

fn counted(bench: &Bench, count: &Count) -> Mark {
    Mark { counts: vec![count.clone()], ..bench.new_mark() }
}

/// How often something was armed under the limit of the only policy.
async fn armed(bench: &Bench, limit: Limit) -> u32 {
    let all = list(bench).await;
    let record = must(all.first().ok_or("no policy"));
    limit.installs - record.meter.left(limit, bench.clock.now())
}

async fn mark(bench: &Bench, host: HostId, mark: &Mark) -> Result<(), StoreError> {
    let lease = bench.by_id(host).await.lease;
    bench.apply(host, set_mark(&lease, mark)).await
}

/// A mark takes a place with its write; without a place, nothing is written.
pub async fn a_mark_takes_a_place_of_its_limit(bench: Bench) {
    let count = limited(&bench, 2).await;
    let mut hosts = Vec::new();
    for number in 1..=4 {
        hosts.push(bench.added(number).await.id);
    }
    let [one, two, three, four] = must(<[HostId; 4]>::try_from(hosts).map_err(|_| "4 hosts"));
    must(mark(&bench, one, &counted(&bench, &count)).await);
    // A mark that counts for nothing takes no place.
    must(mark(&bench, two, &bench.new_mark()).await);
    must(mark(&bench, three, &counted(&bench, &count)).await);
    same(&armed(&bench, count.limit).await, &2, "each mark that counts takes one place");
    let (late, entries) = (counted(&bench, &count), bench.actions().await.len());
    is_limited(&mark(&bench, four, &late).await);
    same(&bench.by_id(four).await.lease.mark, &None, "what is refused marks nothing");
    same(&bench.actions().await.len(), &entries, "what is refused leaves no entry");
    bench.clock.advance(count.limit.period());
    let later = Mark { created_at: bench.clock.now(), ..late };
    must(mark(&bench, four, &later).await);
    same(&armed(&bench, count.limit).await, &1, "what is older than the period counts no more");
}

/// Without its policy a mark has no place; a changed policy keeps what was armed.
pub async fn a_changed_policy_keeps_what_was_armed(bench: Bench) {
    let count = limited(&bench, 2).await;
    let (one, two) = (bench.added(1).await.id, bench.added(2).await.id);
    must(mark(&bench, one, &counted(&bench, &count)).await);
    let fewer = Limit { installs: 1, ..count.limit };
    must(put(&bench, &set(policy("few", Some(fewer)), 1)).await);
    same(&armed(&bench, fewer).await, &1, "a changed policy keeps what was armed");
    let stale = put(&bench, &set(policy("few", None), 1)).await;
    conflict(&stale, "an order changes no generation of a policy, and an edit does");
    must(put(&bench, &unset("few", 2)).await);
    is_limited(&mark(&bench, two, &counted(&bench, &count)).await);
    must(put(&bench, &set(policy("few", Some(fewer)), 0)).await);
    same(&armed(&bench, fewer).await, &0, "a policy that was removed is forgotten");
}

/// New hosts of one call take their places together, or none is created.
pub async fn hosts_of_one_call_take_their_places_together(bench: Bench) {
    let count = limited(&bench, 3).await;
    let create = |number| bench.create(bench.spec(number), Some(counted(&bench, &count)));
    must(bench.put(&[create(1), create(2)]).await);
    is_limited(&bench.put(&[create(3), create(4)]).await);
    let listed = must(bench.store.list_hosts(&bench.grant().await, &HostFilter::default()).await);
    same(&listed.hosts.len(), &2, "hosts beyond a limit are not created");
    must(bench.put(&[create(3), bench.create(bench.spec(4), None)]).await);
    same(&armed(&bench, count.limit).await, &3, "each new host that counts takes one place");
}

/// Many marks at once, half of them by a second handle: as many are stored as there are places.
pub async fn no_place_of_a_limit_is_taken_twice(bench: Bench) {
    const PLACES: u32 = 3;
    let count = limited(&bench, PLACES).await;
    let race = Race::new(&bench).await;
    let mut leases = Vec::new();
    for number in 0..super::super::race::CALLERS {
        let host = bench.added(number).await;
        leases.push((host.id, host.lease));
    }
    let results = super::super::race::at_once(|caller| {
        let (id, lease) = must(leases.get(usize::from(caller)).ok_or("no host"));
        race.apply(caller, *id, set_mark(lease, &counted(&bench, &count)))
    })
    .await;
    let stored = results.iter().filter(|result| result.is_ok()).count();
    same(&stored, &must(usize::try_from(PLACES)), "as many are marked as there are places");
    same(&armed(&bench, count.limit).await, &PLACES, "each place is taken once");
    let mut marked = 0;
    for (id, _) in &leases {
        marked += usize::from(bench.by_id(*id).await.lease.mark.is_some());
    }
    same(&marked, &stored, "who was refused has marked nothing");
}

fn is_limited(result: &Result<(), StoreError>) {
    let is = matches!(result, Err(StoreError::Limited));
    super::holds(is, "a mark without a place is refused with `StoreError::Limited`", result);
}
