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
