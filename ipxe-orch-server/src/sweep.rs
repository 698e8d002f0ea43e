//! Looks for machines that are late, so that nobody has to ask.

use ipxe_orch_core::{orchestrator::Orchestrator, stores::OverdueKey};
use std::{sync::Arc, time::Duration};
use tokio::{
    task::JoinHandle,
    time::{MissedTickBehavior, interval, timeout},
};

/// How often it looks.
const PERIOD: Duration = Duration::from_mins(1);
/// Longest wait for the store.
const PATIENCE: Duration = Duration::from_secs(10);

/// The task that tells of installs past their deadline, marks past their expiry and offers that
/// nobody claimed for an hour: at once, then every minute, each with one event and its alert.
///
/// It remembers what it told of only while it runs: a server that starts tells of all that is
/// overdue then, and each of several servers tells of it. It changes no lease. Dropped, it ends.
#[derive(Debug)]
pub struct Sweeper(JoinHandle<()>);

impl Sweeper {
    /// Starts the task.
    ///
    /// # Panics
    /// Outside of a Tokio runtime.
    pub fn start(orchestrator: Arc<Orchestrator>) -> Self {
        Self(tokio::spawn(run(orchestrator)))
    }
}

impl Drop for Sweeper {
    fn drop(&mut self) {
        self.0.abort();
    }
}

async fn run(orchestrator: Arc<Orchestrator>) {
    let mut last: Option<OverdueKey> = None;
    let mut minute = interval(PERIOD);
    minute.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        minute.tick().await;
        match timeout(PATIENCE, orchestrator.tell_overdue(&mut last)).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => {
                let error: &dyn std::error::Error = &error;
                tracing::warn!(error, "what is overdue is not known; it is looked for again");
            }
            Err(_) => tracing::warn!("what is overdue is not known: the store does not answer"),
        }
    }
}
