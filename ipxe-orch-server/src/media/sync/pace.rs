//! The least rate of an answer. Without it, a server that sends a byte now and then would keep a
//! sync going for ever.

use std::time::Duration;
use tokio::time::{Instant, timeout_at};

/// The time in which [`LEAST`] must come.
const WINDOW: Duration = Duration::from_mins(1);
/// The number of bytes that must come in each [`WINDOW`].
const LEAST: u64 = 1 << 20;

/// Less than 1 MiB came in a minute.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("less than 1 MiB came in a minute")]
pub(super) struct TooSlow;

/// How much came since when.
pub(super) struct Pace {
    since: Instant,
    came: u64,
}

impl Pace {
    pub(super) fn new() -> Self {
        Self { since: Instant::now(), came: 0 }
    }

    /// Counts bytes that came.
    pub(super) fn count(&mut self, bytes: &[u8]) {
        let len = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        self.came = self.came.saturating_add(len);
    }

    /// Waits for the next part, as long as enough came before. `next` may be asked again: it must
    /// lose nothing if its future is dropped.
    pub(super) async fn wait<T>(&mut self, mut next: impl AsyncFnMut() -> T) -> Result<T, TooSlow> {
        loop {
            match timeout_at(self.since + WINDOW, next()).await {
                Ok(part) => return Ok(part),
                Err(_) if self.came < LEAST => return Err(TooSlow),
                Err(_) => *self = Self::new(),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::time::sleep;

    /// Receives parts of this length, one each `every`, for 24 hours at most; the time until it is
    /// given up.
    async fn given_up(part: usize, every: Duration) -> Option<Duration> {
        let (mut pace, start, part) = (Pace::new(), Instant::now(), vec![0; part]);
        while start.elapsed() < Duration::from_hours(24) {
            let came = pace.wait(async || sleep(every).await).await;
            if came.is_err() {
                return Some(start.elapsed());
            }
            pace.count(&part);
        }
        None
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_that_trickles_is_given_up_after_a_minute() {
        let minute = Some(Duration::from_mins(1));
        assert_eq!(given_up(1, Duration::from_millis(10)).await, minute);
        assert_eq!(given_up(10_000, Duration::from_secs(1)).await, minute);
        assert_eq!(given_up(1 << 30, Duration::from_secs(70)).await, minute, "nothing at all");
    }

    #[tokio::test(start_paused = true)]
    async fn a_slow_line_is_waited_for() {
        assert_eq!(given_up(20_000, Duration::from_secs(1)).await, None);
        assert_eq!(given_up(1 << 20, Duration::from_secs(29)).await, None);
    }
}
