//! The clock of this server, compared with what other servers write.
//!
//! No server knows which of two clocks is wrong. So the one that is behind says so, is not ready,
//! and, if it is far behind, installs nothing: what it would write looks old to the others.

use super::Orchestrator;
use crate::{
    ids::ChainId,
    stores::{Checked, LastEntry, StoreError},
    time::Timestamp,
};
use std::{
    collections::BTreeMap,
    sync::{Arc, PoisonError},
    time::Duration,
};

/// A difference up to this is usual.
const USUAL: Duration = Duration::from_secs(5);
/// An entry tells of another clock for so long. After that its writer may have ended, or may have
/// corrected its clock.
const FRESH: Duration = Duration::from_mins(5);

/// Why the store or this server is not ready.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CheckError {
    /// The store does not answer, takes no writes, or is another one.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The clock is behind.
    #[error(transparent)]
    Clock(#[from] ClockBehind),
    /// The clock differs from that of the database's server.
    #[error(transparent)]
    DatabaseClock(#[from] DatabaseClock),
}

/// The clock of this server differs from that of the database's server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the clock of the database's server is {} s {} this server's: set the clocks of both by NTP",
    .by.as_secs(),
    if *.ahead { "ahead of" } else { "behind" }
)]
pub struct DatabaseClock {
    /// By how much at least.
    pub by: Duration,
    /// Whether the database's is the later one.
    pub ahead: bool,
}

impl DatabaseClock {
    /// Compares a time of the database with the times before and after it was read.
    fn compare(there: Timestamp, before: Timestamp, after: Timestamp) -> Result<(), Self> {
        let difference = |later: Timestamp, earlier: Timestamp| {
            let millis = later.as_millis().saturating_sub(earlier.as_millis());
            Duration::from_millis(u64::try_from(millis).unwrap_or(0))
        };
        let (ahead, behind) = (difference(there, after), difference(before, there));
        let (by, is_ahead) = if ahead > behind { (ahead, true) } else { (behind, false) };
        if by > USUAL { Err(Self { by, ahead: is_ahead }) } else { Ok(()) }
    }
}

/// The clock of this server is behind that of another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the clock of this server is {} s behind the time that another server has written (audit \
     chain {chain}): set the clocks of both by NTP",
    .by.as_secs()
)]
pub struct ClockBehind {
    /// By how much at least.
    pub by: Duration,
    /// The audit chain of the other server.
    pub chain: ChainId,
}

/// What is known of other clocks.
#[derive(Debug, Default)]
pub(super) struct Clocks {
    /// The last entry of each other chain, and when this server saw it first.
    seen: BTreeMap<ChainId, (u64, Timestamp)>,
    behind: Option<ClockBehind>,
}

impl Clocks {
    /// Compares with entries that this server has just seen.
    fn observe(&mut self, checked: &Checked, now: Timestamp) -> Option<ClockBehind> {
        let others = checked.latest.iter().filter(|entry| entry.chain != checked.chain);
        let behind = others.filter_map(|entry| self.compare(entry, now));
        self.behind = behind.max_by_key(|behind| behind.by);
        self.behind
    }

    fn compare(&mut self, entry: &LastEntry, now: Timestamp) -> Option<ClockBehind> {
        let LastEntry { chain, sequence, at } = *entry;
        let seen = self.seen.entry(chain).or_insert((sequence, now));
        // An entry is older than the moment at which it is seen. A clock that was set back starts
        // again.
        if seen.0 != sequence || seen.1 > now {
            *seen = (sequence, now);
        }
        let ahead = at.as_millis().saturating_sub(now.as_millis());
        let by = Duration::from_millis(u64::try_from(ahead).unwrap_or(0));
        let fresh = now < seen.1.plus(FRESH);
        (fresh && by > USUAL).then_some(ClockBehind { by, chain })
    }
}

impl Orchestrator {
    /// Checks that the store takes writes, that it is the one that it was, and that the clock of
    /// this server is not behind those of the others and agrees with the database's. Installs are suspended if the store is
    /// another one, and while the clock is further behind than
    /// [`Limits::clock_tolerance`](crate::lease::Limits::clock_tolerance).
    ///
    /// Returns whether the store is the one that it was; [`Self::suspended`] has the reason if not.
    ///
    /// # Errors
    /// [`CheckError`]: the server is not ready.
    pub async fn check_store(&self) -> Result<bool, CheckError> {
        let before = self.now();
        let checked = match self.parts.store.check(&self.recorder, before).await {
            Err(StoreError::Replaced(why)) => {
                self.suspend_installs(&why);
                return Ok(false);
            }
            checked => checked?,
        };
        let mut clocks = self.clocks.lock().unwrap_or_else(PoisonError::into_inner);
        let after = self.now();
        if let Some(behind) = clocks.observe(&checked, after) {
            return Err(behind.into());
        }
        checked.clock.map_or(Ok(()), |there| DatabaseClock::compare(there, before, after))?;
        Ok(true)
    }

    /// Why a clock that is far behind suspends installs.
    pub(super) fn clock_reason(&self) -> Option<Arc<str>> {
        let behind = self.clocks.lock().unwrap_or_else(PoisonError::into_inner).behind?;
        let far = behind.by > self.limits.clock_tolerance;
        far.then(|| format!("{behind}; installs are suspended until then").into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::Epoch;

    const OWN: ChainId = ChainId::from_bytes([1; 16]);
    const OTHER: ChainId = ChainId::from_bytes([2; 16]);

    fn checked(sequence: u64, own: i64, other: i64) -> Checked {
        let entry = |chain, at| LastEntry { chain, sequence, at: Timestamp::from_millis(at) };
        let latest = vec![entry(OWN, own), entry(OTHER, other)];
        Checked { epoch: Epoch::from_bytes([0; 16]), chain: OWN, latest, clock: None }
    }

    fn observe(clocks: &mut Clocks, checked: &Checked, now: i64) -> Option<u64> {
        clocks.observe(checked, Timestamp::from_millis(now)).map(|behind| behind.by.as_secs())
    }

    #[test]
    fn a_clock_behind_the_last_entry_of_another_server_is_told() {
        let mut clocks = Clocks::default();
        assert_eq!(observe(&mut clocks, &checked(1, 900_000, 105_000), 100_000), None);
        assert_eq!(observe(&mut clocks, &checked(2, 0, 106_000), 100_000), Some(6));
        assert_eq!(observe(&mut clocks, &checked(3, 0, 50_000), 100_000), None, "in the past");
    }

    #[test]
    fn a_clock_may_differ_from_the_databases_by_5_s() {
        let at = Timestamp::from_millis;
        let compare = |there| DatabaseClock::compare(at(there), at(100_000), at(102_000));
        for there in [95_000, 100_000, 101_000, 107_000] {
            assert_eq!(compare(there), Ok(()), "{there}");
        }
        let told = |there| compare(there).unwrap_err().to_string();
        assert!(told(94_000).starts_with("the clock of the database's server is 6 s behind this"));
        assert!(told(108_000).starts_with("the clock of the database's server is 6 s ahead of"));
        assert!(told(i64::MAX).contains("ahead") && told(i64::MIN).contains("behind"));
    }

    /// A server that has ended, or whose clock was corrected, keeps nobody from being ready.
    #[test]
    fn an_entry_tells_of_a_clock_for_some_minutes_only() {
        let (mut clocks, year) = (Clocks::default(), 31_536_000_000);
        assert!(observe(&mut clocks, &checked(7, 0, year), 1_000).is_some());
        assert!(observe(&mut clocks, &checked(7, 0, year), 300_000).is_some());
        assert_eq!(observe(&mut clocks, &checked(7, 0, year), 301_000), None);
        assert!(observe(&mut clocks, &checked(8, 0, year), 302_000).is_some(), "it goes on");
        assert_eq!(observe(&mut clocks, &checked(9, 0, 303_000), 303_000), None, "corrected");
    }
}
