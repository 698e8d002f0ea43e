//! What happened at boot; kept apart from the audit, and may be lost in a crash.

use crate::{
    auth::Origin,
    boot::{Refusal, Shown},
    ids::{AttemptId, HostId},
    lease::Overdue,
    names::HostName,
    profile::Firmware,
    time::Timestamp,
};
use serde::{Deserialize, Serialize};

/// One thing that a machine did or was told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BootEvent {
    /// When.
    pub at: Timestamp,
    /// Which host; none where no secret was proven.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<HostId>,
    /// Its name then; none where it is not registered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host_name: Option<HostName>,
    /// Which attempt.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attempt: Option<AttemptId>,
    /// From where.
    pub origin: Origin,
    /// What.
    #[serde(flatten)]
    pub kind: BootEventKind,
    /// Somebody should look at it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub alert: bool,
    /// The machine booted from another image than the last one that was built for it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub outdated_image: bool,
}

/// What a machine did or was told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "event")]
#[non_exhaustive]
pub enum BootEventKind {
    /// It was told to boot its own disk.
    Local,
    /// It would be offered an install, but installs are suspended: it was told to boot its disk.
    Suspended,
    /// Its profile does not boot on this firmware: it was told to boot its disk.
    Unsupported {
        /// What it boots with.
        firmware: Firmware,
    },
    /// It was not believed, and told to boot its own disk.
    Refused {
        /// Why.
        why: Refusal,
        /// What it showed, where its secret was genuine.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        shown: Option<Box<Shown>>,
    },
    /// It was offered an install.
    Offered {
        /// The first, the second, …; counted at most once in 60 s.
        offer: u32,
    },
    /// It claimed.
    Claimed,
    /// Its claim was refused.
    ClaimRefused,
    /// An answer file was served.
    Answered {
        /// Which.
        name: String,
    },
    /// An answer file was asked for and refused: not before the claim, not after the end.
    AnswerRefused {
        /// Which.
        name: String,
    },
    /// A file was asked for.
    Media {
        /// Which.
        name: String,
    },
    /// It reported.
    Reported {
        /// `started`, `progress`, `done`, `failed`.
        status: String,
        /// What it said.
        message: String,
    },
    /// It reported, but nobody waits for it.
    ReportRefused {
        /// What it said.
        status: String,
    },
    /// Nothing was heard of it in time.
    Overdue {
        /// What was expected.
        what: Overdue,
        /// Since when.
        since: Timestamp,
    },
}

/// Which events are wanted.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct EventFilter {
    /// Of this host.
    pub host: Option<HostId>,
    /// Since then, that moment included.
    pub since: Option<Timestamp>,
    /// Only those that somebody should look at.
    pub alerts: bool,
    /// At most so many; 0 stands for 1,000, which is also the most.
    pub limit: u32,
}

impl EventFilter {
    /// Most events of one call.
    pub const MAX_PAGE: u32 = 1000;

    /// Whether an event is wanted, the limit apart.
    pub fn wants(&self, event: &BootEvent) -> bool {
        (self.host.is_none() || self.host == event.host)
            && self.since.is_none_or(|since| event.at >= since)
            && (event.alert || !self.alerts)
    }

    /// Events of the call.
    pub fn page_size(&self) -> u32 {
        if self.limit == 0 { Self::MAX_PAGE } else { self.limit.min(Self::MAX_PAGE) }
    }
}
