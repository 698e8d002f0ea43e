//! Checks an address and its gateway.

use super::HostProblem;
use crate::host::{StaticV4, StaticV6};
use ipnet::IpNet;
use std::net::IpAddr;

pub(super) fn v4(config: &StaticV4, found: &mut Vec<HostProblem>) {
    let net = config.address;
    let address = net.addr();
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
    common(net.into(), special, config.gateway.map(Into::into), found);
}

pub(super) fn v6(config: &StaticV6, found: &mut Vec<HostProblem>) {
    let net = config.address;
    let address = net.addr();
    let special = match address {
        a if a.is_unspecified() => Some("the unspecified address"),
        a if a.is_loopback() => Some("the loopback address"),
        a if a.is_multicast() => Some("a group address"),
        _ => None,
    };
    common(net.into(), special, config.gateway.map(Into::into), found);
}

/// The checks for both families. A link-local gateway can be reached on every link, so it need not
/// be inside the prefix.
fn common(
    net: IpNet,
    special: Option<&'static str>,
    gateway: Option<IpAddr>,
    found: &mut Vec<HostProblem>,
) {
    let address = net.addr();
    if let Some(what) = special {
        found.push(HostProblem::SpecialAddress { address, what });
    }
    let Some(gateway) = gateway else { return };
    let link_local = matches!(gateway, IpAddr::V6(gateway) if gateway.is_unicast_link_local());
    if gateway == address {
        found.push(HostProblem::GatewayIsSelf { gateway });
    } else if !net.contains(&gateway) && !link_local {
        let prefix = net.trunc().to_string();
        found.push(HostProblem::GatewayOffLink { gateway, prefix });
    }
}
