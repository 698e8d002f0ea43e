//! Machines that boot from a genuine image, but are not registered.

use super::{BootEvent, BootEventKind};
use crate::{
    auth::Origin,
    boot::{Refusal, Shown},
    ids::HostId,
    time::Timestamp,
};
use serde::{Deserialize, Serialize};

/// A machine whose secret is genuine, and whose host was never registered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Discovered {
    /// The host that its image was made for.
    pub host: HostId,
    /// What it last showed.
    pub shown: Shown,
    /// From where it last asked.
    pub origin: Origin,
    /// When it was first seen.
    pub first_seen: Timestamp,
    /// When it was last seen.
    pub last_seen: Timestamp,
    /// How often it was seen.
    pub count: u32,
}

impl Discovered {
    /// So many are kept; those that were not seen for longest make way.
    pub const MAX: u32 = 10_000;

    /// The machine of an event that tells of one, seen once.
    pub fn of(event: &BootEvent) -> Option<Self> {
        let BootEventKind::Refused { why: Refusal::UnknownHost, shown } = &event.kind else {
            return None;
        };
        Some(Self {
            host: event.host?,
            shown: shown.as_deref()?.clone(),
            origin: event.origin.clone(),
            first_seen: event.at,
            last_seen: event.at,
            count: 1,
        })
    }

    /// As seen once more; events may come out of order.
    pub fn seen_again(&mut self, later: Self) {
        self.count = self.count.saturating_add(later.count);
        self.first_seen = self.first_seen.min(later.first_seen);
        if later.last_seen >= self.last_seen {
            self.last_seen = later.last_seen;
            self.shown = later.shown;
            self.origin = later.origin;
        }
    }
}
