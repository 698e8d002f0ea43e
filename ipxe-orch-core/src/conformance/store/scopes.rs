//! A grant holds for its scope and its action: by lookup, list and write.

use super::{
    Bench,
    audit::entries,
    bench::{must, origin},
};
use crate::{
    audit::AuditEntry,
    auth::{ChangeHosts, MarkHosts, ReadAudit, Scope, SeeHosts},
    ids::{AttemptId, HostId, ImageGeneration, MarkId},
    lease::{Change, Event, Hold, Inputs, Limits, Mark, Phase, decide},
    names::{LabelKey, LabelValue},
    stores::{
        BootEvent, BootEventKind, EventFilter, HostFilter, HostKey, HostRecord, OverdueFilter,
        PutGrant, PutHost, StoreError,
    },
    time::Clock,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

fn labels(key: &str, value: &str) -> BTreeMap<LabelKey, LabelValue> {
    BTreeMap::from([(must(key.parse()), must(value.parse()))])
}

/// Hosts 1 (north, role=web) and 2 (south, role=db), both marked; host 1 with an offer.
async fn two_hosts(bench: &Bench) -> [HostRecord; 2] {
    bench.profile("boot").await;
    for (number, site, role) in [(1, "north", "web"), (2, "south", "db")] {
        let host = bench.register(number, true).await;
        let mut spec = host.spec.clone();
        spec.site = Some(must(site.parse()));
        spec.labels = labels("role", role);
        let put = PutHost::Edit { id: host.id, generation: host.lease.generation, spec };
        let (grant, epoch) = (bench.put_grant().await, must(bench.store.epoch().await));
        must(bench.store.put_hosts(&grant, epoch, &[(put, bench.entry("host.edit"))]).await);
    }
    bench.boot(bench.host(1).await.id, 1).await;
    [bench.host(1).await, bench.host(2).await]
}

fn hold(bench: &Bench, host: &HostRecord) -> Change {
    let hold = Event::Hold(Hold { by: "ann".to_owned(), at: bench.clock.now(), reason: None });
    let limits = Limits::default();
    let verdict = decide(&host.lease, &hold, None, bench.clock.now(), &limits);
    let verdict = must(verdict.ok_or("no row"));
    must(verdict.change(host.id, Inputs::default()).ok_or("no change"))
}

fn attempt(host: &HostRecord) -> AttemptId {
    must(host.lease.attempt.as_ref().ok_or("no offer")).id
}

/// Scopes that hold for host 1 only.
fn scopes_of(host: &HostRecord) -> [Scope; 4] {
    [
        Scope::Site(must("north".parse())),
        Scope::Labels(labels("role", "web")),
        Scope::Host(host.id),
        Scope::Attempt(attempt(host)),
    ]
}

fn event(bench: &Bench, host: Option<HostId>) -> BootEvent {
    BootEvent {
        at: bench.clock.now(),
        host,
        host_name: None,
        attempt: None,
        origin: origin(),
        kind: BootEventKind::Local,
        alert: false,
    }
}

/// Hosts, marks, events, audit entries and what is overdue: only of the hosts in the scope.
pub async fn only_hosts_in_the_scope_are_seen(bench: Bench) {
    let [one, two] = two_hosts(&bench).await;
    let all = [Some(one.id), Some(two.id), None].map(|host| event(&bench, host));
    must(bench.store.record_events(&bench.recorder(), &all).await);
    let mark = |host: &HostRecord| must(host.lease.mark.as_ref().ok_or("no mark")).id;
    for scope in scopes_of(&one) {
        let (store, grant) = (&bench.store, bench.grant_within::<SeeHosts>(scope.clone()).await);
        let marks = bench.grant_within::<MarkHosts>(scope.clone()).await;
        let listed = must(store.list_hosts(&grant, &HostFilter::default()).await);
        assert!(listed.hosts.iter().eq([&one]), "{scope:?}: {listed:?}");
        for (host, seen) in [(&one, true), (&two, false)] {
            for key in [HostKey::Id(host.id), HostKey::Name(host.spec.name.clone())] {
                let found = must(store.lookup_host(&grant, &key).await);
                assert_eq!(found.is_some(), seen, "{scope:?}");
            }
            let found = must(store.lookup_mark(&marks, mark(host)).await);
            assert_eq!(found, seen.then_some(host.id), "{scope:?}");
        }
        let events = must(store.list_events(&grant, &EventFilter::default()).await);
        assert_eq!(events, [event(&bench, Some(one.id))], "{scope:?}");
        let later = bench.clock.now().plus(Duration::from_hours(48));
        let late = OverdueFilter::new(later, Limits::default().claim_wait);
        let late = must(store.list_overdue(&grant, &late).await);
        assert!(late.iter().map(|overdue| overdue.host).eq([one.id]), "{scope:?}: {late:?}");
        let audit = bench.grant_within::<ReadAudit>(scope.clone()).await;
        let entries = must(store.read_audit(&audit, None, 100).await);
        let entries = entries.iter().map(|e| must(serde_json::from_str::<AuditEntry>(&e.text)));
        let hosts: Vec<_> = entries.map(|entry| entry.host).collect();
        assert!(!hosts.is_empty() && hosts.iter().all(|h| *h == Some(one.id)), "{scope:?}");
    }
}

/// Neither a lease nor a host outside of the scope is written, and nothing is moved out of it.
pub async fn only_hosts_in_the_scope_are_written(bench: Bench) {
    let [one, two] = two_hosts(&bench).await;
    let (store, epoch) = (&bench.store, must(bench.store.epoch().await));
    let entry = bench.entry("outside");
    for scope in scopes_of(&one) {
        let grant = bench.grant_within::<MarkHosts>(scope.clone()).await;
        not_found(&store.apply(&grant.write(), epoch, &hold(&bench, &two), &entry).await);
        let grant = PutGrant::from(bench.grant_within::<ChangeHosts>(scope.clone()).await);
        let edit = |host: &HostRecord, site: &str| {
            let mut spec = host.spec.clone();
            spec.site = Some(must(site.parse()));
            spec.labels = labels("role", site);
            let put = PutHost::Edit { id: host.id, generation: host.lease.generation, spec };
            [(put, entry.clone())]
        };
        not_found(&store.put_hosts(&grant, epoch, &edit(&two, "north")).await);
        if matches!(scope, Scope::Site(_) | Scope::Labels(_)) {
            not_found(&store.put_hosts(&grant, epoch, &edit(&one, "south")).await);
        }
    }
    assert_eq!([bench.host(1).await, bench.host(2).await], [one.clone(), two]);
    assert!(entries(&bench).await.iter().all(|other| other.action != entry.action));
    let grant = bench.grant_within::<MarkHosts>(Scope::Site(must("north".parse()))).await;
    must(store.apply(&grant.write(), epoch, &hold(&bench, &one), &entry).await);
}

/// A new host with a mark is armed, and arming is marking: a grant to change hosts is not enough,
/// nor is one to mark the hosts of another site.
pub async fn only_who_may_mark_arms_a_new_host(bench: Bench) {
    let [one, _] = two_hosts(&bench).await;
    let mark = must(one.lease.mark.clone().ok_or("no mark"));
    let mark = Mark { id: MarkId::from_bytes([7; 16]), ..mark };
    let mut spec = bench.spec(3);
    spec.site = Some(must("north".parse()));
    let create = PutHost::Create {
        id: HostId::from_bytes([3; 16]),
        spec,
        image_generation: ImageGeneration::default(),
        image_key: None,
        mark: Some(Box::new(mark)),
    };
    let (store, epoch) = (&bench.store, must(bench.store.epoch().await));
    let puts = [(create, bench.entry("host.create"))];
    let at = |site: &str| Scope::Site(must(site.parse()));
    let change = bench.grant::<ChangeHosts>().await;
    let south = bench.grant_within::<MarkHosts>(at("south")).await;
    for marks in [None, Some(south)] {
        let grant = PutGrant::new(change.clone(), marks);
        not_found(&store.put_hosts(&grant, epoch, &puts).await);
    }
    let north = bench.grant_within::<MarkHosts>(at("north")).await;
    must(store.put_hosts(&PutGrant::new(change, Some(north)), epoch, &puts).await);
    assert_eq!(bench.host(3).await.lease.phase(), Phase::Marked);
}

/// Whoever may do something at several sites may do it at each of them, and sees no other.
pub async fn a_scope_of_several_sites_is_each_of_them(bench: Bench) {
    let hosts = two_hosts(&bench).await;
    bench.register(3, false).await;
    let at = |site: &str| Scope::Site(must(site.parse()));
    let both = Scope::AnyOf(vec![at("north"), at("south")]);
    let nested = Scope::AnyOf(vec![
        Scope::AnyOf(vec![Scope::Labels(labels("role", "web"))]),
        Scope::Host(hosts[1].id),
    ]);
    for scope in [both, nested] {
        let (store, see) = (&bench.store, bench.grant_within::<SeeHosts>(scope.clone()).await);
        let listed = must(store.list_hosts(&see, &HostFilter::default()).await);
        assert!(listed.hosts.iter().eq(&hosts), "{scope:?}: {listed:?}");
        let all = [Some(hosts[0].id), None].map(|host| event(&bench, host));
        must(store.record_events(&bench.recorder(), &all).await);
        let events = must(store.list_events(&see, &EventFilter::default()).await);
        assert!(!events.is_empty() && events.iter().all(|e| e.host.is_some()), "{scope:?}");
        let audit = bench.grant_within::<ReadAudit>(scope.clone()).await;
        let entries = must(store.read_audit(&audit, None, 100).await);
        let seen = entries.iter().map(|e| must(serde_json::from_str::<AuditEntry>(&e.text)).host);
        let seen: BTreeSet<_> = seen.collect();
        assert_eq!(seen, hosts.iter().map(|host| Some(host.id)).collect(), "{scope:?}");
    }
    let none = bench.grant_within::<SeeHosts>(Scope::AnyOf(Vec::new())).await;
    assert_eq!(must(bench.store.list_hosts(&none, &HostFilter::default()).await).hosts, []);
    assert_eq!(must(bench.store.list_events(&none, &EventFilter::default()).await), []);
}

#[track_caller]
fn not_found(result: &Result<(), StoreError>) {
    assert!(matches!(result, Err(StoreError::NotFound)), "{result:?}");
}

/// A ticket shows its attempt; a machine its own attempts; nobody those of others.
pub async fn a_ticket_shows_its_own_attempt_only(bench: Bench) {
    let [one, _] = two_hosts(&bench).await;
    let (store, id) = (&bench.store, attempt(&one));
    let own = bench.opened(id).await;
    let found = must(store.lookup_attempt(&own, id).await);
    assert_eq!(found.map(|(host, attempt)| (host, attempt.id)), Some((one.clone(), id)));
    let foreign = bench.opened(AttemptId::from_bytes([9; 16])).await;
    assert_eq!(must(store.lookup_attempt(&foreign, id).await), None);
    assert_eq!(must(store.lookup_boot(&foreign, one.id).await), None);
    let machine = bench.machine(one.id).await;
    assert!(must(store.lookup_attempt(&machine, id).await).is_some());
    let stranger = bench.machine(HostId::from_bytes([9; 16])).await;
    assert_eq!(must(store.lookup_attempt(&stranger, id).await), None);
}

/// Events come by their time, whenever they were recorded.
pub async fn the_newest_event_comes_first(bench: Bench) {
    let at = |seconds| {
        let at = bench.clock.now().plus(Duration::from_secs(seconds));
        BootEvent { at, ..event(&bench, None) }
    };
    must(bench.store.record_events(&bench.recorder(), &[at(2), at(3)]).await);
    must(bench.store.record_events(&bench.recorder(), &[at(1)]).await);
    let all = must(bench.store.list_events(&bench.grant().await, &EventFilter::default()).await);
    assert_eq!(all, [at(3), at(2), at(1)]);
}
