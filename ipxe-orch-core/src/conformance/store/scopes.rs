//! Cases about grants: each holds for its scope, by lookup, list and write.

use super::{
    Bench,
    filled::event,
    holds,
    make::{edit, remove, replace},
    must, not_found, same,
};
use crate::{
    audit::AuditEntry,
    auth::{ChangeHosts, MarkHosts, ReadAudit, Scope, SeeHosts},
    host::HostSpec,
    ids::{AttemptId, HostId},
    lease::{Change, Hold, Limits, Outcome, Phase},
    names::{LabelKey, LabelValue},
    stores::{EventFilter, HostFilter, HostKey, HostRecord, OverdueFilter, PutGrant},
    time::Clock,
};
use std::{collections::BTreeMap, time::Duration};

fn labels(key: &str, value: &str) -> BTreeMap<LabelKey, LabelValue> {
    BTreeMap::from([(must(key.parse()), must(value.parse()))])
}

fn site(name: &str) -> Scope {
    Scope::Site(must(name.parse()))
}

/// Where and what a host is.
fn placed(spec: HostSpec, at: &str, role: &str) -> HostSpec {
    HostSpec { site: Some(must(at.parse())), labels: labels("role", role), ..spec }
}

/// Hosts 1 (north, role=web) and 2 (south, role=db), both marked; host 1 with an offer.
async fn two_hosts(bench: &Bench) -> [HostRecord; 2] {
    for (number, at, role) in [(1, "north", "web"), (2, "south", "db")] {
        let spec = placed(bench.spec(number), at, role);
        let put = bench.create(spec, Some(bench.new_mark()));
        must(bench.put(&[put]).await);
    }
    bench.offer(bench.host(1).await.id).await;
    [bench.host(1).await, bench.host(2).await]
}

fn attempt(host: &HostRecord) -> AttemptId {
    must(host.lease.attempt.as_ref().ok_or("no offer")).id
}

/// Scopes that hold for host 1 only.
fn scopes_of(host: &HostRecord) -> [Scope; 4] {
    [
        site("north"),
        Scope::Labels(labels("role", "web")),
        Scope::Host(host.id),
        Scope::Attempt(attempt(host)),
    ]
}

/// Hosts, marks, events, audit entries and what is overdue: only of the hosts in the scope.
pub async fn only_hosts_in_the_scope_are_seen(bench: Bench) {
    let [one, two] = two_hosts(&bench).await;
    let all = [Some(one.id), Some(two.id), None].map(|host| event(&bench, host));
    must(bench.store.record_events(&bench.recorder(), &all).await);
    // Entries about no host, or about one that is not registered, are for nobody in a scope.
    let unknown = Some(HostId::from_bytes([9; 16]));
    let others = [None, unknown].map(|host| AuditEntry { host, ..bench.entry("elsewhere") });
    must(bench.store.append_audit(&bench.recorder(), &others).await);
    let mark = |host: &HostRecord| must(host.lease.mark.as_ref().ok_or("no mark")).id;
    for scope in scopes_of(&one) {
        let promise = format!("only hosts in the scope are seen: {scope:?}");
        let (store, grant) = (&bench.store, bench.grant_within::<SeeHosts>(scope.clone()).await);
        let marks = bench.grant_within::<MarkHosts>(scope.clone()).await;
        let listed = must(store.list_hosts(&grant, &HostFilter::default()).await);
        same(&listed.hosts, &vec![one.clone()], &promise);
        let counted = must(store.count_hosts(&grant).await);
        same(&counted, &BTreeMap::from([(one.lease.state(), 1)]), &promise);
        for (host, seen) in [(&one, true), (&two, false)] {
            for key in [HostKey::Id(host.id), HostKey::Name(host.spec.name.clone())] {
                let found = must(store.lookup_host(&grant, &key).await);
                same(&found.as_ref(), &seen.then_some(host), &promise);
            }
            let found = must(store.lookup_mark(&marks, mark(host)).await);
            same(&found, &seen.then_some(host.id), &promise);
        }
        let events = must(store.list_events(&grant, &EventFilter::default()).await);
        same(&events, &vec![event(&bench, Some(one.id))], &promise);
        let later = bench.clock.now().plus(Duration::from_hours(2));
        let late = OverdueFilter::new(later, Limits::default().claim_wait);
        let late = must(store.list_overdue(&grant, &late).await);
        let late: Vec<_> = late.iter().map(|overdue| overdue.host).collect();
        same(&late, &vec![one.id], &promise);
        same(&audited(&bench, scope).await, &vec![Some(one.id); 2], &promise);
    }
}

/// The hosts of the entries that are shown within a scope.
async fn audited(bench: &Bench, scope: Scope) -> Vec<Option<HostId>> {
    let grant = bench.grant_within::<ReadAudit>(scope).await;
    let entries = must(bench.store.read_audit(&grant, None, 100).await);
    entries.iter().map(|e| must(serde_json::from_str::<AuditEntry>(&e.text)).host).collect()
}

/// Neither a lease nor a host outside of the scope is written, and nothing is moved out of it.
pub async fn only_hosts_in_the_scope_are_written(bench: Bench) {
    let [one, two] = two_hosts(&bench).await;
    let (store, epoch) = (&bench.store, must(bench.store.epoch().await));
    let entry = bench.entry("outside");
    let held = |host: &HostRecord| {
        let hold = Hold { by: "ann".to_owned(), at: bench.clock.now(), reason: None };
        Change { host: host.id, write: replace(&host.lease, |next| next.held = Some(hold)) }
    };
    for scope in scopes_of(&one) {
        let promise = format!("only hosts in the scope are written: {scope:?}");
        let grant = bench.grant_within::<MarkHosts>(scope.clone()).await;
        not_found(&store.apply(&grant.write(), epoch, &held(&two), Some(&entry)).await, &promise);
        let grant = PutGrant::from(bench.grant_within::<ChangeHosts>(scope.clone()).await);
        let moved = |host: &HostRecord, at: &str| {
            [(edit(host, placed(host.spec.clone(), at, at)), entry.clone())]
        };
        not_found(&store.put_hosts(&grant, epoch, &moved(&two, "north")).await, &promise);
        if matches!(scope, Scope::Site(_) | Scope::Labels(_)) {
            let promise = format!("no host is moved out of the scope: {scope:?}");
            not_found(&store.put_hosts(&grant, epoch, &moved(&one, "south")).await, &promise);
            let spec = placed(bench.spec(3), "south", "db");
            let new = [(bench.create(spec, None), entry.clone())];
            let promise = format!("no host is created outside of the scope: {scope:?}");
            not_found(&store.put_hosts(&grant, epoch, &new).await, &promise);
        }
    }
    let now = [bench.host(1).await, bench.host(2).await];
    same(&now, &[one.clone(), two], "what is outside of the scope is not written");
    let actions = bench.actions().await;
    holds(!actions.contains(&entry.action), "a write that is refused leaves no entry", &actions);
    let grant = bench.grant_within::<MarkHosts>(site("north")).await;
    must(store.apply(&grant.write(), epoch, &held(&one), Some(&entry)).await);
}

/// A host that is idle is removed only by whoever may change it.
pub async fn only_hosts_in_the_scope_are_removed(bench: Bench) {
    let spec = placed(bench.spec(1), "north", "web");
    must(bench.put(&[bench.create(spec, None)]).await);
    let host = bench.host(1).await;
    let puts = [(remove(&host), bench.entry("host.remove"))];
    let epoch = must(bench.store.epoch().await);
    let south = PutGrant::from(bench.grant_within::<ChangeHosts>(site("south")).await);
    let refused = bench.store.put_hosts(&south, epoch, &puts).await;
    not_found(&refused, "a host outside of the scope is not removed");
    same(&bench.host(1).await, &host, "a host outside of the scope is not removed");
    let north = PutGrant::from(bench.grant_within::<ChangeHosts>(site("north")).await);
    must(bench.store.put_hosts(&north, epoch, &puts).await);
}

/// A new host with a mark is armed, and arming is marking: a grant to change hosts is not enough,
/// nor is one to mark the hosts of another site.
pub async fn only_who_may_mark_arms_a_new_host(bench: Bench) {
    let (store, epoch) = (&bench.store, must(bench.store.epoch().await));
    let spec = placed(bench.spec(3), "north", "web");
    let puts = [(bench.create(spec, Some(bench.new_mark())), bench.entry("host.create"))];
    let change = bench.grant::<ChangeHosts>().await;
    let south = bench.grant_within::<MarkHosts>(site("south")).await;
    for marks in [None, Some(south)] {
        let grant = PutGrant::new(change.clone(), marks);
        let refused = store.put_hosts(&grant, epoch, &puts).await;
        not_found(&refused, "a new host with a mark is created only by who may mark it");
    }
    let north = bench.grant_within::<MarkHosts>(site("north")).await;
    must(store.put_hosts(&PutGrant::new(change, Some(north)), epoch, &puts).await);
    same(&bench.host(3).await.lease.phase(), &Phase::Marked, "who may mark it arms a new host");
}

/// Whoever may do something at several sites may do it at each of them, and sees no other.
pub async fn a_scope_of_several_sites_is_each_of_them(bench: Bench) {
    let hosts = two_hosts(&bench).await;
    bench.added(3).await;
    let [one, two] = hosts.clone();
    let both = Scope::AnyOf(vec![site("north"), site("south")]);
    let web = Scope::Labels(labels("role", "web"));
    let nested = Scope::AnyOf(vec![Scope::AnyOf(vec![web]), Scope::Host(two.id)]);
    let events = [Some(one.id), None].map(|host| event(&bench, host));
    must(bench.store.record_events(&bench.recorder(), &events).await);
    let promise = "a scope of several scopes is each of them, and no more";
    for scope in [both, nested] {
        let (store, see) = (&bench.store, bench.grant_within::<SeeHosts>(scope.clone()).await);
        let listed = must(store.list_hosts(&see, &HostFilter::default()).await);
        same(&listed.hosts, &hosts.to_vec(), promise);
        let events = must(store.list_events(&see, &EventFilter::default()).await);
        same(&events, &vec![event(&bench, Some(one.id))], promise);
        let expected = [&one, &two, &one].map(|host| Some(host.id)).to_vec();
        same(&audited(&bench, scope).await, &expected, promise);
    }
    let none = bench.grant_within::<SeeHosts>(Scope::AnyOf(Vec::new())).await;
    let promise = "a scope of no scopes is empty";
    let listed = must(bench.store.list_hosts(&none, &HostFilter::default()).await);
    same(&listed.hosts, &vec![], promise);
    let events = must(bench.store.list_events(&none, &EventFilter::default()).await);
    same(&events, &vec![], promise);
}

/// A scope within another one: a host must be in both, for lists, lookups and writes. A scope of
/// none is empty.
pub async fn a_scope_within_another_one_is_both_of_them(bench: Bench) {
    let [one, two] = two_hosts(&bench).await;
    let events = [Some(one.id), Some(two.id)].map(|host| event(&bench, host));
    must(bench.store.record_events(&bench.recorder(), &events).await);
    let web = || Scope::Labels(labels("role", "web"));
    let either = || Scope::AnyOf(vec![site("north"), site("south")]);
    let north = [
        Scope::AllOf(vec![site("north"), web()]),
        Scope::AllOf(vec![web(), either()]),
        Scope::AllOf(vec![Scope::All, Scope::AllOf(vec![either(), Scope::Host(one.id)])]),
        Scope::AnyOf(vec![Scope::AllOf(vec![site("south"), web()]), site("north")]),
    ];
    let none = [
        Scope::AllOf(vec![site("south"), web()]),
        Scope::AllOf(vec![site("north"), site("south")]),
        Scope::AllOf(vec![site("north"), Scope::AnyOf(Vec::new())]),
        Scope::AllOf(Vec::new()),
    ];
    let scopes = north.into_iter().map(|scope| (scope, true));
    for (scope, seen) in scopes.chain(none.into_iter().map(|scope| (scope, false))) {
        let promise = format!("a host must be in all scopes of a list: {scope:?}");
        let (store, see) = (&bench.store, bench.grant_within::<SeeHosts>(scope.clone()).await);
        let listed = must(store.list_hosts(&see, &HostFilter::default()).await);
        let expected: Vec<_> = seen.then(|| one.clone()).into_iter().collect();
        same(&listed.hosts, &expected, &promise);
        for (host, there) in [(&one, seen), (&two, false)] {
            for key in [HostKey::Id(host.id), HostKey::Name(host.spec.name.clone())] {
                let found = must(store.lookup_host(&see, &key).await);
                same(&found.as_ref(), &there.then_some(host), &promise);
            }
        }
        let filter = HostFilter { labels: labels("role", "web"), ..HostFilter::default() };
        let filtered = must(store.list_hosts(&see, &filter).await);
        same(&filtered.hosts, &expected, &promise);
        let events = must(store.list_events(&see, &EventFilter::default()).await);
        same(&events.len(), &usize::from(seen), &promise);
        let entries = if seen { vec![Some(one.id); 2] } else { Vec::new() };
        same(&audited(&bench, scope.clone()).await, &entries, &promise);
        let epoch = must(store.epoch().await);
        let grant = PutGrant::from(bench.grant_within::<ChangeHosts>(scope).await);
        let remove = [(remove(&two), bench.entry("outside"))];
        not_found(&store.put_hosts(&grant, epoch, &remove).await, &promise);
    }
}

/// A ticket shows its attempt; a machine its own attempts; nobody those of others.
pub async fn a_ticket_shows_its_own_attempt_only(bench: Bench) {
    let one = bench.added(1).await;
    let earlier = bench.installed(one.id, Outcome::Failed).await;
    bench.mark(one.id).await;
    let latest = bench.offer(one.id).await.id;
    let (store, host) = (&bench.store, bench.by_id(one.id).await);
    let machine = bench.machine(one.id).await;
    let promise = "a ticket shows its own attempt, and a machine all of its own";
    for (id, other) in [(earlier, latest), (latest, earlier)] {
        let own = bench.opened(id).await;
        let found = must(store.lookup_attempt(&own, id).await);
        let found = found.map(|(host, attempt)| (host, attempt.id));
        same(&found, &Some((host.clone(), id)), promise);
        let foreign = must(store.lookup_attempt(&own, other).await);
        same(&foreign, &None, "a ticket does not show another attempt of its host");
        let found = must(store.lookup_attempt(&machine, id).await);
        same(&found.map(|(_, attempt)| attempt.id), &Some(id), promise);
    }
    let foreign = bench.opened(AttemptId::from_bytes([9; 16])).await;
    same(&must(store.lookup_attempt(&foreign, latest).await), &None, promise);
    same(&must(store.lookup_boot(&foreign, one.id).await), &None, promise);
    let stranger = bench.machine(HostId::from_bytes([9; 16])).await;
    for id in [earlier, latest] {
        let found = must(store.lookup_attempt(&stranger, id).await);
        same(&found, &None, "a machine does not show the attempts of another one");
    }
    same(&must(store.lookup_boot(&stranger, one.id).await), &None, "a machine shows itself alone");
}
