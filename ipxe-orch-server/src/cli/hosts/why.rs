//! Why new hosts are registered, and whether their first install waits.

use super::super::{context::Context, error::CliResult, output::note};
use clap::Args;
use ipxe_orch_core::{lease::HostState, orchestrator::Import, stores::HostFilter};

#[derive(Debug, Args)]
pub(super) struct Why {
    /// The reason, for the audit; policies may want one of a first boot that installs
    #[arg(long, value_name = "TEXT")]
    pub(super) reason: Option<String>,
    /// The ticket or change number of another system
    #[arg(long, value_name = "TEXT")]
    pub(super) change_ref: Option<String>,
}

impl Why {
    pub(super) fn of(&self, mut import: Import) -> Import {
        if let Some(reason) = &self.reason {
            import = import.because(reason);
        }
        match &self.change_ref {
            Some(change_ref) => import.for_change(change_ref),
            None => import,
        }
    }
}

/// Says that installs wait, if any do.
pub(super) async fn note_waiting(context: &Context) -> CliResult {
    let mut filter = HostFilter::default();
    (filter.state, filter.limit) = (Some(HostState::Waiting), 1);
    let waiting = context.orchestrator().hosts(&context.caller, &filter).await?;
    if !waiting.hosts.is_empty() {
        note("installs wait for a second person: see `ipxe-orch approvals list`");
    }
    Ok(())
}
