//! Links, name servers and routes of the installed system.

use super::nic;
use crate::{
    host::{Bond, HostSpec, Nic},
    profile::limits::leads_link,
};
use serde_json::{Value, json};

/// The difference between the metrics of two gateways, and the metric of the first one.
const METRIC_STEP: u32 = 100;

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

/// The metric of a NIC's gateway, if several links have a gateway of this family. The first gateway
/// has the smallest metric: it is the default route. Without metrics, the system could refuse the
/// second route, and leave that link without all that is set up after its gateway.
pub(super) fn metric(host: &HostSpec, nic: &Nic, has_gateway: fn(&Nic) -> bool) -> Option<u32> {
    let links = host.nics.iter().filter(|one| has_gateway(one) && leads_link(host, one));
    let gateways: Vec<_> = links.map(|one| one.mac).collect();
    let mut ranks = (1_u32..).zip(&gateways).filter(|_| gateways.len() > 1);
    let (rank, _) = ranks.find(|(_, mac)| **mac == nic.mac)?;
    Some(rank.saturating_mul(METRIC_STEP))
}

pub(super) fn name_servers(links: &[Value]) -> Vec<&Value> {
    let mut all = Vec::new();
    for one in links.iter().filter_map(|link| link["dns"].as_array()).flatten() {
        if !all.contains(&one) {
            all.push(one);
        }
    }
    let v4 = links.first().is_some_and(|link| link.get("address").is_some());
    let is_v4 = |one: &&Value| one.as_str().is_some_and(|text| !text.contains(':'));
    all.sort_by_key(|one| is_v4(one) != v4);
    all
}

pub(super) fn routes(links: &[Value]) -> Vec<Value> {
    let of = |link: &Value| {
        let name = link["name"].as_str().unwrap_or_default();
        let device = link["vlan"].as_u64().map_or(name.to_owned(), |tag| format!("{name}.{tag}"));
        let route =
            |to: &Value, via: &Value| json!({"destination": to, "via": via, "device": device});
        let gateways = [(&link["gateway"], &link["metric"]), (&link["gateway6"], &link["metric6"])];
        let gateways = gateways.into_iter().filter(|(via, _)| !via.is_null());
        let own = link["routes"].as_array().into_iter().flatten();
        let own = own.map(|own| route(&own["destination"], &own["via"]));
        let default = |(via, metric): (&Value, &Value)| {
            let mut default = route(&json!("default"), via);
            let fields = default.as_object_mut().filter(|_| !metric.is_null());
            fields.map(|fields| fields.insert("metric".to_owned(), metric.clone()));
            default
        };
        gateways.map(default).chain(own).collect::<Vec<_>>()
    };
    links.iter().flat_map(of).collect()
}

/// The names of a bond's NICs.
fn ports(host: &HostSpec, bond: &Bond) -> Value {
    let all = host.nics.iter().enumerate();
    let members = all.filter(|(_, one)| bond.members.contains(&one.mac));
    members.map(|(index, _)| format!("nic{index}")).collect()
}
