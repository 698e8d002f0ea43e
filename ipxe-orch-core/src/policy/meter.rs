//! What was armed under a limit.

use super::{Count, Limit};
use crate::{error::StoreError, names::PolicyName, time::Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The times at which installs were armed without a second person, the oldest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Meter(Vec<Timestamp>);

impl Meter {
    /// How many more may be armed at `now`.
    pub fn left(&self, limit: Limit, now: Timestamp) -> u32 {
        let armed = self.0.iter().filter(|at| counts(**at, limit, now)).count();
        limit.installs.saturating_sub(u32::try_from(armed).unwrap_or(u32::MAX))
    }

    /// The meter after `installs` more were armed at `now`.
    ///
    /// # Errors
    /// [`StoreError::Limited`] if that is more than the limit allows.
    pub fn with(&self, installs: u32, limit: Limit, now: Timestamp) -> Result<Self, StoreError> {
        if installs > self.left(limit, now) {
            return Err(StoreError::Limited);
        }
        // What no longer counts is forgotten: the list is never longer than the limit.
        let mut armed: Vec<_> =
            self.0.iter().copied().filter(|at| counts(*at, limit, now)).collect();
        armed.extend((0..installs).map(|_| now));
        armed.sort_unstable();
        Ok(Self(armed))
    }
}

/// Places of a limit that are taken at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Taken {
    /// The policy and its limit.
    pub count: Count,
    /// How many.
    pub installs: u32,
    /// The time of the orders, of the latest one if there are several.
    pub at: Timestamp,
}

impl Taken {
    /// The sum for each policy, in the order of their names.
    pub fn sum(taken: impl IntoIterator<Item = Self>) -> Vec<Self> {
        let mut sums: BTreeMap<PolicyName, Self> = BTreeMap::new();
        for one in taken {
            let sum = sums.entry(one.count.policy.clone());
            let sum = sum.or_insert_with(|| Self { installs: 0, ..one.clone() });
            sum.installs = sum.installs.saturating_add(one.installs);
            sum.at = sum.at.max(one.at);
        }
        sums.into_values().collect()
    }

    /// The meter of the policy afterwards. `before` is its meter as it is stored now, `None` if the
    /// policy was removed.
    ///
    /// # Errors
    /// [`StoreError::Limited`] if there are not as many places left, or if there is no policy.
    pub fn from(&self, before: Option<&Meter>) -> Result<Meter, StoreError> {
        let before = before.ok_or(StoreError::Limited)?;
        before.with(self.installs, self.count.limit, self.at)
    }
}

/// Servers' clocks differ: what another server armed in the future counts as well.
fn counts(at: Timestamp, limit: Limit, now: Timestamp) -> bool {
    at.plus(limit.period()) > now
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: Limit = Limit { installs: 3, seconds: 10 };

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_millis(seconds * 1000)
    }

    #[test]
    fn a_limit_holds_in_each_period() {
        let mut meter = Meter::default();
        let mut armed = Vec::new();
        for now in 0..200 {
            while let Ok(next) = meter.with(1, LIMIT, at(now)) {
                meter = next;
                armed.push(now);
            }
        }
        for start in 0..200 {
            let within = armed.iter().filter(|now| (start..start + 10).contains(*now)).count();
            assert!(within <= 3, "{within} from {start}");
        }
        assert_eq!(armed.len(), 60);
        assert_eq!(meter.0.len(), 3);
    }

    #[test]
    fn many_at_once_fit_in_or_none() {
        let meter = Meter::default().with(2, LIMIT, at(0)).unwrap();
        assert!(matches!(meter.with(2, LIMIT, at(9)), Err(StoreError::Limited)));
        assert_eq!(meter.left(LIMIT, at(9)), 1);
        assert_eq!(meter.with(3, LIMIT, at(10)).unwrap().left(LIMIT, at(10)), 0);
    }

    #[test]
    fn a_clock_that_was_ahead_frees_no_place() {
        let meter = Meter::default().with(3, LIMIT, at(100)).unwrap();
        assert_eq!(meter.left(LIMIT, at(95)), 0);
    }

    #[test]
    fn places_are_summed_for_each_policy() {
        let taken = |policy: &str, seconds| Taken {
            count: Count { policy: policy.parse().unwrap(), limit: LIMIT },
            installs: 1,
            at: at(seconds),
        };
        let sums = Taken::sum([taken("b", 1), taken("a", 2), taken("b", 3)]);
        let shown: Vec<_> =
            sums.iter().map(|sum| (sum.count.policy.as_str(), sum.installs, sum.at)).collect();
        assert_eq!(shown, [("a", 1, at(2)), ("b", 2, at(3))]);
    }
}
