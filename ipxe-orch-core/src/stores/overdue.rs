//! Lists of what is overdue.

use crate::{
    ids::{AttemptId, HostId},
    lease::{Lease, Overdue},
    names::HostName,
    time::Timestamp,
};
use std::time::Duration;

/// Something of a host that is overdue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OverdueHost {
    /// The time since which it is overdue.
    pub since: Timestamp,
    /// The host.
    pub host: HostId,
    /// What is overdue.
    pub what: Overdue,
    /// The name of the host.
    pub name: HostName,
    /// The open attempt, if an install or an offer is overdue.
    pub attempt: Option<AttemptId>,
}

/// The place of an [`OverdueHost`] in the order of lists.
pub type OverdueKey = (Timestamp, HostId, Overdue);

impl OverdueHost {
    /// Its place in the order of lists.
    pub const fn key(&self) -> OverdueKey {
        (self.since, self.host, self.what)
    }
}

/// Which overdue things a list has.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct OverdueFilter {
    /// The time at which they are overdue. A thing is overdue from the millisecond of its deadline
    /// on.
    pub now: Timestamp,
    /// How long an offer may stand unclaimed, in whole milliseconds:
    /// [`crate::lease::Limits::claim_wait`].
    pub claim_wait: Duration,
    /// Only things after this key: the next page, or what has become overdue since.
    pub after: Option<OverdueKey>,
    /// The largest number of things. 0 means 1,000, which is also the limit.
    pub limit: u32,
}

impl OverdueFilter {
    /// The largest page.
    pub const MAX_PAGE: u32 = 1000;

    /// Everything that is overdue at `now`.
    pub const fn new(now: Timestamp, claim_wait: Duration) -> Self {
        Self { now, claim_wait, after: None, limit: 0 }
    }

    /// The overdue things of a host with this lease that the list wants, the limit apart.
    pub fn wanted(
        &self,
        host: HostId,
        lease: &Lease,
    ) -> impl Iterator<Item = (Timestamp, Overdue)> {
        lease.due(self.claim_wait).filter(move |(since, what)| {
            *since <= self.now && self.after.is_none_or(|after| (*since, host, *what) > after)
        })
    }

    /// The length of the page.
    pub fn page_size(&self) -> u32 {
        if self.limit == 0 { Self::MAX_PAGE } else { self.limit.min(Self::MAX_PAGE) }
    }
}
