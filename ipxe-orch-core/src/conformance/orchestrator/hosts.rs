//! Cases about hosts.

use super::{
    Bench,
    bench::{must, origin},
};
use crate::{
    auth::{Scope, SeeHosts},
    host::LocalBoot,
    ids::HostId,
    orchestrator::{HostInput, OrchestratorError},
    stores::{HostFilter, HostKey, HostRecord, PutHost, StoreError},
};

/// Every field of a host comes back as it was put.
pub async fn a_host_survives_as_it_was_put(bench: Bench) {
    let mut spec = bench.spec(1);
    spec.site = Some(must("north".parse()));
    spec.uuid = Some(uuid::Uuid::from_bytes([7; 16]));
    spec.serial = Some(must("SN 1".parse()));
    spec.labels.insert(must("role".parse()), must("web".parse()));
    spec.local_boot = LocalBoot::Drive(0x81);
    let second = bench.spec(2).nics;
    spec.nics.extend(second);
    let input = HostInput::new(spec.clone(), false);
    let plan = must(bench.orchestrator.plan_import(&bench.operator, &[input]).await);
    must(bench.orchestrator.import(&bench.operator, &plan).await);
    let host = bench.host(1).await;
    assert_eq!(host.spec, spec);
    assert_eq!(host.lease.generation.0, 1);
    let by_id = bench.store.lookup_host(&bench.grant().await, &HostKey::Id(host.id)).await;
    assert_eq!(must(by_id), Some(host.clone()));
    let machine = bench.machine(host.id).await;
    assert_eq!(must(bench.store.lookup_boot(&machine, host.id).await), Some(host));
}

/// Name, MAC and address (within a site) are unique, and an error names what is taken by whom.
pub async fn a_taken_name_mac_or_address_is_named(bench: Bench) {
    bench.register(1, false).await;
    let mut same_mac = bench.spec(2);
    same_mac.nics.clone_from(&bench.spec(1).nics);
    let mut same_address = bench.spec(2);
    for (nic, other) in same_address.nics.iter_mut().zip(bench.spec(1).nics) {
        nic.v4 = other.v4;
    }
    for (spec, what) in [(same_mac, "52:54:00:00:00:01"), (same_address.clone(), "10.0.1.15")] {
        let error = put(&bench, spec).await;
        let Err(OrchestratorError::Store(StoreError::AlreadyExists(text))) = error else {
            unexpected(&error)
        };
        assert!(text.contains(what) && text.contains("host1"), "{text}");
    }
    let mut elsewhere = same_address;
    elsewhere.site = Some(must("south".parse()));
    must(put(&bench, elsewhere).await);
}

/// One host that cannot be stored keeps all others out.
pub async fn an_import_is_all_or_nothing(bench: Bench) {
    bench.register(1, false).await;
    let mut clash = bench.spec(3);
    clash.nics.clone_from(&bench.spec(1).nics);
    let inputs = [HostInput::new(bench.spec(2), false), HostInput::new(clash, false)];
    let plan = must(bench.orchestrator.plan_import(&bench.operator, &inputs).await);
    assert!(bench.orchestrator.import(&bench.operator, &plan).await.is_err());
    let all = must(bench.store.list_hosts(&bench.grant().await, &HostFilter::default()).await);
    assert_eq!(all.hosts.len(), 1);
}

/// An edit writes only over what was edited.
pub async fn an_edit_of_an_old_generation_is_a_conflict(bench: Bench) {
    let host = bench.register(1, false).await;
    let mut spec = bench.spec(1);
    spec.labels.insert(must("role".parse()), must("db".parse()));
    let edit = |spec| PutHost::Edit { id: host.id, generation: host.lease.generation, spec };
    let (grant, epoch) = (bench.put_grant().await, must(bench.store.epoch().await));
    let entry = bench.entry("host.edit");
    let puts = [(edit(spec.clone()), entry.clone())];
    must(bench.store.put_hosts(&grant, epoch, &puts).await);
    let again = bench.store.put_hosts(&grant, epoch, &[(edit(bench.spec(1)), entry)]).await;
    assert!(matches!(again, Err(StoreError::Conflict)), "{again:?}");
    let now = bench.host(1).await;
    assert_eq!(now.spec, spec);
    assert_eq!(now.lease.generation, host.lease.generation.next());
}

/// Names, MACs and addresses may change hands in one call; the messages of both stores are alike.
pub async fn hosts_may_exchange_names_and_addresses(bench: Bench) {
    let (one, two) = (bench.register(1, false).await, bench.register(2, false).await);
    let (grant, epoch) = (bench.put_grant().await, must(bench.store.epoch().await));
    let edit = |host: &HostRecord, spec: &HostRecord| {
        let (id, generation) = (host.id, host.lease.generation);
        let put = PutHost::Edit { id, generation, spec: spec.spec.clone() };
        (put, bench.entry("host.edit"))
    };
    let alone = bench.store.put_hosts(&grant, epoch, &[edit(&one, &two)]).await;
    let told = alone.err().map(|error| error.to_string());
    assert_eq!(told.as_deref(), Some("there is a host host2 already"));
    must(bench.store.put_hosts(&grant, epoch, &[edit(&one, &two), edit(&two, &one)]).await);
    assert_eq!((bench.host(1).await.id, bench.host(2).await.id), (two.id, one.id));
    let (one, two) = (bench.host(2).await, bench.host(1).await);
    // A name that one host gives up by its removal is free for another.
    let remove = PutHost::Remove { id: two.id, generation: two.lease.generation };
    let puts = [(remove, bench.entry("host.remove")), edit(&one, &two)];
    must(bench.store.put_hosts(&grant, epoch, &puts).await);
    assert_eq!(bench.host(1).await.id, one.id);
}

/// Two people edit what both of them looked at: the second is refused, be it before or after the
/// plan, and the first one's change stays.
pub async fn an_edit_of_what_was_changed_meanwhile_is_refused(bench: Bench) {
    let seen = bench.register(1, false).await;
    let (mut first, mut second) = (seen.spec.clone(), seen.spec.clone());
    first.labels.insert(must("role".parse()), must("db".parse()));
    second.site = Some(must("north".parse()));
    let (orchestrator, ann) = (&bench.orchestrator, &bench.operator);
    let input = |spec| [HostInput::edit(&seen, spec)];
    let planned = must(orchestrator.plan_import(ann, &input(second.clone())).await);
    let plan = must(orchestrator.plan_import(ann, &input(first.clone())).await);
    must(orchestrator.import(ann, &plan).await);
    let late = orchestrator.import(ann, &planned).await;
    assert!(matches!(late, Err(OrchestratorError::Changed(_))), "{late:?}");
    let late = orchestrator.plan_import(ann, &input(second)).await;
    let told = late.err().map(|error| error.to_string()).unwrap_or_default();
    assert!(told.starts_with("host host1 was changed meanwhile"), "{told}");
    assert_eq!(bench.host(1).await.spec, first);
}

/// Lists come in the order of names, in pages, and only what the filter wants.
pub async fn lists_are_ordered_paged_and_filtered(bench: Bench) {
    for number in [3, 1, 2] {
        bench.register(number, false).await;
    }
    let grant = bench.grant().await;
    let mut filter = HostFilter { limit: 2, ..HostFilter::default() };
    let first = must(bench.store.list_hosts(&grant, &filter).await);
    let names: Vec<_> = first.hosts.iter().map(|host| host.spec.name.to_string()).collect();
    assert_eq!(names, ["host1", "host2"]);
    filter.after = first.next;
    let second = must(bench.store.list_hosts(&grant, &filter).await);
    assert_eq!((second.hosts.len(), second.next), (1, None));
    let none = HostFilter { profile: Some(must("other".parse())), ..HostFilter::default() };
    assert_eq!(must(bench.store.list_hosts(&grant, &none).await).hosts, []);
}

/// A grant for one site neither shows nor lists the hosts of another.
pub async fn what_a_grant_does_not_cover_is_not_there(bench: Bench) {
    let host = bench.register(1, false).await;
    let grant = bench.grant_within::<SeeHosts>(Scope::Site(must("south".parse()))).await;
    let one = bench.store.lookup_host(&grant, &HostKey::Id(host.id)).await;
    assert_eq!(must(one), None);
    let all = must(bench.store.list_hosts(&grant, &HostFilter::default()).await);
    assert_eq!(all.hosts, []);
    let other = bench.machine(HostId::from_bytes([9; 16])).await;
    assert_eq!(must(bench.store.lookup_boot(&other, host.id).await), None);
    assert!(bench.orchestrator.boot("h=1", origin()).await.is_err());
}

async fn put(bench: &Bench, spec: crate::host::HostSpec) -> Result<(), OrchestratorError> {
    let plan =
        bench.orchestrator.plan_import(&bench.operator, &[HostInput::new(spec, false)]).await?;
    bench.orchestrator.import(&bench.operator, &plan).await
}

#[expect(clippy::panic, reason = "a case of the suite ends by a panic")]
fn unexpected(found: &dyn std::fmt::Debug) -> ! {
    panic!("expected another result than {found:?}")
}
