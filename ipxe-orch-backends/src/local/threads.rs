//! Threads for work that takes time, such as rendering.

use async_trait::async_trait;
use ipxe_orch_core::work::{GivenUp, Job, WorkError, Workers};
use std::{num::NonZeroUsize, sync::Arc, thread::available_parallelism, time::Duration};
use tokio::{
    sync::Semaphore,
    task::{JoinHandle, spawn_blocking},
    time::timeout,
};

/// Does jobs on Tokio's threads for blocking work, as many at the same time as the machine has
/// processors, but at least two. It needs a Tokio runtime with time.
///
/// # Example
///
/// ```
/// use ipxe_orch_backends::local::Threads;
/// use ipxe_orch_core::work::{WorkError, Workers as _};
/// use std::{thread::sleep, time::Duration};
///
/// # #[tokio::main]
/// # async fn main() {
/// let threads = Threads::default();
/// let limit = Duration::from_secs(10);
/// assert_eq!(threads.run(limit, Box::new(|_| ())).await, Ok(()));
/// let never_ends = Box::new(|given_up: &ipxe_orch_core::work::GivenUp| {
///     while !given_up.is_set() {
///         sleep(Duration::from_millis(1));
///     }
/// });
/// assert_eq!(threads.run(Duration::from_millis(20), never_ends).await, Err(WorkError::Late));
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Threads {
    places: Arc<Semaphore>,
}

impl Threads {
    /// Does at most `most` jobs at the same time.
    pub fn new(most: NonZeroUsize) -> Self {
        Self { places: Arc::new(Semaphore::new(most.get().min(Semaphore::MAX_PERMITS))) }
    }

    /// Starts the job when there is a place. The place is free again when the job has ended.
    async fn start(&self, given_up: GivenUp, job: Job) -> Result<JoinHandle<()>, WorkError> {
        let place = Arc::clone(&self.places).acquire_owned().await;
        let place = place.map_err(|_| WorkError::Failed)?;
        Ok(spawn_blocking(move || {
            job(&given_up);
            drop(place);
        }))
    }
}

impl Default for Threads {
    fn default() -> Self {
        let two = NonZeroUsize::MIN.saturating_add(1);
        Self::new(available_parallelism().map_or(two, |processors| processors.max(two)))
    }
}

/// Sets it when it is dropped: at the time limit, and when the caller is dropped.
struct GiveUp(GivenUp);

impl Drop for GiveUp {
    fn drop(&mut self) {
        self.0.set();
    }
}

#[async_trait]
impl Workers for Threads {
    async fn run(&self, limit: Duration, job: Job) -> Result<(), WorkError> {
        let give_up = GiveUp(GivenUp::default());
        let work = async {
            let running = self.start(give_up.0.clone(), job).await?;
            running.await.map_err(|_| WorkError::Failed)
        };
        timeout(limit, work).await.unwrap_or(Err(WorkError::Late))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{
        sync::mpsc::{Receiver, Sender, channel},
        thread::sleep,
    };

    const LONG: Duration = Duration::from_secs(20);

    /// A job that waits until it is given up, and then says so.
    fn waits(ended: Sender<()>) -> Job {
        Box::new(move |given_up: &GivenUp| {
            while !given_up.is_set() {
                sleep(Duration::from_millis(1));
            }
            ended.send(()).unwrap();
        })
    }

    fn told(ended: &Receiver<()>) -> bool {
        ended.recv_timeout(LONG).is_ok()
    }

    #[tokio::test]
    async fn a_late_job_is_told_to_end_and_its_place_is_free_then() {
        let (threads, (sender, ended)) = (Threads::new(NonZeroUsize::MIN), channel());
        for _ in 0..2 {
            let late = threads.run(Duration::from_millis(20), waits(sender.clone())).await;
            assert_eq!(late, Err(WorkError::Late));
            assert!(told(&ended));
        }
        assert_eq!(threads.run(LONG, Box::new(|_| ())).await, Ok(()));
    }

    #[tokio::test]
    async fn a_wait_for_a_place_has_the_same_limit() {
        let (threads, (sender, ended)) = (Threads::new(NonZeroUsize::MIN), channel());
        let (first, other) = (threads.clone(), sender.clone());
        let busy = tokio::spawn(async move { first.run(LONG, waits(other)).await });
        while threads.places.available_permits() > 0 {
            tokio::task::yield_now().await;
        }
        let late = threads.run(Duration::from_millis(20), waits(sender)).await;
        assert_eq!(late, Err(WorkError::Late), "it never started");
        busy.abort();
        assert!(busy.await.unwrap_err().is_cancelled());
        assert!(told(&ended), "who hangs up ends his job");
    }

    #[tokio::test]
    async fn a_panic_is_an_error() {
        let threads = Threads::default();
        let failed = threads.run(LONG, Box::new(|_| panic!("it fails"))).await;
        assert_eq!(failed, Err(WorkError::Failed));
    }
}
