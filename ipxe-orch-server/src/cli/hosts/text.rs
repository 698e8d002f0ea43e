//! Parts of a host for people.

use super::super::output::Times;
use ipxe_orch_core::{
    host::Nic,
    lease::{Approval, Mark},
    stores::HostRecord,
};

/// `52:54:00:12:34:56 10.0.2.15/24 via 10.0.2.2 VLAN 123 DNS 10.0.2.3`.
pub(super) fn nic(nic: &Nic) -> String {
    let mut text = nic.mac.to_string();
    let mut add = |part: String| text = format!("{text} {part}");
    if let Some(v4) = &nic.v4 {
        add(v4.address.to_string());
        v4.gateway.into_iter().for_each(|gateway| add(format!("via {gateway}")));
    }
    if let Some(v6) = &nic.v6 {
        add(v6.address.to_string());
        v6.gateway.into_iter().for_each(|gateway| add(format!("via {gateway}")));
    }
    nic.vlan.into_iter().for_each(|vlan| add(format!("VLAN {vlan}")));
    nic.dns.iter().for_each(|server| add(format!("DNS {server}")));
    nic.mtu.into_iter().for_each(|mtu| add(format!("MTU {mtu}")));
    nic.routes.iter().for_each(|route| add(format!("route {route}")));
    text
}

/// The first NIC's addresses.
pub(super) fn addresses(host: &HostRecord) -> String {
    let first = host.spec.nics.first();
    let v4 = first.and_then(|nic| nic.v4.as_ref()).map(|v4| v4.address.to_string());
    let v6 = first.and_then(|nic| nic.v6.as_ref()).map(|v6| v6.address.to_string());
    v4.into_iter().chain(v6).collect::<Vec<_>>().join(" ")
}

/// Why a mark waits, or who approved it.
pub(crate) fn approval(approval: &Approval, times: Times) -> Option<String> {
    match approval {
        Approval::Waiting(needs) => {
            let needs: Vec<_> = needs.iter().map(ToString::to_string).collect();
            Some(format!("waits for approval ({})", needs.join("; ")))
        }
        Approval::Given(approved) => {
            Some(format!("approved by {} {}", approved.by, times.show(approved.at)))
        }
        _ => None,
    }
}

/// `until 2026-01-31 …, by local:ann, new kernel`.
pub(super) fn mark(mark: &Mark, times: Times) -> String {
    let mut parts = vec![format!("{} of {}", mark.pin.profile, times.show(mark.created_at))];
    parts.extend(mark.not_before.map(|at| format!("not before {}", times.show(at))));
    parts.push(
        mark.expires_at
            .map_or_else(|| "does not expire".to_owned(), |at| format!("until {}", times.show(at))),
    );
    parts.push(format!("by {}", mark.by));
    parts.extend(mark.reason.clone());
    parts.extend(mark.change_ref.clone());
    parts.extend(approval(&mark.approval, times));
    parts.join(", ")
}
