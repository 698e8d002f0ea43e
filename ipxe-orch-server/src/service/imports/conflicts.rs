//! What of a file contradicts the hosts that are registered: all of it at once, with its line.

use ipxe_orch_core::{
    fleet::{FleetHost, RowProblem},
    host::{HostSpec, Mac},
    ids::HostId,
    names::{HostName, SiteName},
    stores::HostRecord,
};
use std::{
    collections::{HashMap, HashSet},
    net::IpAddr,
};

/// The registered hosts, by what may stand only once.
pub(super) struct Registered {
    by_name: HashMap<HostName, HostRecord>,
    macs: HashMap<Mac, HostName>,
    addresses: HashMap<(Option<SiteName>, IpAddr), HostName>,
    ids: HashMap<HostId, HostName>,
}

impl Registered {
    /// `changing` hosts are not asked for their old NICs: two of them may swap theirs.
    pub(super) fn new(hosts: Vec<HostRecord>, changing: &HashSet<HostName>) -> Self {
        let mut this = Self {
            by_name: HashMap::new(),
            macs: HashMap::new(),
            addresses: HashMap::new(),
            ids: HashMap::new(),
        };
        for host in hosts {
            let name = &host.spec.name;
            this.ids.insert(host.id, name.clone());
            if !changing.contains(name) {
                for nic in &host.spec.nics {
                    this.macs.insert(nic.mac, name.clone());
                    for address in nic.addresses() {
                        this.addresses.insert((host.spec.site.clone(), address), name.clone());
                    }
                }
            }
            this.by_name.insert(name.clone(), host);
        }
        this
    }

    /// The registered host of this name.
    pub(super) fn known(&self, name: &HostName) -> Option<&HostRecord> {
        self.by_name.get(name)
    }

    /// What keeps a host of the file from being registered as `spec`.
    pub(super) fn problems(&self, host: &FleetHost, spec: &HostSpec) -> Vec<RowProblem> {
        let mut found = Vec::new();
        let mut add = |column, message| {
            found.push(RowProblem { line: host.line, column: Some(column), message });
        };
        let name = &spec.name;
        if let Some(id) = host.id {
            let known = self.known(name).filter(|known| known.id != id);
            if let Some(known) = known {
                let text = format!("host {name} is registered with another id: {}", known.id);
                add("id", text);
            }
            if let Some(other) = self.ids.get(&id).filter(|other| *other != name) {
                add("id", format!("host {other} is registered with this id"));
            }
        }
        for nic in &spec.nics {
            if let Some(other) = self.macs.get(&nic.mac) {
                add("mac", format!("host {other} is registered with MAC {}", nic.mac));
            }
            for address in nic.addresses() {
                if let Some(other) = self.addresses.get(&(spec.site.clone(), address)) {
                    add(
                        column(address),
                        format!("host {other} is registered with address {address}"),
                    );
                }
            }
        }
        found
    }
}

/// What the hosts of a file have, with the NICs that they keep. Those that the file names were
/// compared when it was read.
#[derive(Default)]
pub(super) struct Taken {
    macs: HashMap<Mac, HostName>,
    addresses: HashMap<(Option<SiteName>, IpAddr), HostName>,
}

impl Taken {
    /// What a host has that another one of the file has, too.
    pub(super) fn problems(&mut self, line: u64, spec: &HostSpec) -> Vec<RowProblem> {
        let mut found = Vec::new();
        let mut add = |column, what: String, other: &HostName| {
            let message = format!("host {other} of this file has {what}, too");
            found.push(RowProblem { line, column: Some(column), message });
        };
        for nic in &spec.nics {
            let other = self.macs.insert(nic.mac, spec.name.clone());
            if let Some(other) = other.filter(|other| *other != spec.name) {
                add("mac", format!("MAC {}", nic.mac), &other);
            }
            for address in nic.addresses() {
                let key = (spec.site.clone(), address);
                let other = self.addresses.insert(key, spec.name.clone());
                if let Some(other) = other.filter(|other| *other != spec.name) {
                    add(column(address), format!("address {address}"), &other);
                }
            }
        }
        found
    }
}

const fn column(address: IpAddr) -> &'static str {
    if address.is_ipv6() { "address6" } else { "address" }
}
