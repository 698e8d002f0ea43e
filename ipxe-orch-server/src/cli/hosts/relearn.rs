//! `hosts relearn`

use super::super::{confirm::confirm, context::Session, error::CliResult};
use crate::view::RelearntView;
use clap::Args;
use ipxe_orch_core::{names::HostName, stores::HostKey};

#[derive(Debug, Args)]
pub(crate) struct RelearnArgs {
    /// Which host; it was booted from its image with its new board
    name: HostName,
    /// Do not ask for confirmation
    #[arg(long)]
    yes: bool,
}

pub(super) async fn run(args: RelearnArgs, session: Session) -> CliResult {
    let context = session.open().await?;
    let host = context.host(&args.name).await?;
    let key = HostKey::Id(host.id);
    let relearn = context.orchestrator().plan_relearn(&context.caller, &key).await?;
    let name = &host.spec.name;
    if !context.out.json {
        let at = context.out.times.show(relearn.at);
        context.out.line(format_args!("host {name}, as it booted on {at}:"))?;
        for (what, old, new) in &relearn.changes {
            context.out.line(format_args!(
                "  {what}: {} -> {}",
                said(old.as_deref()),
                said(new.as_deref())
            ))?;
        }
    }
    confirm(args.yes, &format!("Host {name} will be believed with these."))?;
    context.orchestrator().import(&context.caller, &relearn.import).await?;
    if context.out.json {
        return context.out.json(&RelearntView::new(name, &relearn));
    }
    context.out.line(format_args!("host {name} is believed at its next boot"))
}

fn said(value: Option<&str>) -> &str {
    value.unwrap_or("none, no longer checked")
}
