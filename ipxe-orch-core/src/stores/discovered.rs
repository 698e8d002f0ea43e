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
    /// What it showed last.
    pub shown: Shown,
    /// The address from which it asked last.
    pub origin: Origin,
    /// The time when it was first seen.
    pub first_seen: Timestamp,
    /// The time when it was last seen.
    pub last_seen: Timestamp,
    /// How often it was seen.
    pub count: u32,
}

impl Discovered {
    /// The largest number that a store keeps. If there are more, it drops those that were not seen
    /// for the longest time.
    pub const MAX: u32 = 10_000;

    /// The machine that an event tells of, seen once. `None` if the event tells of no such machine.
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

    /// Counts one more sight of the machine. Events may come out of order.
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
