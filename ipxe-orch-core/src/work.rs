//! Work that takes time, done elsewhere than where machines are answered.
//!
//! Templates are rendered and scripts are proved on the threads of a [`Workers`], within a time
//! limit. So a slow template delays its own host, and no other.

use async_trait::async_trait;
use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    time::Duration,
};

/// Work to be done. It looks at the [`GivenUp`] between its steps.
pub type Job = Box<dyn FnOnce(&GivenUp) + Send>;

/// Whether nobody waits for a job any more. Such a job ends as soon as it can.
#[derive(Clone, Debug, Default)]
pub struct GivenUp(Arc<AtomicBool>);

impl GivenUp {
    /// Whether nobody waits any more.
    pub fn is_set(&self) -> bool {
        self.0.load(Relaxed)
    }

    /// Tells the job that nobody waits any more.
    pub fn set(&self) {
        self.0.store(true, Relaxed);
    }
}

/// Why a job was not done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum WorkError {
    /// It was not done in time. It may still be running.
    Late,
    /// It panicked.
    Failed,
}

impl fmt::Display for WorkError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Late => "the work was not done in time",
            Self::Failed => "the work failed",
        })
    }
}

impl std::error::Error for WorkError {}

/// Does jobs.
///
/// # Rules
/// - At most a fixed number of jobs run at the same time. A job that was given up counts until it
///   ends.
/// - `run` returns within `limit`, in which the wait for a free place counts, too. It then sets the
///   job's [`GivenUp`].
/// - It never blocks the thread that calls it, except
///   [`InPlace`](crate::memory::InPlace), which is for tests.
#[async_trait]
pub trait Workers: Send + Sync {
    /// Does `job`, and waits for its end for at most `limit`.
    ///
    /// # Errors
    /// [`WorkError`].
    async fn run(&self, limit: Duration, job: Job) -> Result<(), WorkError>;
}
