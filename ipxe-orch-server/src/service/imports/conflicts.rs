//! What of a file contradicts the hosts that are registered: all of it at once, with its line.

use super::planned::Place;
use ipxe_orch_core::{
    digest::Digest,
    fleet::{FleetFile, FleetHost, RowProblem},
    host::{HostSpec, Mac},
    ids::HostId,
    names::HostName,
    stores::HostRecord,
};
use std::{
    collections::{HashMap, hash_map::Entry},
    net::IpAddr,
};

/// A host of the file gets what another host of the file has until now.
pub(super) struct Exchange {
    pub(super) taker: Place,
    pub(super) giver: Place,
    /// What is wrong if the giver keeps it.
    pub(super) otherwise: RowProblem,
}

/// The registered hosts that some hosts of a file have to do with.
pub(super) struct Registered<'a> {
    file: &'a FleetFile<'static>,
    hosts: Vec<HostRecord>,
    by_name: HashMap<HostName, usize>,
    by_id: HashMap<HostId, usize>,
    by_mac: HashMap<Mac, usize>,
    by_address: HashMap<IpAddr, Vec<usize>>,
}

impl<'a> Registered<'a> {
    pub(super) fn new(file: &'a FleetFile<'static>, hosts: Vec<HostRecord>) -> Self {
        let (mut by_name, mut by_id) = (HashMap::new(), HashMap::new());
        let mut by_mac = HashMap::new();
        let mut by_address = HashMap::<_, Vec<_>>::new();
        for (index, host) in hosts.iter().enumerate() {
            by_name.insert(host.spec.name.clone(), index);
            by_id.insert(host.id, index);
            for nic in &host.spec.nics {
                by_mac.insert(nic.mac, index);
                for address in nic.addresses() {
                    by_address.entry(address).or_default().push(index);
                }
            }
        }
        Self { file, hosts, by_name, by_id, by_mac, by_address }
    }

    /// The registered host of this name.
    pub(super) fn known(&self, name: &HostName) -> Option<&HostRecord> {
        self.hosts.get(*self.by_name.get(name)?)
    }

    /// What keeps a host of the file from being registered as `spec`. What other hosts of the file
    /// give up is noted in `exchanges`.
    pub(super) fn problems(
        &self,
        place: Place,
        host: &FleetHost,
        spec: &HostSpec,
        exchanges: &mut Vec<Exchange>,
    ) -> Vec<RowProblem> {
        let mut found = self.id_problems(host, spec);
        for (owner, column, what) in self.owners(spec) {
            let message = format!("host {} is registered with {what}", owner.spec.name);
            let otherwise = RowProblem { line: host.line, column: Some(column), message };
            match self.file.place(&owner.spec.name) {
                Some(giver) => exchanges.push(Exchange { taker: place, giver, otherwise }),
                None => found.push(otherwise),
            }
        }
        found
    }

    fn id_problems(&self, host: &FleetHost, spec: &HostSpec) -> Vec<RowProblem> {
        let mut found = Vec::new();
        let mut add = |message| {
            found.push(RowProblem { line: host.line, column: Some("id"), message });
        };
        let (name, Some(id)) = (&spec.name, host.id) else { return found };
        if let Some(known) = self.known(name).filter(|known| known.id != id) {
            add(format!("host {name} is registered with another id: {}", known.id));
        }
        let other = self.by_id.get(&id).and_then(|index| self.hosts.get(*index));
        if let Some(other) = other.filter(|other| other.spec.name != *name) {
            add(format!("host {} is registered with this id", other.spec.name));
        }
        found
    }

    /// The other hosts that have what `spec` wants, with the column and the thing.
    fn owners(&self, spec: &HostSpec) -> Vec<(&HostRecord, &'static str, String)> {
        let mut owners = Vec::new();
        let other =
            |index: &usize| self.hosts.get(*index).filter(|other| other.spec.name != spec.name);
        for nic in &spec.nics {
            if let Some(owner) = self.by_mac.get(&nic.mac).and_then(other) {
                owners.push((owner, "mac", format!("MAC {}", nic.mac)));
            }
            for address in nic.addresses() {
                let of_site = |owner: &&HostRecord| owner.spec.site == spec.site;
                let all = self.by_address.get(&address).map(Vec::as_slice).unwrap_or_default();
                let owner = all.iter().filter_map(other).find(of_site);
                let what = || format!("address {address}");
                owners.extend(owner.map(|owner| (owner, column(address), what())));
            }
        }
        owners
    }
}

/// What the hosts of a file have, with the NICs that they keep. Those that the file names were
/// compared when it was read.
#[derive(Default)]
pub(super) struct Taken {
    macs: HashMap<Mac, Place>,
    /// By the first half of a digest of site and address.
    addresses: HashMap<[u8; 16], Place>,
}

impl Taken {
    /// What a host has that another one of the file has, too.
    pub(super) fn problems(
        &mut self,
        file: &FleetFile<'static>,
        place: Place,
        line: u64,
        spec: &HostSpec,
    ) -> Vec<RowProblem> {
        let mut found = Vec::new();
        let mut add = |column, what: String, other: Place| {
            let name = file.host(other).map(|host| host.spec.name.to_string()).unwrap_or_default();
            let message = format!("host {name} of this file has {what}, too");
            found.push(RowProblem { line, column: Some(column), message });
        };
        for nic in &spec.nics {
            if let Some(other) = other(self.macs.entry(nic.mac), place) {
                add("mac", format!("MAC {}", nic.mac), other);
            }
            for address in nic.addresses() {
                if let Some(other) = other(self.addresses.entry(short(spec, address)), place) {
                    add(column(address), format!("address {address}"), other);
                }
            }
        }
        found
    }
}

/// Who was there before, if that was another host.
fn other<K>(entry: Entry<'_, K, Place>, place: Place) -> Option<Place> {
    Some(*entry.or_insert(place)).filter(|other| *other != place)
}

/// What stands for an address within a site.
fn short(spec: &HostSpec, address: IpAddr) -> [u8; 16] {
    let site = spec.site.as_ref().map(ToString::to_string).unwrap_or_default();
    let digest = Digest::of(format!("{site} {address}"));
    digest.as_bytes().first_chunk().copied().unwrap_or_default()
}

const fn column(address: IpAddr) -> &'static str {
    if address.is_ipv6() { "address6" } else { "address" }
}
