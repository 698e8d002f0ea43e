//! Hosts for people and programs. The script of an attempt holds its ticket, so that it is left out.

use super::super::output::{Times, rfc3339};
use ipxe_orch_core::{
    host::Nic,
    lease::{Attempt, Limits, Mark, Overdue, Phase},
    stores::HostRecord,
    time::Timestamp,
};
use serde_json::{Value, json};

/// Where the host stands. Deadlines that have passed are stored when the machine or a person next
/// asks; until then they are said here.
pub(super) fn status(host: &HostRecord, now: Timestamp) -> String {
    let lease = &host.lease;
    let passed = |at: Option<Timestamp>| at.is_some_and(|at| at <= now);
    let expired = passed(lease.mark.as_ref().and_then(|mark| mark.expires_at));
    let overdue = passed(lease.attempt.as_ref().and_then(|attempt| attempt.deadline));
    match lease.phase() {
        Phase::Marked | Phase::Offered if expired => "expired".to_owned(),
        Phase::Installing if overdue => "installing (overdue)".to_owned(),
        _ => lease.status(),
    }
}

/// What the host is late with, each since when.
pub(super) fn overdue(host: &HostRecord, now: Timestamp) -> Vec<(Timestamp, Overdue)> {
    let due = host.lease.due(Limits::default().claim_wait);
    due.filter(|(since, _)| *since <= now).collect()
}

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
    parts.join(", ")
}

pub(super) fn as_json(host: &HostRecord, now: Timestamp) -> Value {
    let lease = &host.lease;
    json!({
        "id": host.id,
        "name": host.spec.name,
        "status": status(host, now),
        "phase": lease.phase(),
        "overdue": overdue(host, now).iter().map(|(_, what)| what).collect::<Vec<_>>(),
        "generation": lease.generation,
        "image_generation": host.image_generation,
        "min_image_generation": lease.min_image_generation,
        "image_key": host.image_key,
        "held": lease.held.as_ref().map(|hold| {
            json!({ "by": hold.by, "at": rfc3339(hold.at), "reason": hold.reason })
        }),
        "mark": lease.mark.as_ref().map(mark_json),
        "last_mark": lease.last_mark.as_ref().map(|mark| {
            json!({ "id": mark.id, "at": rfc3339(mark.at), "outcome": mark.outcome })
        }),
        "attempt": lease.attempt.as_ref().map(attempt_json),
        "spec": host.spec.masked(),
    })
}

fn mark_json(mark: &Mark) -> Value {
    json!({
        "id": mark.id,
        "created_at": rfc3339(mark.created_at),
        "expires_at": mark.expires_at.map(rfc3339),
        "not_before": mark.not_before.map(rfc3339),
        "profile": mark.pin.profile,
        "version": mark.pin.version,
        "by": mark.by,
        "reason": mark.reason,
        "change_ref": mark.change_ref,
    })
}

fn attempt_json(attempt: &Attempt) -> Value {
    json!({
        "id": attempt.id,
        "mark": attempt.mark,
        "profile": attempt.pin.profile,
        "version": attempt.pin.version,
        "offered_at": rfc3339(attempt.offered_at),
        "offers": attempt.offers,
        "claimed_at": attempt.claim.as_ref().map(|claim| rfc3339(claim.at)),
        "answered_at": attempt.answered_at.map(rfc3339),
        "progress": attempt.progress.as_ref().map(|progress| {
            json!({ "at": rfc3339(progress.at), "message": progress.message })
        }),
        "deadline": attempt.deadline.map(rfc3339),
        "closed": attempt.closed.as_ref().map(|closed| {
            json!({
                "at": rfc3339(closed.at),
                "outcome": closed.outcome,
                "message": closed.message,
            })
        }),
    })
}
