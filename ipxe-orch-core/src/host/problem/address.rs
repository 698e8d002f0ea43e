//! Addresses and gateways.

use super::HostProblem;
use crate::host::{StaticV4, StaticV6};

pub(super) fn v4(config: &StaticV4, found: &mut Vec<HostProblem>) {
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

pub(super) fn v6(config: &StaticV6, found: &mut Vec<HostProblem>) {
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
