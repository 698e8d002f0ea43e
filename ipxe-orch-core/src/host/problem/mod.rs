//! Everything that is wrong with a host, all of it at once.

mod address;
#[cfg(test)]
mod tests;

use super::{HostSpec, Mac, Mtu, Nic, Route};
use crate::names::HostName;
use ipnet::IpNet;
use std::{
    collections::BTreeSet,
    net::{IpAddr, Ipv4Addr},
};

/// A mistake in a host's specification.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
#[expect(missing_docs, reason = "each message describes its variant")]
pub enum HostProblem {
    #[error("`{name}` cannot be the name of a host: {why}")]
    ReservedName { name: HostName, why: &'static str },
    #[error("it has no NIC: give at least one MAC address")]
    NoNic,
    #[error("{count} NICs: at most {most} are allowed")]
    TooManyNics { count: usize, most: usize },
    #[error("MAC {mac} is listed twice")]
    MacTwice { mac: Mac },
    #[error("NIC {mac} has no address: give an IPv4 or an IPv6 address with its prefix length")]
    NoAddress { mac: Mac },
    #[error("{address} is the {what} of {prefix}, not an address for a host")]
    NotAHostAddress { address: IpAddr, prefix: String, what: &'static str },
    #[error("{address} cannot be a host's address: it is {what}")]
    SpecialAddress { address: IpAddr, what: &'static str },
    #[error("gateway {gateway} is off-link: it is not in {prefix}")]
    GatewayOffLink { gateway: IpAddr, prefix: String },
    #[error("gateway {gateway} is the host's own address")]
    GatewayIsSelf { gateway: IpAddr },
    #[error("gateway {gateway} is the {what} of {prefix}, not an address of a router")]
    GatewayNotAHost { gateway: IpAddr, prefix: String, what: &'static str },
    #[error("{gateway} cannot be a gateway: it is {what}")]
    SpecialGateway { gateway: IpAddr, what: &'static str },
    #[error("{server} cannot be a name server: it is {what}")]
    SpecialNameServer { server: IpAddr, what: &'static str },
    #[error("name server {server} is listed twice")]
    NameServerTwice { server: IpAddr },
    #[error("{count} name servers: at most {most} are allowed")]
    TooManyNameServers { count: usize, most: usize },
    #[error("an MTU of {mtu} on NIC {mac}: IPv6 needs at least 1280 (RFC 8200 section 5)")]
    SmallMtu { mac: Mac, mtu: Mtu },
    #[error("{count} routes on one NIC: at most {most} are allowed")]
    TooManyRoutes { count: usize, most: usize },
    #[error("the route to {destination} is listed twice")]
    RouteTwice { destination: IpNet },
    #[error("the route to {destination} is not needed: {why}")]
    RouteNotNeeded { destination: IpNet, why: &'static str },
    #[error(
        "the route to {destination} goes through {via}, which NIC {mac} cannot reach directly: \
             it is off-link, the NIC's own address, or of the other address family"
    )]
    RouteOffLink { mac: Mac, destination: IpNet, via: IpAddr },
    #[error("{count} bonds: at most {most} are allowed")]
    TooManyBonds { count: usize, most: usize },
    #[error("a bond needs at least one NIC")]
    EmptyBond,
    #[error("a bond uses NIC {mac}, which is not a NIC of the host")]
    StrangeMember { mac: Mac },
    #[error("NIC {mac} is in two bonds, or twice in one")]
    MemberTwice { mac: Mac },
}

/// The largest number of NICs of one host.
pub const MAX_NICS: usize = 16;
/// The largest number of name servers of one NIC (`MAXNS`, resolv.conf(5)).
pub const MAX_NAME_SERVERS: usize = 3;
/// The largest number of routes of one NIC.
pub const MAX_ROUTES: usize = 32;
/// The largest number of bonds of one host.
pub const MAX_BONDS: usize = 8;

/// Lists everything that is wrong with `spec`. The list is empty for a correct host.
pub fn problems(spec: &HostSpec) -> Vec<HostProblem> {
    let mut found = Vec::new();
    name_problems(&spec.name, &mut found);
    let count = spec.nics.len();
    if count == 0 {
        found.push(HostProblem::NoNic);
    }
    if count > MAX_NICS {
        found.push(HostProblem::TooManyNics { count, most: MAX_NICS });
    }
    let mut seen = BTreeSet::new();
    for nic in &spec.nics {
        if !seen.insert(nic.mac) {
            found.push(HostProblem::MacTwice { mac: nic.mac });
        }
        nic_problems(nic, &mut found);
    }
    bond_problems(spec, &mut found);
    found
}

/// Names that mean another machine: RFC 6761 section 6.3, and addresses.
fn name_problems(name: &HostName, found: &mut Vec<HostProblem>) {
    let text = name.as_str();
    let labels: Vec<&str> = text.split('.').collect();
    let local = labels.first() == Some(&"localhost") || labels.last() == Some(&"localhost");
    let why = if local {
        "each machine calls itself so"
    } else if text.parse::<Ipv4Addr>().is_ok() {
        "it is an IPv4 address"
    } else {
        return;
    };
    found.push(HostProblem::ReservedName { name: name.clone(), why });
}

fn bond_problems(spec: &HostSpec, found: &mut Vec<HostProblem>) {
    let count = spec.bonds.len();
    if count > MAX_BONDS {
        found.push(HostProblem::TooManyBonds { count, most: MAX_BONDS });
    }
    let mut seen = BTreeSet::new();
    for bond in &spec.bonds {
        if bond.members.is_empty() {
            found.push(HostProblem::EmptyBond);
        }
        for &mac in &bond.members {
            if !spec.nics.iter().any(|nic| nic.mac == mac) {
                found.push(HostProblem::StrangeMember { mac });
            }
            if !seen.insert(mac) {
                found.push(HostProblem::MemberTwice { mac });
            }
        }
    }
}

/// Problems with the MTU and the routes, which only the installed system uses.
fn route_problems(nic: &Nic, found: &mut Vec<HostProblem>) {
    let (mac, count) = (nic.mac, nic.routes.len());
    if let Some(mtu) = nic.mtu.filter(|mtu| nic.v6.is_some() && u16::from(*mtu) < 1280) {
        found.push(HostProblem::SmallMtu { mac, mtu });
    }
    if count > MAX_ROUTES {
        found.push(HostProblem::TooManyRoutes { count, most: MAX_ROUTES });
    }
    let mut seen = BTreeSet::new();
    for Route { destination, via } in &nic.routes {
        let (destination, via) = (destination.trunc(), *via);
        let on_link = match (destination, via) {
            (IpNet::V4(_), IpAddr::V4(via)) => nic
                .v4
                .as_ref()
                .is_some_and(|v4| v4.address.contains(&via) && v4.address.addr() != via),
            (IpNet::V6(_), IpAddr::V6(via)) => nic.v6.as_ref().is_some_and(|v6| {
                v6.address.addr() != via
                    && (via.is_unicast_link_local() || v6.address.contains(&via))
            }),
            _ => false,
        };
        if !on_link {
            found.push(HostProblem::RouteOffLink { mac, destination, via });
        }
        if !seen.insert(destination) {
            found.push(HostProblem::RouteTwice { destination });
        }
        if let Some(why) = not_needed(nic, destination) {
            found.push(HostProblem::RouteNotNeeded { destination, why });
        }
    }
}

/// Why the NIC has such a route already.
fn not_needed(nic: &Nic, destination: IpNet) -> Option<&'static str> {
    let v4 = nic.v4.as_ref().map(|v4| (IpNet::from(v4.address), v4.gateway.is_some()));
    let v6 = nic.v6.as_ref().map(|v6| (IpNet::from(v6.address), v6.gateway.is_some()));
    v4.into_iter().chain(v6).find_map(|(net, gateway)| {
        let default = destination.prefix_len() == 0
            && destination.network().is_ipv4() == net.addr().is_ipv4();
        match () {
            () if default && gateway => Some("the gateway is the default route"),
            () if destination == net.trunc() => Some("the NIC has an address in that network"),
            () => None,
        }
    })
}

fn nic_problems(nic: &Nic, found: &mut Vec<HostProblem>) {
    if nic.v4.is_none() && nic.v6.is_none() {
        found.push(HostProblem::NoAddress { mac: nic.mac });
    }
    if let Some(v4) = &nic.v4 {
        address::v4(v4, found);
    }
    if let Some(v6) = &nic.v6 {
        address::v6(v6, found);
    }
    route_problems(nic, found);
    let count = nic.dns.len();
    if count > MAX_NAME_SERVERS {
        found.push(HostProblem::TooManyNameServers { count, most: MAX_NAME_SERVERS });
    }
    let mut seen = BTreeSet::new();
    for &server in &nic.dns {
        if let Some(what) = address::special(server) {
            found.push(HostProblem::SpecialNameServer { server, what });
        }
        if !seen.insert(server) {
            found.push(HostProblem::NameServerTwice { server });
        }
    }
}
