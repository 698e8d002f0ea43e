//! `hosts remove`

use super::super::{confirm::confirm, context::Session, each::Each, error::CliResult};
use crate::view::RemovedView;
use clap::Args;
use ipxe_orch_core::{names::HostName, stores::HostKey};

#[derive(Debug, Args)]
pub(crate) struct RemoveArgs {
    /// The names of the hosts
    #[arg(required = true)]
    names: Vec<HostName>,
    /// The reason, for the audit
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    /// Do not ask for confirmation
    #[arg(long)]
    yes: bool,
}

/// Removes each host.
pub(super) async fn run(args: RemoveArgs, session: Session) -> CliResult {
    let context = session.open().await?;
    let mut hosts = Vec::new();
    for name in &args.names {
        hosts.push(context.host(name).await?);
    }
    confirm(args.yes, &question(&args.names))?;
    let mut each = Each::new(&context);
    for host in hosts {
        let (name, key) = (&host.spec.name, HostKey::Id(host.id));
        match context.orchestrator().remove(&context.caller, &key, args.reason.clone()).await {
            Ok(_) => each.done(
                RemovedView { name: name.clone(), id: host.id },
                format_args!("host {name} is removed: its image boots the machine's own disk"),
            )?,
            Err(error) => each.refused(name, error),
        }
    }
    each.end()
}

fn question(names: &[HostName]) -> String {
    let names: Vec<_> = names.iter().map(HostName::as_str).collect();
    format!("{} will be forgotten, and needs a new image to come back.", names.join(", "))
}
