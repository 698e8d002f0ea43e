//! Removes what is too old from the audit, each day.

use ipxe_orch_core::{
    auth::{Actor, Origin},
    orchestrator::{Caller, Orchestrator},
};
use std::{sync::Arc, time::Duration};
use tokio::{
    task::JoinHandle,
    time::{MissedTickBehavior, interval},
};

/// How often it looks.
const PERIOD: Duration = Duration::from_hours(24);

/// The background task that removes entries which are older than the settings say. It ends when it
/// is dropped.
#[derive(Debug)]
pub struct Pruner(JoinHandle<()>);

impl Pruner {
    /// Starts the task, which looks at once and then every day. `operator` is on whose behalf it
    /// works: whoever started the server.
    ///
    /// # Panics
    /// Outside of a Tokio runtime.
    pub fn start(orchestrator: Arc<Orchestrator>, operator: Actor, keep: Duration) -> Self {
        let caller = Caller::new(operator, Origin("audit.keep_days".to_owned()));
        Self(tokio::spawn(async move {
            let mut day = interval(PERIOD);
            day.set_missed_tick_behavior(MissedTickBehavior::Delay);
            loop {
                day.tick().await;
                prune(&orchestrator, &caller, keep).await;
            }
        }))
    }
}

impl Drop for Pruner {
    fn drop(&mut self) {
        self.0.abort();
    }
}

async fn prune(orchestrator: &Orchestrator, caller: &Caller, keep: Duration) {
    let before = orchestrator.now().minus(keep);
    match orchestrator.prune_audit(caller, before, None, false).await {
        Ok(pruned) => {
            for chain in pruned {
                let (removed, chain, waits) = (chain.removed, chain.chain, chain.waits_for);
                tracing::info!(removed, %chain, ?waits, "old audit entries are removed");
            }
        }
        Err(error) => {
            let error: &dyn std::error::Error = &error;
            tracing::warn!(error, "old audit entries are not removed; tried again in a day");
        }
    }
}
