//! What of a file contradicts the hosts that are registered: all of it at once, with its line.

use ipxe_orch_core::{
    fleet::{FleetHost, RowProblem},
    host::{HostSpec, Mac, SECRET},
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

    /// What keeps a host of the file from being registered.
    pub(super) fn problems(&self, host: &FleetHost) -> Vec<RowProblem> {
        let mut found = Vec::new();
        let mut add = |column, message| {
            found.push(RowProblem { line: host.line, column: Some(column), message });
        };
        let name = &host.spec.name;
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
        for nic in &host.spec.nics {
            if let Some(other) = self.macs.get(&nic.mac) {
                add("mac", format!("host {other} is registered with MAC {}", nic.mac));
            }
            for address in nic.addresses() {
                if let Some(other) = self.addresses.get(&(host.spec.site.clone(), address)) {
                    let column = if address.is_ipv6() { "address6" } else { "address" };
                    add(column, format!("host {other} is registered with address {address}"));
                }
            }
        }
        found
    }
}

/// The specification of a file, with what it does not say of these as it is registered: local
/// boot, bonds, MTU, routes, values of variables. An export shows secrets as [`SECRET`].
pub(super) fn completed(mut spec: HostSpec, known: &HostSpec) -> HostSpec {
    spec.local_boot = known.local_boot.clone();
    if spec.bonds.is_empty() {
        spec.bonds.clone_from(&known.bonds);
    }
    for nic in &mut spec.nics {
        if let Some(before) = known.nics.iter().find(|before| before.mac == nic.mac) {
            nic.mtu = nic.mtu.or(before.mtu);
            if nic.routes.is_empty() {
                nic.routes.clone_from(&before.routes);
            }
        }
    }
    for (name, value) in &known.values {
        let kept = spec.values.get(name).is_none_or(|given| given.as_str() == SECRET);
        if kept {
            spec.values.insert(name.clone(), value.clone());
        }
    }
    spec
}
