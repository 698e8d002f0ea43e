//! Looks for overdue machines, so that nobody has to ask.

use ipxe_orch_core::{orchestrator::Orchestrator, stores::OverdueKey};
use std::{sync::Arc, time::Duration};
use tokio::{
    task::JoinHandle,
    time::{MissedTickBehavior, interval, timeout},
};

/// How often it looks.
const PERIOD: Duration = Duration::from_mins(1);
/// The longest wait for the store.
const PATIENCE: Duration = Duration::from_secs(10);

/// The background task that reports what is overdue: installs past their deadline, expired marks,
/// and offers that nobody has claimed for an hour. It looks at once and then every minute, and
/// reports each of them once, with an event and an alert.
///
/// It remembers only while it runs what it has reported. A server that starts reports everything
/// that is overdue at that time, and each of several servers reports it. It changes no lease. It
/// ends when it is dropped.
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
                tracing::warn!(
                    error,
                    "cannot look for overdue installs; this is tried again in a minute"
                );
            }
            Err(_) => tracing::warn!("cannot look for overdue installs: the store does not answer"),
        }
    }
}
