//! Checks an address and its gateway.

use super::HostProblem;
use crate::host::{StaticV4, StaticV6};
use ipnet::{IpNet, Ipv4Net};
use std::net::{IpAddr, Ipv4Addr};

pub(super) fn v4(config: &StaticV4, found: &mut Vec<HostProblem>) {
    let net = config.address;
    let prefix = || net.trunc().to_string();
    if let Some(what) = of_all(net, net.addr()) {
        let address = net.addr().into();
        found.push(HostProblem::NotAHostAddress { address, prefix: prefix(), what });
    }
    if let Some(gateway) = config.gateway
        && let Some(what) = of_all(net, gateway)
    {
        let gateway = gateway.into();
        found.push(HostProblem::GatewayNotAHost { gateway, prefix: prefix(), what });
    }
    common(net.into(), config.gateway.map(Into::into), found);
}

pub(super) fn v6(config: &StaticV6, found: &mut Vec<HostProblem>) {
    common(config.address.into(), config.gateway.map(Into::into), found);
}

/// What an address is that stands for all of `net`. RFC 3021: a /31 has neither network nor
/// broadcast address.
fn of_all(net: Ipv4Net, address: Ipv4Addr) -> Option<&'static str> {
    match address {
        _ if net.prefix_len() >= 31 => None,
        address if address == net.network() => Some("network address"),
        address if address == net.broadcast() => Some("broadcast address"),
        _ => None,
    }
}

/// What an address is that belongs to no other machine (RFC 6890).
pub(super) fn special(address: IpAddr) -> Option<&'static str> {
    match address {
        IpAddr::V4(a) if a.octets()[0] == 0 => Some("in 0.0.0.0/8"),
        IpAddr::V6(a) if a.is_unspecified() => Some("the unspecified address"),
        a if a.is_loopback() => Some("a loopback address"),
        a if a.is_multicast() => Some("a group address"),
        IpAddr::V4(a) if a.octets()[0] >= 240 => Some("in 240.0.0.0/4"),
        IpAddr::V6(a) if a.to_ipv4_mapped().is_some() => Some("an IPv4 address in IPv6 form"),
        _ => None,
    }
}

/// The checks for both families. A link-local gateway can be reached on every link, so it need not
/// be inside the prefix. A prefix with a single address has no room for a gateway: it is on the
/// link, as many providers route servers.
fn common(net: IpNet, gateway: Option<IpAddr>, found: &mut Vec<HostProblem>) {
    let address = net.addr();
    if let Some(what) = special(address) {
        found.push(HostProblem::SpecialAddress { address, what });
    }
    let Some(gateway) = gateway else { return };
    if let Some(what) = special(gateway) {
        return found.push(HostProblem::SpecialGateway { gateway, what });
    }
    let link_local = matches!(gateway, IpAddr::V6(gateway) if gateway.is_unicast_link_local());
    let single = net.prefix_len() == net.max_prefix_len();
    if gateway == address {
        found.push(HostProblem::GatewayIsSelf { gateway });
    } else if !net.contains(&gateway) && !link_local && !single {
        let prefix = net.trunc().to_string();
        found.push(HostProblem::GatewayOffLink { gateway, prefix });
    }
}
