//! `audit accept-heads`: accepts a database that was restored.

use super::{
    super::{confirm::confirm, error::CliResult, output::note},
    Context,
};
use clap::Args;
use ipxe_orch_backends::local::HighWaterMark;
use ipxe_orch_core::auth::ManageKeys;

const ACTION: &str = "audit.accept_heads";

#[derive(Debug, Args)]
pub(crate) struct AcceptArgs {
    /// Do not ask for confirmation
    #[arg(long)]
    yes: bool,
}

pub(super) async fn run(args: &AcceptArgs, context: &Context) -> CliResult {
    context.authorize::<ManageKeys>(ACTION).await?;
    let Some(why) = context.orchestrator().suspended() else {
        note("the database has all that was seen of it: there is nothing to accept");
        return Ok(());
    };
    confirm(
        args.yes,
        &format!(
            "{why}.\nMarks that were claimed or cancelled since stand again: cancel or hold them \
             first, or they install. Accept this database?"
        ),
    )?;
    let detail = Some(why.to_string());
    let task = context.orchestrator().begin::<ManageKeys>(&context.caller, ACTION, detail).await?;
    task.done(None).await?;
    let head = context.orchestrator().audit_head().await?;
    HighWaterMark::new(context.runtime.folder().audit_head()).write(&head)?;
    let entry = head.sequence;
    context.out.line(format_args!(
        "accepted, with entry {entry} as its last: a server that runs goes on within 5 seconds"
    ))
}
