//! Boot events.

use super::Time;
use ipxe_orch_core::{
    ids::{AttemptId, HostId},
    lease::Overdue,
    names::HostName,
    stores::{BootEvent, BootEventKind},
};
use serde::Serialize;
use std::net::IpAddr;

/// One thing that a machine did, or an answer that it got.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct EventView {
    /// The time.
    pub at: Time,
    /// The host. `None` if the machine proved no secret.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub host: Option<HostId>,
    /// The current name of the host. For a removed host, its name at that time.
    pub host_name: Option<HostName>,
    /// The attempt.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attempt: Option<AttemptId>,
    /// The address or the program from which it came.
    pub origin: String,
    /// What happened.
    #[serde(flatten)]
    pub kind: EventKindView,
    /// Whether a person should look at it.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub alert: bool,
    /// The machine booted from another image than the last one that was built for it.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub outdated_image: bool,
    /// The machine shows the registered UUID with its bytes in the other order, and is believed.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub swapped_uuid: bool,
    /// The address of the attempt's claim, if this came from an address that is neither the claim's
    /// nor the host's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub claimed_from: Option<IpAddr>,
    /// How often it happened since the last such event of the same source, if more than once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub count: Option<u32>,
}

/// What a machine did, or which answer it got. The field `event` names it.
#[derive(Clone, Debug, Serialize)]
#[serde(untagged)]
#[non_exhaustive]
pub enum EventKindView {
    /// Something of it is overdue.
    Overdue {
        /// `overdue`.
        event: &'static str,
        /// What should have happened.
        what: Overdue,
        /// The time since which it is overdue.
        since: Time,
    },
    /// Everything else, without times of its own.
    Other(BootEventKind),
}

impl EventView {
    /// The view of an event. `host_name` is the current name of its host.
    pub fn new(event: &BootEvent, host_name: Option<&HostName>) -> Self {
        let kind = match event.kind {
            BootEventKind::Overdue { what, since } => {
                EventKindView::Overdue { event: "overdue", what, since: Time(since) }
            }
            ref other => EventKindView::Other(other.clone()),
        };
        Self {
            at: Time(event.at),
            host: event.host,
            host_name: host_name.or(event.host_name.as_ref()).cloned(),
            attempt: event.attempt,
            origin: event.origin.0.clone(),
            kind,
            alert: event.alert,
            outdated_image: event.outdated_image,
            swapped_uuid: event.swapped_uuid,
            claimed_from: event.claimed_from,
            count: Some(event.count).filter(|count| *count > 1),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ipxe_orch_core::{auth::Origin, time::Timestamp};
    use serde_json::json;

    #[test]
    fn what_is_overdue_says_since_when() {
        let kind =
            BootEventKind::Overdue { what: Overdue::Install, since: Timestamp::from_millis(0) };
        let (at, origin) = (Timestamp::from_millis(1500), Origin("sweep".to_owned()));
        let host_name = Some("web1".parse().unwrap());
        let event = BootEvent { host_name, alert: true, ..BootEvent::new(at, origin, kind) };
        let view = json!({
            "at": "1970-01-01T00:00:01.500Z",
            "host_name": "web1",
            "origin": "sweep",
            "event": "overdue",
            "what": "install",
            "since": "1970-01-01T00:00:00.000Z",
            "alert": true,
        });
        assert_eq!(serde_json::to_value(EventView::new(&event, None)).unwrap(), view);
        let elsewhere = BootEvent { claimed_from: Some([192, 0, 2, 7].into()), ..event };
        let view = serde_json::to_value(EventView::new(&elsewhere, None)).unwrap();
        assert_eq!(view["claimed_from"], "192.0.2.7");
    }
}
