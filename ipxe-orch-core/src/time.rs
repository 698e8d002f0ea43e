//! Time and randomness as parameters: nothing in this crate reads a clock or makes random numbers.

use serde::{Deserialize, Serialize};
use std::{fmt, time::Duration};

/// A moment: milliseconds since 1970-01-01T00:00:00Z, without leap seconds.
///
/// It comes from the clock of the server that decides, never from a database. The clocks of two
/// machines differ, and a deadline must be compared with the clock that set it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(i64);

impl Timestamp {
    /// The moment `millis` milliseconds after 1970-01-01T00:00:00Z.
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// Milliseconds since 1970-01-01T00:00:00Z.
    pub const fn as_millis(self) -> i64 {
        self.0
    }

    /// The moment `by` later than this one, or the latest possible one.
    #[must_use]
    pub fn plus(self, by: Duration) -> Self {
        Self(self.0.saturating_add(millis(by)))
    }

    /// The moment `by` earlier than this one, or the earliest possible one.
    #[must_use]
    pub fn minus(self, by: Duration) -> Self {
        Self(self.0.saturating_sub(millis(by)))
    }
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ms", self.0)
    }
}

/// A moment as people read it: RFC 3339 in UTC, with milliseconds.
///
/// ```
/// use ipxe_orch_core::time::{Timestamp, Utc};
///
/// // date -u -d @1769868309
/// let moment = Utc(Timestamp::from_millis(1_769_868_309_500));
/// assert_eq!(moment.to_string(), "2026-01-31T14:05:09.500Z");
/// let before = Utc(Timestamp::from_millis(-1));
/// assert_eq!(before.to_string(), "1969-12-31T23:59:59.999Z");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Utc(pub Timestamp);

impl fmt::Display for Utc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const DAY: i64 = 86_400_000;
        let millis = self.0.as_millis();
        let (days, rest) = (millis.div_euclid(DAY), millis.rem_euclid(DAY));
        let (year, month, day) = date(days);
        let (hour, minute, second) = (rest / 3_600_000, rest / 60_000 % 60, rest / 1000 % 60);
        let part = rest % 1000;
        write!(f, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{part:03}Z")
    }
}

/// The date so many days after 1970-01-01. Years are counted from March on, so that the leap day is
/// the last one; 400 of them have 146,097 days.
const fn date(days: i64) -> (i64, i64, i64) {
    // From 0000-03-01.
    let days = days.saturating_add(719_468);
    let (era, day) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let date = day - (153 * month + 2) / 5 + 1;
    let (month, next) = if month < 10 { (month + 3, 0) } else { (month - 9, 1) };
    (era * 400 + year + next, month, date)
}

/// Tells the current time.
///
/// # Rules
/// - It is the time of day (UTC) of the server, kept right by NTP or the like. Servers of one
///   installation should differ by less than a second: a mark that one sets is read by another.
/// - It may jump, and it may go backwards; nothing here relies on its order. Milliseconds are
///   enough.
/// - It answers at once: it is asked several times for each request.
///
/// # Example
/// ```
/// use ipxe_orch_core::time::{Clock, Timestamp};
///
/// struct SystemClock;
///
/// impl Clock for SystemClock {
///     fn now(&self) -> Timestamp {
///         let since = std::time::UNIX_EPOCH.elapsed().unwrap_or_default();
///         Timestamp::from_millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
///     }
/// }
/// assert!(SystemClock.now() > Timestamp::from_millis(0));
/// ```
pub trait Clock: Send + Sync {
    /// The current time of this server.
    fn now(&self) -> Timestamp;
}

/// Makes unpredictable bytes.
///
/// # Rules
/// - The bytes come from a cryptographically secure generator, such as the one of the operating
///   system. Keys, tickets and ids are made of them.
/// - All of `bytes` is filled. There is no error: an implementation without randomness panics
///   before it leaves zeros.
/// - No two calls give the same bytes, not in two servers, after a fork, or in a copy of a virtual
///   machine.
/// - [`CountingRandom`](crate::memory::CountingRandom) repeats itself in each run: it is for tests.
pub trait Random: Send + Sync {
    /// Fills `bytes` with random bytes that are good enough for keys and ids.
    fn fill(&self, bytes: &mut [u8]);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_those_of_the_calendar() {
        // date -u -d @N +%F
        for (second, expected) in [
            (0, "1970-01-01"),
            (951_782_400, "2000-02-29"),
            (951_868_800, "2000-03-01"),
            (1_709_164_800, "2024-02-29"),
            (4_107_542_400, "2100-03-01"),
            (4_107_456_000, "2100-02-28"),
            (-2_203_891_200, "1900-03-01"),
        ] {
            let shown = Utc(Timestamp::from_millis(second * 1000)).to_string();
            assert_eq!(shown, format!("{expected}T00:00:00.000Z"));
        }
    }
}
