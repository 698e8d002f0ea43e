//! Cases about what two hosts cannot both have.

use super::{
    Bench,
    make::{edit, remove},
    must, same, taken,
};
use crate::{
    auth::{Scope, SeeHosts},
    host::{HostSpec, Nic, StaticV4, StaticV6},
    ids::HostId,
    stores::{HostFilter, HostRecord},
};
use ipnet::IpNet;

/// A name is taken once; the error says so.
pub async fn a_name_is_of_one_host(bench: Bench) {
    bench.added(1).await;
    let mut spec = bench.spec(2);
    spec.name = bench.spec(1).name;
    refused(&bench, spec, &["host1"], "a name is of one host").await;
}

/// A MAC is taken once, whichever NIC has it and at whatever site; the error names it and its
/// owner.
pub async fn a_mac_is_of_one_host(bench: Bench) {
    let mut owner = bench.spec(1);
    owner.nics.push(Nic::new(must("52:54:00:00:ff:01".parse())));
    must(bench.put(&[bench.create(owner, None)]).await);
    for mac in ["52:54:00:00:00:01", "52:54:00:00:ff:01"] {
        let mut spec = bench.spec(2);
        spec.nics.push(Nic::new(must(mac.parse())));
        for site in [None, Some(must("south".parse()))] {
            spec.site = site;
            refused(&bench, spec.clone(), &[mac, "host1"], "a MAC is of one host").await;
        }
    }
}

/// An IPv4 address is taken once within a site, whatever the length of its prefix.
pub async fn an_ipv4_address_is_of_one_host_of_a_site(bench: Bench) {
    an_address_is_of_one_host(&bench, "10.0.1.15", ["/24", "/8"]).await;
}

/// An IPv6 address is taken once within a site, whatever the length of its prefix.
pub async fn an_ipv6_address_is_of_one_host_of_a_site(bench: Bench) {
    an_address_is_of_one_host(&bench, "fd00::1:15", ["/64", "/48"]).await;
}

async fn an_address_is_of_one_host(bench: &Bench, address: &str, lengths: [&str; 2]) {
    let promise = "an address is of one host within a site, and among the hosts of no site";
    let [one, other] = lengths.map(|length| format!("{address}{length}"));
    let put = async |spec| must(bench.put(&[bench.create(spec, None)]).await);
    put(with_address(1, &one, None)).await;
    refused(bench, with_address(2, &other, None), &[address, "host1"], promise).await;
    // It may stand at each site once.
    put(with_address(2, &other, Some("south"))).await;
    put(with_address(3, &one, Some("north"))).await;
    refused(bench, with_address(4, &one, Some("south")), &[address, "host2"], promise).await;
    let mut second = with_address(4, &other, Some("north"));
    second.nics.insert(0, Nic::new(must("52:54:02:00:00:04".parse())));
    refused(bench, second, &[address, "host3"], promise).await;
}

/// Host `number`, which has this address alone.
fn with_address(number: u8, address: &str, site: Option<&str>) -> HostSpec {
    let mut nic = Nic::new(must(format!("52:54:01:00:00:{number:02x}").parse()));
    match must(address.parse::<IpNet>()) {
        IpNet::V4(address) => nic.v4 = Some(StaticV4 { address, gateway: None }),
        IpNet::V6(address) => nic.v6 = Some(StaticV6 { address, gateway: None }),
    }
    let mut spec = HostSpec::new(must(format!("host{number}").parse()), vec![nic]);
    spec.site = site.map(|site| must(site.parse()));
    spec
}

/// By creation, and by an edit of another host. The text names all of `told`.
async fn refused(bench: &Bench, spec: HostSpec, told: &[&str], promise: &str) {
    let before = all(bench).await;
    taken(&bench.put(&[bench.create(spec.clone(), None)]).await, told, promise);
    same(&all(bench).await, &before, "a host that is refused is not stored");
    let host = bench.added(99).await;
    taken(&bench.put(&[edit(&host, spec)]).await, told, promise);
    same(&bench.by_id(host.id).await, &host, "an edit that is refused changes nothing");
    must(bench.put(&[remove(&host)]).await);
}

async fn all(bench: &Bench) -> Vec<HostRecord> {
    let all = bench.store.list_hosts(&bench.grant().await, &HostFilter::default()).await;
    must(all).hosts
}

/// Hosts of one call clash as well.
pub async fn hosts_of_one_call_clash_as_well(bench: Bench) {
    let mut other = bench.spec(2);
    other.nics = bench.spec(1).nics;
    let puts = [bench.create(bench.spec(1), None), bench.create(other, None)];
    let promise = "two hosts of one call cannot have one MAC";
    taken(&bench.put(&puts).await, &["52:54:00:00:00:01"], promise);
    same(&all(&bench).await, &vec![], "neither of two hosts that clash is stored");
    let (one, two) = (bench.added(1).await, bench.added(2).await);
    let renamed = |host: &HostRecord| {
        edit(host, HostSpec { name: must("both".parse()), ..host.spec.clone() })
    };
    let puts = [renamed(&one), renamed(&two)];
    taken(&bench.put(&puts).await, &["both"], "two hosts of one call cannot take one name");
    same(&all(&bench).await, &vec![one, two], "neither of two edits that clash is stored");
}

/// Two NICs of one host may share an address: the boot stage uses one of them.
pub async fn nics_of_one_host_may_share_an_address(bench: Bench) {
    let mut spec = bench.spec(1);
    let mac = must("52:54:02:00:00:03".parse());
    let second = spec.nics.first().map(|nic| Nic { mac, ..nic.clone() });
    spec.nics.extend(second);
    let id = bench.stored(bench.create(spec.clone(), None)).await;
    same(&bench.by_id(id).await.spec, &spec, "two NICs of one host may share an address");
}

/// What a host gives up by an edit is free for others.
pub async fn what_an_edit_gives_up_is_free(bench: Bench) {
    let host = bench.added(1).await;
    must(bench.put(&[edit(&host, bench.spec(2))]).await);
    bench.added(1).await;
    let names = all(&bench).await.into_iter().map(|host| host.spec.name.to_string());
    let promise = "the name, MAC and address that a host gave up are free";
    same(&names.collect::<Vec<_>>(), &vec!["host1".to_owned(), "host2".to_owned()], promise);
}

/// The hosts that have what others are to have are found, whatever it is; each of them once.
pub async fn hosts_that_clash_are_found(bench: Bench) {
    let promise = "hosts that clash with a specification are found, each once, by name";
    let by_name = bench.added(2).await;
    let by_mac = bench.added(3).await;
    let by_id = bench.added(4).await;
    let south = with_address(5, "10.0.9.15/24", Some("south"));
    let by_address = bench.by_id(bench.stored(bench.create(south, None)).await).await;
    let removed = bench.added(6).await;
    must(bench.put(&[remove(&removed)]).await);
    bench.added(7).await;
    let mut spec = with_address(8, "10.0.9.15/8", Some("south"));
    spec.name = by_name.spec.name.clone();
    let mut nics = by_mac.spec.nics.clone();
    for nic in &mut nics {
        (nic.v4, nic.v6) = (None, None);
    }
    spec.nics.extend(nics);
    let (store, see) = (&bench.store, bench.grant().await);
    let found = async |ids: &[HostId], specs: &[HostSpec]| {
        must(store.lookup_clashing(&see, ids, specs).await)
    };
    let ids = [by_id.id, removed.id, by_mac.id, bench.host_id()];
    let all = vec![by_name, by_mac, by_id, by_address];
    same(&found(&ids, &[spec.clone(), spec.clone()]).await, &all, promise);
    spec.site = None;
    let named: Vec<_> = all.iter().take(2).cloned().collect();
    same(&found(&[], &[spec]).await, &named, "an address of another site is another address");
    same(&found(&[], &[removed.spec]).await, &vec![], "a removed host has nothing");
    same(&found(&[], &[]).await, &vec![], "who asks for nothing gets nothing");
}

/// A host outside of the grant is not found by what it has.
pub async fn hosts_that_clash_are_found_within_the_grant(bench: Bench) {
    let mut south = bench.spec(1);
    south.site = Some(must("south".parse()));
    let south = bench.by_id(bench.stored(bench.create(south, None)).await).await;
    let north = bench.added(2).await;
    let see = bench.grant_within::<SeeHosts>(Scope::Site(must("south".parse()))).await;
    let (ids, specs) = ([south.id, north.id], [south.spec.clone(), north.spec]);
    let found = must(bench.store.lookup_clashing(&see, &ids, &specs).await);
    same(&found, &vec![south], "hosts that clash are found within the grant alone");
}
