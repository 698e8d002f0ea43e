//! Programs on one file take turns with its write lock.
//!
//! SQLite itself asks for a lock ever more slowly, at last ten times in a second. So it may wait
//! for seconds if another program takes the lock again as soon as it has released it. Here each
//! program asks every millisecond, and a program that writes without a pause leaves the lock free
//! now and then.

use super::fault::is_busy;
use rusqlite::{Connection, Result};
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// How long a writer waits for another one's lock.
const BUSY: Duration = Duration::from_secs(5);
/// How often it asks.
const ASK: Duration = Duration::from_millis(1);
/// How long a writer may go on while others wait.
const TURN: Duration = Duration::from_millis(50);
/// How long it then leaves the lock free: a sleeping program wakes up to a millisecond late.
const PAUSE: Duration = Duration::from_millis(3);

/// When this program had the lock.
#[derive(Debug)]
pub(super) struct WriteLock {
    began: Instant,
    released: Instant,
}

impl WriteLock {
    pub(super) fn new() -> Self {
        let now = Instant::now();
        Self { began: now, released: now }
    }

    /// Before the lock is taken: waits if it was this program's for long.
    pub(super) async fn next(&mut self) {
        if self.released.elapsed() < PAUSE {
            if self.began.elapsed() < TURN {
                return;
            }
            sleep(PAUSE).await;
        }
        self.began = Instant::now();
    }

    pub(super) fn released(&mut self) {
        self.released = Instant::now();
    }
}

/// Makes the connection report a lock at once instead of waiting.
pub(super) fn prepare(connection: &Connection) -> Result<()> {
    connection.busy_timeout(Duration::ZERO)
}

/// Begins a transaction with the write lock.
pub(super) async fn begin(connection: &mut Connection) -> Result<()> {
    let start = Instant::now();
    loop {
        match connection.execute_batch("BEGIN IMMEDIATE") {
            Err(error) if is_busy(&error) && start.elapsed() < BUSY => sleep(ASK).await,
            begun => return begun,
        }
    }
}
