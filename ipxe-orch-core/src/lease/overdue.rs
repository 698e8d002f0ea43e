//! What is overdue. This is only for reports: what happens to a lease is decided by the table
//! alone.

use super::{Attempt, Lease};
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// What should have happened already.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Overdue {
    /// The end of an install, or its start: the attempt's deadline has passed.
    Install,
    /// The claim of a mark: it has expired.
    Mark,
    /// The claim of an offer: [`super::Limits::claim_wait`] has passed.
    Offer,
}

impl Lease {
    /// What becomes overdue, and when, if nothing happens before.
    pub fn due(&self, claim_wait: Duration) -> impl Iterator<Item = (Timestamp, Overdue)> {
        let open = self.attempt.as_ref().filter(|attempt| attempt.is_open());
        let unclaimed = open.filter(|attempt| attempt.claim.is_none());
        let install = open.and_then(|attempt| attempt.deadline);
        let mark = self.mark.as_ref().and_then(|mark| mark.expires_at);
        let offer = unclaimed.map(|Attempt { offered_at, .. }| offered_at.plus(claim_wait));
        [(install, Overdue::Install), (mark, Overdue::Mark), (offer, Overdue::Offer)]
            .into_iter()
            .filter_map(|(at, what)| Some((at?, what)))
    }
}
