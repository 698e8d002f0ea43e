//! Links, name servers and routes of the installed system.

use super::nic;
use crate::host::{Bond, HostSpec};
use serde_json::{Value, json};

/// Everything that has addresses in the installed system, in the order of the NICs: bonds, and NICs
/// outside of bonds.
pub(super) fn links(host: &HostSpec) -> Vec<Value> {
    let mut links = Vec::new();
    for (index, one) in host.nics.iter().enumerate() {
        let mut bonds = host.bonds.iter().enumerate();
        let bond = bonds.find(|(_, bond)| bond.members.contains(&one.mac));
        let mut link = nic(host, one);
        let Some(told) = link.as_object_mut() else { continue };
        let mut tell = |name: &str, value| drop(told.insert(name.to_owned(), value));
        match bond {
            None => tell("name", json!(format!("nic{index}"))),
            Some((_, bond)) if bond.members.first() != Some(&one.mac) => continue,
            Some((place, bond)) => {
                tell("name", json!(format!("bond{place}")));
                tell("mode", json!(bond.mode));
                tell("members", json!(bond.members));
                tell("ports", ports(host, bond));
                if let Some(vlan) = bond.vlan {
                    tell("vlan", json!(vlan));
                }
            }
        }
        links.push(link);
    }
    links
}

pub(super) fn name_servers(links: &[Value]) -> Vec<&Value> {
    let mut all = Vec::new();
    for one in links.iter().filter_map(|link| link["dns"].as_array()).flatten() {
        if !all.contains(&one) {
            all.push(one);
        }
    }
    all
}

pub(super) fn routes(links: &[Value]) -> Vec<Value> {
    let of = |link: &Value| {
        let name = link["name"].as_str().unwrap_or_default();
        let device = link["vlan"].as_u64().map_or(name.to_owned(), |tag| format!("{name}.{tag}"));
        let route =
            |to: &Value, via: &Value| json!({"destination": to, "via": via, "device": device});
        let gateways =
            [&link["gateway"], &link["gateway6"]].into_iter().filter(|via| !via.is_null());
        let own = link["routes"].as_array().into_iter().flatten();
        let own = own.map(|own| route(&own["destination"], &own["via"]));
        gateways.map(|via| route(&json!("default"), via)).chain(own).collect::<Vec<_>>()
    };
    links.iter().flat_map(of).collect()
}

/// The names of a bond's NICs.
fn ports(host: &HostSpec, bond: &Bond) -> Value {
    let all = host.nics.iter().enumerate();
    let members = all.filter(|(_, one)| bond.members.contains(&one.mac));
    members.map(|(index, _)| format!("nic{index}")).collect()
}
