//! Everything that is wrong with a host, all of it at once.

mod address;
#[cfg(test)]
mod tests;

use super::{HostSpec, Mac, Mtu, Nic, Route};
use ipnet::IpNet;
use std::{collections::BTreeSet, net::IpAddr};

/// A mistake in a host's specification.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
#[expect(missing_docs, reason = "each message describes its variant")]
pub enum HostProblem {
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
    #[error("{count} name servers: at most {most} are allowed")]
    TooManyNameServers { count: usize, most: usize },
    #[error("an MTU of {mtu} on NIC {mac}: IPv6 needs at least 1280 (RFC 8200 section 5)")]
    SmallMtu { mac: Mac, mtu: Mtu },
    #[error("{count} routes on one NIC: at most {most} are allowed")]
    TooManyRoutes { count: usize, most: usize },
    #[error("the route to {destination} is listed twice")]
    RouteTwice { destination: IpNet },
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
    }
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
}
