//! `hosts remove`

use super::super::{
    confirm::confirm,
    context::Session,
    error::{CliError, CliResult},
    output::complain,
};
use crate::view::{EachView, RefusedView, RemovedView};
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

/// Removes each host; those that refuse are named, and do not keep the others from it.
pub(super) async fn run(args: RemoveArgs, session: Session) -> CliResult {
    let context = session.open().await?;
    let mut hosts = Vec::new();
    for name in &args.names {
        hosts.push(context.host(name).await?);
    }
    confirm(args.yes, &question(&args.names))?;
    let (mut results, mut refused) = (Vec::new(), false);
    for host in hosts {
        let (name, key) = (&host.spec.name, HostKey::Id(host.id));
        match context.orchestrator().remove(&context.caller, &key, args.reason.clone()).await {
            Ok(_) if context.out.json => {
                results.push(EachView::Done(RemovedView { name: name.clone(), id: host.id }));
            }
            Ok(_) => context.out.line(format_args!(
                "host {name} is removed: its image boots the machine's own disk"
            ))?,
            Err(error) => {
                refused = true;
                let CliError::Failed(error) = CliError::from(error) else { continue };
                complain(format_args!("error: {error}"));
                results.push(EachView::Refused(RefusedView { name: name.clone(), error }));
            }
        }
    }
    if context.out.json {
        context.out.json(&results)?;
    }
    if refused { Err(CliError::Shown) } else { Ok(()) }
}

fn question(names: &[HostName]) -> String {
    let names: Vec<_> = names.iter().map(HostName::as_str).collect();
    format!("{} will be forgotten, and needs a new image to come back.", names.join(", "))
}
