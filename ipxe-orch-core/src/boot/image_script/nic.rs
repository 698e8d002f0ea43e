//! The part of the image's script that finds a NIC by its MAC address and sets its addresses.

use super::Script;
use crate::host::Nic;
use std::net::IpAddr;

/// Tries the NICs in order. A NIC that the machine does not have takes no time.
pub(super) fn nics(text: &mut Script, nics: &[Nic]) {
    let dns = NameServers {
        v4: nics.iter().any(|nic| nic.dns.iter().any(IpAddr::is_ipv4)),
        v6: nics.iter().any(|nic| nic.dns.iter().any(IpAddr::is_ipv6)),
    };
    for (index, nic) in nics.iter().enumerate() {
        one(text, index, nic, dns);
    }
    text.line(format_args!(":nic{}", nics.len()));
    text.line("goto local");
}

/// The address families in which any NIC of the host has a name server.
#[derive(Clone, Copy)]
struct NameServers {
    v4: bool,
    v6: bool,
}

/// Configures one NIC. The search goes through `net0`, `net1` and so on. VLAN devices have the same
/// MAC address as their NIC, but other names (`net0-7`), so it does not find them.
fn one(text: &mut Script, index: usize, nic: &Nic, dns: NameServers) {
    text.line(format_args!(":nic{index}"));
    text.line(format_args!("set orch-mac {}", nic.mac));
    text.line("set idx:int32 0");
    text.line(format_args!(":scan{index}"));
    text.line("isset ${net${idx}/mac} || goto next_nic");
    text.line(format_args!("iseq ${{net${{idx}}/mac}} ${{orch-mac}} && goto found{index} ||"));
    text.line("inc idx");
    text.line(format_args!("goto scan{index}"));
    text.line(format_args!(":found{index}"));
    // `idx` and the names `orch-...` belong to this script: servers' scripts leave them alone.
    text.line("set orch-dev net${idx}");
    if let Some(vlan) = nic.vlan {
        // Only the VLAN device gets an address. If the untagged device had one with a gateway,
        // frames for the VLAN would leave through it, without a tag.
        text.line(format_args!("vcreate --tag {vlan} ${{orch-dev}} || goto next_nic"));
        text.line(format_args!("set orch-dev net${{idx}}-{vlan}"));
    }
    addresses(text, nic);
    name_servers(text, nic, dns);
    text.line("goto link");
}

/// Sets the addresses. The MTU of the specification is for the installed system; the boot stage
/// keeps the NIC's own.
fn addresses(text: &mut Script, nic: &Nic) {
    if let Some(v4) = &nic.v4 {
        text.line(format_args!("set ${{orch-dev}}/ip {}", v4.address.addr()));
        text.line(format_args!("set ${{orch-dev}}/netmask {}", v4.address.netmask()));
        if let Some(gateway) = v4.gateway {
            text.line(format_args!("set ${{orch-dev}}/gateway {gateway}"));
        }
    }
    if let Some(v6) = &nic.v6 {
        text.line(format_args!("set ${{orch-dev}}/ip6 {}", v6.address.addr()));
        text.line(format_args!("set ${{orch-dev}}/len6 {}", v6.address.prefix_len()));
        if let Some(gateway) = v6.gateway {
            text.line(format_args!("set ${{orch-dev}}/gateway6 {gateway}"));
        }
    }
}

/// Sets the name servers. iPXE has one setting for all NICs, so the name servers of the NIC before
/// must be cleared.
fn name_servers(text: &mut Script, nic: &Nic, dns: NameServers) {
    let v4 = nic.dns.iter().find(|address| address.is_ipv4());
    let v6 = nic.dns.iter().find(|address| address.is_ipv6());
    for (setting, address, of_any) in [("dns", v4, dns.v4), ("dns6", v6, dns.v6)] {
        match address {
            Some(address) => text.line(format_args!("set {setting} {address}")),
            None if of_any => text.line(format_args!("clear {setting} ||")),
            None => {}
        }
    }
}
