//! How many events one source may record. What is beyond that is counted, and recorded as one event
//! with its count.
//!
//! | source | at once | then |
//! |---|---|---|
//! | a host | 60 events | one in 10 minutes |
//! | an address that proved nothing, for each kind of event | 1 | one a minute |
//! | all such addresses beyond the first 100 | 1 | one a minute |

use ipxe_orch_core::{
    auth::Origin,
    ids::HostId,
    stores::{BootEvent, BootEventKind},
};
use std::{
    collections::HashMap,
    mem::{Discriminant, discriminant, take},
    net::IpAddr,
    time::Duration,
};
use tokio::time::Instant;

/// Events that a host may record at once.
pub(super) const BURST: u32 = 60;
/// After which it may record another one.
pub(super) const HOST: Duration = Duration::from_mins(10);
/// After which an address that proved nothing may record another event.
pub(super) const STRANGER: Duration = Duration::from_mins(1);
/// Addresses that proved nothing, each with its kind of event, that are told apart.
pub(super) const STRANGERS: usize = 100;
/// Hosts that are told apart. Each takes about 100 bytes for some minutes.
const HOSTS: usize = 100_000;
/// The origin of the rest of the addresses.
pub(super) const OTHERS: &str = "other addresses";

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Source {
    Host(HostId),
    Address(String, Discriminant<BootEventKind>),
    Others(Discriminant<BootEventKind>),
}

/// What a source may still record, and what is counted of it.
#[derive(Debug)]
struct Bucket {
    left: u32,
    since: Instant,
    /// One for each kind: the last event, with its count.
    held: Vec<BootEvent>,
}

/// All sources of which something was recorded lately.
#[derive(Debug, Default)]
pub(super) struct Rates {
    sources: HashMap<Source, Bucket>,
    strangers: usize,
}

impl Source {
    const fn limit(&self) -> (u32, Duration) {
        match self {
            Self::Host(_) => (BURST, HOST),
            Self::Address(..) | Self::Others(_) => (1, STRANGER),
        }
    }

    const fn is_stranger(&self) -> bool {
        matches!(self, Self::Address(..))
    }
}

impl Rates {
    /// The event if it may be recorded now. Otherwise it is counted.
    pub(super) fn pass(&mut self, mut event: BootEvent, now: Instant) -> Option<BootEvent> {
        let Some(source) = self.source(&event) else { return Some(event) };
        if matches!(source, Source::Others(_)) {
            event.origin = Origin(OTHERS.to_owned());
        }
        let (most, period) = source.limit();
        let bucket = self.sources.entry(source).or_insert_with(|| Bucket {
            left: most,
            since: now,
            held: Vec::new(),
        });
        bucket.refill(most, period, now);
        let same = bucket.held.iter_mut().find(|held| is_same(held, &event));
        match same {
            Some(held) => {
                let count = held.count.saturating_add(event.count);
                *held = BootEvent { count, ..event };
                None
            }
            None if bucket.left > 0 => {
                bucket.left -= 1;
                Some(event)
            }
            None => {
                bucket.held.push(event);
                None
            }
        }
    }

    /// What was counted, and may be recorded now.
    pub(super) fn due(&mut self, now: Instant) -> Vec<BootEvent> {
        let mut due = Vec::new();
        self.sources.retain(|source, bucket| {
            let (most, period) = source.limit();
            bucket.refill(most, period, now);
            while bucket.left > 0 && !bucket.held.is_empty() {
                bucket.left -= 1;
                due.push(bucket.held.remove(0));
            }
            bucket.left < most
        });
        self.strangers = self.sources.keys().filter(|source| source.is_stranger()).count();
        due
    }

    /// All that was counted.
    pub(super) fn rest(&mut self) -> Vec<BootEvent> {
        take(&mut self.sources).into_values().flat_map(|bucket| bucket.held).collect()
    }

    /// `None` for a host that is one too many.
    fn source(&mut self, event: &BootEvent) -> Option<Source> {
        let kind = discriminant(&event.kind);
        let source = match event.host {
            Some(host) => Source::Host(host),
            None => Source::Address(network(&event.origin.0), kind),
        };
        if self.sources.contains_key(&source) {
            return Some(source);
        }
        if !source.is_stranger() {
            return Some(source).filter(|_| self.sources.len() < HOSTS);
        }
        if self.strangers >= STRANGERS {
            return Some(Source::Others(kind));
        }
        self.strangers += 1;
        Some(source)
    }
}

impl Bucket {
    fn refill(&mut self, most: u32, period: Duration, now: Instant) {
        while self.left < most && now.duration_since(self.since) >= period {
            self.left += 1;
            self.since += period;
        }
        if self.left == most {
            self.since = now;
        }
    }
}

/// Whether one event can stand for both.
fn is_same(one: &BootEvent, other: &BootEvent) -> bool {
    use BootEventKind::{Refused, Reported};
    let detail = match (&one.kind, &other.kind) {
        (Reported { status: one, .. }, Reported { status: other, .. }) => one == other,
        (Refused { why: one, .. }, Refused { why: other, .. }) => one == other,
        (one, other) => discriminant(one) == discriminant(other),
    };
    // An alert keeps the address that it is about, and is not lost among what is none.
    let elsewhere = one.claimed_from == other.claimed_from
        && (one.claimed_from.is_none() || !one.alert || one.origin == other.origin);
    detail && elsewhere && one.alert == other.alert && one.attempt == other.attempt
}

/// An IPv4 address, or the /64 of an IPv6 address: whoever has one address has the whole of it.
fn network(origin: &str) -> String {
    match origin.parse() {
        Ok(IpAddr::V6(address)) => {
            let [a, b, c, d, ..] = address.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
        }
        _ => origin.to_owned(),
    }
}

#[cfg(test)]
mod tests;
