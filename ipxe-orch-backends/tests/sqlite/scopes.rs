//! A grant holds for its scope: by lookup, list and write.

use crate::common::{actions, bench, folder};
use async_trait::async_trait;
use ipxe_orch_core::{
    auth::{
        AccessRequest, Actor, Authorizer, ChangeHosts, Decision, Granted, MarkHosts, Origin,
        Permission, ReadAudit, Scope, SeeHosts, authorize,
    },
    conformance::Bench,
    ids::{AttemptId, HostId},
    lease::{Change, Event, Hold, Inputs, Limits, decide},
    names::{LabelKey, LabelValue},
    stores::{
        AuditLog as _, BootEvent, BootEventKind, EventFilter, HostFilter, HostKey, HostRecord,
        InventoryStore as _, PutHost, Store, StoreError,
    },
    time::{Clock as _, Timestamp},
};
use std::collections::BTreeMap;

/// Allows everything in one scope.
struct Within(Scope);

#[async_trait]
impl Authorizer for Within {
    async fn decide(&self, _: &AccessRequest<'_>) -> Result<Decision, StoreError> {
        Ok(Decision::Allow(self.0.clone()))
    }
}

async fn granted<P: Permission>(scope: &Scope) -> Granted<P> {
    let ann = Actor::User { name: "ann".to_owned(), groups: Vec::new() };
    authorize(&Within(scope.clone()), &ann).await.unwrap()
}

fn labels(key: &str, value: &str) -> BTreeMap<LabelKey, LabelValue> {
    BTreeMap::from([(key.parse().unwrap(), value.parse().unwrap())])
}

/// Hosts 1 (north, role=web) and 2 (south, role=db), both marked; host 1 with an offer.
async fn two_hosts(store: &dyn Store, bench: &Bench) -> [HostRecord; 2] {
    bench.profile("boot").await;
    for (number, site, role) in [(1, "north", "web"), (2, "south", "db")] {
        let host = bench.register(number, true).await;
        let mut spec = host.spec.clone();
        spec.site = Some(site.parse().unwrap());
        spec.labels = labels("role", role);
        let put = PutHost::Edit { id: host.id, generation: host.lease.generation, spec };
        let (grant, epoch) = (bench.grant().await, store.epoch().await.unwrap());
        store.put_hosts(&grant, epoch, &[(put, bench.entry("host.edit"))]).await.unwrap();
    }
    bench.boot(bench.host(1).await.id, 1).await;
    [bench.host(1).await, bench.host(2).await]
}

fn hold(bench: &Bench, host: &HostRecord) -> Change {
    let hold = Event::Hold(Hold { by: "ann".to_owned(), at: bench.clock.now(), reason: None });
    let limits = Limits::default();
    let verdict = decide(&host.lease, &hold, None, bench.clock.now(), &limits).unwrap();
    verdict.change(host.id, Inputs::default()).unwrap()
}

/// Scopes that hold for host 1 only.
fn scopes_of(host: &HostRecord) -> [Scope; 4] {
    [
        Scope::Site("north".parse().unwrap()),
        Scope::Labels(labels("role", "web")),
        Scope::Host(host.id),
        Scope::Attempt(host.lease.attempt.as_ref().unwrap().id),
    ]
}

#[tokio::test]
async fn only_hosts_in_the_scope_are_seen() {
    let folder = folder();
    let (store, bench) = bench(folder.path()).await;
    let [one, two] = two_hosts(store.as_ref(), &bench).await;
    let event = |host| BootEvent {
        at: Timestamp::from_millis(1),
        host,
        host_name: None,
        attempt: None,
        origin: Origin::default(),
        kind: BootEventKind::Local,
        alert: false,
    };
    store.record_events(&[event(Some(one.id)), event(Some(two.id)), event(None)]).await.unwrap();
    for scope in scopes_of(&one) {
        let grant = granted::<SeeHosts>(&scope).await;
        let listed = store.list_hosts(&grant, &HostFilter::default()).await.unwrap();
        assert!(listed.hosts.iter().eq([&one]), "{scope:?}: {listed:?}");
        for (host, seen) in [(&one, true), (&two, false)] {
            let found = store.lookup_host(&grant, &HostKey::Id(host.id)).await.unwrap();
            assert_eq!(found.is_some(), seen, "{scope:?}");
            let found = store.lookup_host(&grant, &HostKey::Name(host.spec.name.clone())).await;
            assert_eq!(found.unwrap().is_some(), seen, "{scope:?}");
        }
        let mark = |host: &HostRecord| host.lease.mark.as_ref().unwrap().id;
        assert_eq!(store.lookup_mark(&grant, mark(&one)).await.unwrap(), Some(one.id));
        assert_eq!(store.lookup_mark(&grant, mark(&two)).await.unwrap(), None, "{scope:?}");
        let events = store.list_events(&grant, &EventFilter::default()).await.unwrap();
        assert_eq!(events, [event(Some(one.id))], "{scope:?}");
        let audit = granted::<ReadAudit>(&scope).await;
        let entries = store.read_audit(&audit, None, 100).await.unwrap();
        let of_one = |text: &str| text.contains(&one.id.to_string());
        assert!(!entries.is_empty() && entries.iter().all(|e| of_one(&e.text)), "{scope:?}");
    }
}

#[tokio::test]
async fn only_hosts_in_the_scope_are_written() {
    let folder = folder();
    let (store, bench) = bench(folder.path()).await;
    let [one, two] = two_hosts(store.as_ref(), &bench).await;
    let (epoch, entry) = (store.epoch().await.unwrap(), bench.entry("outside"));
    for scope in scopes_of(&one) {
        let grant = granted::<MarkHosts>(&scope).await;
        let error = store.apply(&grant, epoch, &hold(&bench, &two), &entry).await;
        assert!(matches!(error, Err(StoreError::NotFound)), "{scope:?}: {error:?}");
        let grant = granted::<ChangeHosts>(&scope).await;
        let edit = |host: &HostRecord, site: &str| {
            let mut spec = host.spec.clone();
            spec.site = Some(site.parse().unwrap());
            spec.labels = labels("role", site);
            let put = PutHost::Edit { id: host.id, generation: host.lease.generation, spec };
            [(put, entry.clone())]
        };
        let foreign = store.put_hosts(&grant, epoch, &edit(&two, "north")).await;
        assert!(matches!(foreign, Err(StoreError::NotFound)), "{scope:?}: {foreign:?}");
        if matches!(scope, Scope::Site(_) | Scope::Labels(_)) {
            let away = store.put_hosts(&grant, epoch, &edit(&one, "south")).await;
            assert!(matches!(away, Err(StoreError::NotFound)), "{scope:?}: {away:?}");
        }
    }
    let reader = granted::<SeeHosts>(&Scope::All).await;
    let error = store.apply(&reader, epoch, &hold(&bench, &one), &entry).await;
    assert!(matches!(error, Err(StoreError::NotFound)), "who may see may not write: {error:?}");
    assert_eq!([bench.host(1).await, bench.host(2).await], [one.clone(), two]);
    assert!(!actions(store.as_ref(), &bench).await.contains(&entry.action));
    let [site, ..] = scopes_of(&one);
    let grant = granted::<MarkHosts>(&site).await;
    store.apply(&grant, epoch, &hold(&bench, &one), &entry).await.unwrap();
}

#[tokio::test]
async fn a_ticket_shows_its_own_attempt_only() {
    let folder = folder();
    let (store, bench) = bench(folder.path()).await;
    let [one, _] = two_hosts(store.as_ref(), &bench).await;
    let attempt = one.lease.attempt.clone().unwrap();
    let opened = async |id: AttemptId| {
        let ticket = bench.ticket(id).await;
        let tickets = ipxe_orch_core::boot::Tickets::new(bench.keys.as_ref());
        tickets.open(&ticket).await.unwrap().unwrap().1
    };
    let own = store.lookup_attempt(&opened(attempt.id).await, attempt.id).await.unwrap();
    assert_eq!(own, Some((one.clone(), attempt.clone())));
    let foreign = opened(AttemptId::from_bytes([9; 16])).await;
    assert_eq!(store.lookup_attempt(&foreign, attempt.id).await.unwrap(), None);
    assert_eq!(store.lookup_boot(&foreign, one.id).await.unwrap(), None);
    let stranger = bench.machine(HostId::from_bytes([9; 16])).await;
    assert_eq!(store.lookup_attempt(&stranger, attempt.id).await.unwrap(), None);
}
