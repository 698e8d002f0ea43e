//! `hosts rename`

use super::super::{
    context::Session,
    error::{CliResult, failed},
    output::note,
};
use crate::view::RenamedView;
use clap::Args;
use ipxe_orch_core::{names::HostName, orchestrator::HostInput};

const EXAMPLES: &str = "\
Examples:
  ipxe-orch hosts rename web1 web7 --reason 'moved to rack 7'

The id, the boot image, the marks and the history stay. A standing mark installs the name \
that the host had when it was marked: cancel it and mark again where the new name is wanted.";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct RenameArgs {
    /// The name of the host
    name: HostName,
    /// Its new name
    new: HostName,
    /// The reason, for the audit
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
}

pub(super) async fn run(args: RenameArgs, session: Session) -> CliResult {
    let context = session.open().await?;
    let RenameArgs { name, new, reason } = args;
    let host = context.host(&name).await?;
    if name == new {
        return failed(format!("host {name} has this name already"));
    }
    let mut spec = host.spec.clone();
    spec.name = new.clone();
    let (orchestrator, caller) = (context.orchestrator(), &context.caller);
    let plan = orchestrator.plan_import(caller, &[HostInput::edit(&host, spec)]).await?;
    let plan = match reason {
        Some(reason) => plan.because(reason),
        None => plan,
    };
    orchestrator.import(caller, &plan).await?;
    if host.lease.mark.is_some() {
        note(format_args!("its standing mark still installs it as {name}: see --help"));
    }
    if context.out.json {
        return context.out.json(&RenamedView { id: host.id, from: name, name: new });
    }
    context.out.line(format_args!("host {name} is called {new} now"))
}
