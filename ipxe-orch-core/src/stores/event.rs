//! Boot events. They are kept apart from the audit, and may be lost in a crash.

use crate::{
    auth::Origin,
    boot::{Refusal, Shown},
    host::LoaderPath,
    ids::{AttemptId, HostId},
    lease::{HostRecord, Overdue},
    names::HostName,
    profile::Firmware,
    time::Timestamp,
};
use serde::{Deserialize, Serialize};
use std::{fmt, net::IpAddr};

/// One thing that a machine did, or an answer that it got.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BootEvent {
    /// The time.
    pub at: Timestamp,
    /// The host. `None` if the machine proved nothing: no secret and no ticket.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<HostId>,
    /// The name of the host at that time. `None` if it was not registered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host_name: Option<HostName>,
    /// The attempt, if the event has to do with one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attempt: Option<AttemptId>,
    /// The address or the program from which it came.
    pub origin: Origin,
    /// What happened.
    #[serde(flatten)]
    pub kind: BootEventKind,
    /// Whether a person should look at it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub alert: bool,
    /// The machine booted from another image than the last one that was built for it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub outdated_image: bool,
    /// The machine shows the registered UUID with its bytes in the other order, and is believed.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub swapped_uuid: bool,
    /// The address of the attempt's claim, if this came from another one: neither the claim's nor
    /// one of the host's ([`Attempt::claimed_elsewhere`](crate::lease::Attempt::claimed_elsewhere)).
    /// Only answer files that were served and reports that were taken tell this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claimed_from: Option<IpAddr>,
    /// How often it happened since the last such event of the same source. Then the rest of the
    /// event is about the last time.
    #[serde(default = "once", skip_serializing_if = "is_once")]
    pub count: u32,
}

const fn once() -> u32 {
    1
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over a reference")]
const fn is_once(count: &u32) -> bool {
    *count == 1
}

impl BootEvent {
    /// The largest number of events without a host that a store keeps. If there are more, it drops
    /// the oldest of them. They never displace events of hosts.
    pub const MAX_UNPROVED: u32 = 10_000;

    /// Something that happened once, of nobody, and is no alert.
    pub const fn new(at: Timestamp, origin: Origin, kind: BootEventKind) -> Self {
        Self {
            at,
            host: None,
            host_name: None,
            attempt: None,
            origin,
            kind,
            alert: false,
            outdated_image: false,
            swapped_uuid: false,
            claimed_from: None,
            count: 1,
        }
    }

    /// The same of this host.
    #[must_use]
    pub fn of(mut self, host: &HostRecord) -> Self {
        (self.host, self.host_name) = (Some(host.id), Some(host.spec.name.clone()));
        self
    }

    /// Whether it is about somebody who proved nothing, and who may send as much as the network
    /// carries.
    pub const fn is_unproved(&self) -> bool {
        self.host.is_none()
    }
}

/// What a machine did, or which answer it got.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "event")]
#[non_exhaustive]
pub enum BootEventKind {
    /// It was told to boot its own disk.
    Local,
    /// It was told to boot its own disk while its install is under way. An installer may have
    /// restarted it, or the install was interrupted.
    DuringInstall,
    /// It is believed, and this server could not answer it: a person must act first.
    Unanswered {
        /// What stands in the way.
        why: String,
    },
    /// It would get an install, but installs are suspended. It was told to boot its own disk.
    Suspended,
    /// Its profile does not boot on this firmware. It was told to boot its own disk.
    Unsupported {
        /// The firmware of the machine.
        firmware: Firmware,
    },
    /// It was not believed, and told to boot its own disk.
    Refused {
        /// The reason.
        why: Refusal,
        /// What the machine showed, if its secret was genuine.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        shown: Option<Box<Shown>>,
    },
    /// It was offered an install.
    Offered {
        /// The number of this offer of the attempt. Requests within 60 s have the same number.
        offer: u32,
    },
    /// It claimed.
    Claimed,
    /// Its claim was refused.
    ClaimRefused,
    /// An answer file was served.
    Answered {
        /// The name of the file.
        name: String,
    },
    /// An answer file was refused, because there is no claim yet or the attempt has ended.
    AnswerRefused {
        /// The name of the file.
        name: String,
    },
    /// It asked for a media file.
    Media {
        /// The name of the file.
        name: String,
    },
    /// It reported.
    Reported {
        /// `started`, `progress`, `done` or `failed`.
        status: String,
        /// What the machine said.
        message: String,
        /// What it named as the loader of its system.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        loader: Option<NamedLoader>,
    },
    /// Its report was refused, because no attempt waits for it.
    ReportRefused {
        /// What the machine said.
        status: String,
    },
    /// Somebody showed a ticket that this installation did not issue.
    TicketRefused,
    /// Somebody asked for media as another server does, with a wrong authorization or with none.
    PeerRefused,
    /// Something of it is overdue.
    Overdue {
        /// What should have happened.
        what: Overdue,
        /// The time since which it is overdue.
        since: Timestamp,
    },
}

impl BootEventKind {
    /// Its name, as stored events, the API and metrics have it.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Local => "local",
            Self::DuringInstall => "during_install",
            Self::Unanswered { .. } => "unanswered",
            Self::Suspended => "suspended",
            Self::Unsupported { .. } => "unsupported",
            Self::Refused { .. } => "refused",
            Self::Offered { .. } => "offered",
            Self::Claimed => "claimed",
            Self::ClaimRefused => "claim_refused",
            Self::Answered { .. } => "answered",
            Self::AnswerRefused { .. } => "answer_refused",
            Self::Media { .. } => "media",
            Self::Reported { .. } => "reported",
            Self::ReportRefused { .. } => "report_refused",
            Self::TicketRefused => "ticket_refused",
            Self::PeerRefused => "peer_refused",
            Self::Overdue { .. } => "overdue",
        }
    }
}

/// What a machine named as the loader of its system.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NamedLoader {
    /// The loader.
    Path(LoaderPath),
    /// Something else. It is ignored.
    Ignored,
}

impl fmt::Display for NamedLoader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Path(path) => write!(f, "loader {}", path.as_str()),
            Self::Ignored => f.write_str("its loader is ignored, because it has no right path"),
        }
    }
}

/// Which events a list has. All of them by default; start from `EventFilter::default()`.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct EventFilter {
    /// Only events of this host.
    pub host: Option<HostId>,
    /// Only events at this time or later.
    pub since: Option<Timestamp>,
    /// Only alerts.
    pub alerts: bool,
    /// The largest number of events. 0 means 1,000, which is also the limit.
    pub limit: u32,
}

impl EventFilter {
    /// The largest page.
    pub const MAX_PAGE: u32 = 1000;

    /// Whether the list has this event. The limit and the grant do not count here.
    pub fn wants(&self, event: &BootEvent) -> bool {
        (self.host.is_none() || self.host == event.host)
            && self.since.is_none_or(|since| event.at >= since)
            && (event.alert || !self.alerts)
    }

    /// The length of the page.
    pub fn page_size(&self) -> u32 {
        if self.limit == 0 { Self::MAX_PAGE } else { self.limit.min(Self::MAX_PAGE) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_stored_events() {
        let name = || "preseed".to_owned();
        let status = || "done".to_owned();
        let kinds = [
            BootEventKind::Local,
            BootEventKind::DuringInstall,
            BootEventKind::Unanswered { why: name() },
            BootEventKind::Suspended,
            BootEventKind::Unsupported { firmware: Firmware::Uefi },
            BootEventKind::Refused { why: Refusal::UnknownHost, shown: None },
            BootEventKind::Offered { offer: 1 },
            BootEventKind::Claimed,
            BootEventKind::ClaimRefused,
            BootEventKind::Answered { name: name() },
            BootEventKind::AnswerRefused { name: name() },
            BootEventKind::Media { name: name() },
            BootEventKind::Reported { status: status(), message: name(), loader: None },
            BootEventKind::ReportRefused { status: status() },
            BootEventKind::TicketRefused,
            BootEventKind::PeerRefused,
            BootEventKind::Overdue { what: Overdue::Mark, since: Timestamp::from_millis(0) },
        ];
        for kind in kinds {
            let stored = serde_json::to_value(&kind).unwrap();
            assert_eq!(stored["event"], kind.name());
        }
    }
}
