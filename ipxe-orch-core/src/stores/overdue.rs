//! What is overdue, and how it is asked for.

use crate::{
    ids::{AttemptId, HostId},
    lease::{Lease, Overdue},
    names::HostName,
    time::Timestamp,
};
use std::time::Duration;

/// Something that a host is late with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OverdueHost {
    /// Since when.
    pub since: Timestamp,
    /// Which host.
    pub host: HostId,
    /// With what.
    pub what: Overdue,
    /// Its name.
    pub name: HostName,
    /// The open attempt, of an install or an offer.
    pub attempt: Option<AttemptId>,
}

/// The place of an [`OverdueHost`] in a list.
pub type OverdueKey = (Timestamp, HostId, Overdue);

impl OverdueHost {
    /// Its place in a list.
    pub const fn key(&self) -> OverdueKey {
        (self.since, self.host, self.what)
    }
}

/// What is asked for.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct OverdueFilter {
    /// What is overdue then; a deadline counts from its very millisecond on.
    pub now: Timestamp,
    /// [`crate::lease::Limits::claim_wait`], in whole milliseconds.
    pub claim_wait: Duration,
    /// After this one: the next page, or what became overdue since.
    pub after: Option<OverdueKey>,
    /// At most so many; 0 stands for 1,000, which is also the most.
    pub limit: u32,
}

impl OverdueFilter {
    /// Most of one page.
    pub const MAX_PAGE: u32 = 1000;

    /// All that is overdue at `now`.
    pub const fn new(now: Timestamp, claim_wait: Duration) -> Self {
        Self { now, claim_wait, after: None, limit: 0 }
    }

    /// What the lease of a host makes wanted.
    pub fn wanted(
        &self,
        host: HostId,
        lease: &Lease,
    ) -> impl Iterator<Item = (Timestamp, Overdue)> {
        lease.due(self.claim_wait).filter(move |(since, what)| {
            *since <= self.now && self.after.is_none_or(|after| (*since, host, *what) > after)
        })
    }

    /// Length of the page.
    pub fn page_size(&self) -> u32 {
        if self.limit == 0 { Self::MAX_PAGE } else { self.limit.min(Self::MAX_PAGE) }
    }
}
