//! What is wrong with a host, all of it at once.

use super::{HostSpec, Mac, Mtu, Nic, Route, StaticV4, StaticV6};
use ipnet::IpNet;
use std::{collections::BTreeSet, net::IpAddr};

/// Something that a host specification must not say.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
#[expect(missing_docs, reason = "the messages say it")]
pub enum HostProblem {
    #[error("it has no NIC: give at least one MAC address")]
    NoNic,
    #[error("{count} NICs: at most {most} are allowed")]
    TooManyNics { count: usize, most: usize },
    #[error("MAC {mac} stands twice")]
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
    #[error("an MTU of {mtu} on NIC {mac}: with IPv6 it is at least 1280 (RFC 8200 section 5)")]
    SmallMtu { mac: Mac, mtu: Mtu },
    #[error("{count} routes of one NIC: at most {most} are allowed")]
    TooManyRoutes { count: usize, most: usize },
    #[error("the route to {destination} stands twice")]
    RouteTwice { destination: IpNet },
    #[error(
        "the route to {destination} goes over {via}, which is off-link on NIC {mac} or of the other family"
    )]
    RouteOffLink { mac: Mac, destination: IpNet, via: IpAddr },
    #[error("{count} bonds: at most {most} are allowed")]
    TooManyBonds { count: usize, most: usize },
    #[error("a bond needs a NIC")]
    EmptyBond,
    #[error("NIC {mac} of a bond is not among the NICs of the host")]
    StrangeMember { mac: Mac },
    #[error("NIC {mac} is in two bonds, or twice in one")]
    MemberTwice { mac: Mac },
}

/// Most cards of one host.
pub const MAX_NICS: usize = 16;
/// Most name servers of one card.
pub const MAX_NAME_SERVERS: usize = 3;
/// Most routes of one card.
pub const MAX_ROUTES: usize = 32;
/// Most bonds of one host.
pub const MAX_BONDS: usize = 8;

/// Everything wrong with `spec`; empty if nothing is.
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

/// What the installed system could not set up.
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
        v4_problems(v4, found);
    }
    if let Some(v6) = &nic.v6 {
        v6_problems(v6, found);
    }
    route_problems(nic, found);
    let count = nic.dns.len();
    if count > MAX_NAME_SERVERS {
        found.push(HostProblem::TooManyNameServers { count, most: MAX_NAME_SERVERS });
    }
}

fn v4_problems(config: &StaticV4, found: &mut Vec<HostProblem>) {
    let net = config.address;
    let address = net.addr();
    let prefix = || net.trunc().to_string();
    let not_host = |what| HostProblem::NotAHostAddress {
        address: address.into(),
        prefix: net.trunc().to_string(),
        what,
    };
    // RFC 3021: a /31 has neither network nor broadcast address.
    if net.prefix_len() < 31 && address == net.network() {
        found.push(not_host("network address"));
    }
    if net.prefix_len() < 31 && address == net.broadcast() {
        found.push(not_host("broadcast address"));
    }
    let special = match address {
        a if a.is_unspecified() || a.octets()[0] == 0 => Some("in 0.0.0.0/8"),
        a if a.is_loopback() => Some("a loopback address"),
        a if a.is_multicast() || a.is_broadcast() => Some("a group address"),
        _ => None,
    };
    if let Some(what) = special {
        found.push(HostProblem::SpecialAddress { address: address.into(), what });
    }
    if let Some(gateway) = config.gateway {
        if gateway == address {
            found.push(HostProblem::GatewayIsSelf { gateway: gateway.into() });
        } else if !net.contains(&gateway) {
            let gateway = gateway.into();
            found.push(HostProblem::GatewayOffLink { gateway, prefix: prefix() });
        }
    }
}

fn v6_problems(config: &StaticV6, found: &mut Vec<HostProblem>) {
    let net = config.address;
    let address = net.addr();
    let special = match address {
        a if a.is_unspecified() => Some("the unspecified address"),
        a if a.is_loopback() => Some("the loopback address"),
        a if a.is_multicast() => Some("a group address"),
        _ => None,
    };
    if let Some(what) = special {
        found.push(HostProblem::SpecialAddress { address: address.into(), what });
    }
    if let Some(gateway) = config.gateway {
        if gateway == address {
            found.push(HostProblem::GatewayIsSelf { gateway: gateway.into() });
        } else if !net.contains(&gateway) && !gateway.is_unicast_link_local() {
            let (gateway, prefix) = (gateway.into(), net.trunc().to_string());
            found.push(HostProblem::GatewayOffLink { gateway, prefix });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(address: &str, gateway: &str) -> Vec<String> {
        let mut nic = Nic::new("52:54:00:12:34:56".parse().unwrap());
        if address.contains(':') {
            let gateway = (!gateway.is_empty()).then(|| gateway.parse().unwrap());
            nic.v6 = Some(StaticV6 { address: address.parse().unwrap(), gateway });
        } else {
            let gateway = (!gateway.is_empty()).then(|| gateway.parse().unwrap());
            nic.v4 = Some(StaticV4 { address: address.parse().unwrap(), gateway });
        }
        let spec = HostSpec::new("web1".parse().unwrap(), vec![nic]);
        problems(&spec).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn ordinary_networks_pass() {
        for (address, gateway) in [
            ("10.0.2.15/24", "10.0.2.2"),
            ("10.0.2.15/24", ""),
            ("192.0.2.0/31", "192.0.2.1"),
            ("fec0::15/64", "fec0::2"),
            ("2001:db8::1/64", "fe80::1"),
        ] {
            assert_eq!(found(address, gateway), Vec::<String>::new(), "{address} {gateway}");
        }
    }

    #[test]
    fn what_the_installed_system_cannot_set_up_is_refused() {
        let of = |nic: &str, bonds: &str| {
            let json = format!(
                r#"{{"name":"web1","nics":[{{"mac":"52:54:00:00:00:01",
                "v4":{{"address":"10.0.2.15/24"}},"v6":{{"address":"fd00::15/64"}}{nic}}}],"bonds":[{bonds}]}}"#
            );
            let spec: HostSpec = serde_json::from_str(&json).unwrap();
            problems(&spec).iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
        };
        let route = |to, via| format!(r#","routes":[{{"destination":"{to}","via":"{via}"}}]"#);
        for (nic, bonds, message) in [
            (
                r#","mtu":1279"#,
                "",
                "an MTU of 1279 on NIC 52:54:00:00:00:01: with IPv6 it is at least 1280",
            ),
            (r#","mtu":1280"#, "", ""),
            (&route("10.1.0.0/16", "10.0.2.2"), "", ""),
            (&route("fd01::/64", "fe80::1"), "", ""),
            (&route("10.1.0.0/16", "10.0.3.2"), "", "the route to 10.1.0.0/16 goes over 10.0.3.2"),
            (&route("10.1.0.0/16", "fd00::2"), "", "the route to 10.1.0.0/16 goes over fd00::2"),
            (&route("fd01::/64", "fd00::15"), "", "the route to fd01::/64 goes over fd00::15"),
            ("", r#"{"members":[],"mode":"802.3ad"}"#, "a bond needs a NIC"),
            (
                "",
                r#"{"members":["52:54:00:00:00:02"],"mode":"802.3ad"}"#,
                "NIC 52:54:00:00:00:02 of a bond is not",
            ),
            (
                "",
                r#"{"members":["52:54:00:00:00:01","52:54:00:00:00:01"],"mode":"802.3ad"}"#,
                "NIC 52:54:00:00:00:01 is in two",
            ),
        ] {
            let found = of(nic, bonds);
            assert!(
                found.starts_with(message) && found.is_empty() == message.is_empty(),
                "{found}"
            );
        }
    }

    #[test]
    fn networks_that_cannot_work_are_refused() {
        for (address, gateway, message) in [
            ("10.0.2.0/24", "", "10.0.2.0 is the network address of 10.0.2.0/24"),
            ("10.0.2.255/24", "", "10.0.2.255 is the broadcast address of 10.0.2.0/24"),
            ("10.0.2.15/24", "10.0.3.1", "gateway 10.0.3.1 is off-link: it is not in 10.0.2.0/24"),
            ("10.0.2.15/24", "10.0.2.15", "gateway 10.0.2.15 is the host's own address"),
            ("127.0.0.1/8", "", "127.0.0.1 cannot be a host's address: it is a loopback address"),
            ("224.0.0.5/24", "", "224.0.0.5 cannot be a host's address: it is a group address"),
            ("2001:db8::1/64", "2001:db9::1", "gateway 2001:db9::1 is off-link"),
            ("ff02::5/64", "", "ff02::5 cannot be a host's address: it is a group address"),
        ] {
            let all = found(address, gateway);
            assert!(all.iter().any(|text| text.starts_with(message)), "{address}: {all:?}");
        }
    }
}
