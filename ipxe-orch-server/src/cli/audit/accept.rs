//! `audit accept-heads`: a database that was set back is taken as it is.

use super::{
    super::{confirm::confirm, error::CliResult},
    Context,
};
use clap::Args;
use ipxe_orch_backends::local::HighWaterMark;
use ipxe_orch_core::{audit::AuditEntry, auth::ManageKeys, orchestrator::Caller};

#[derive(Debug, Args)]
pub(crate) struct AcceptArgs {
    /// Do not ask
    #[arg(long)]
    yes: bool,
}

pub(super) async fn run(args: &AcceptArgs, context: &Context) -> CliResult {
    context.authorize::<ManageKeys>("audit.accept_heads").await?;
    let Some(why) = context.orchestrator().suspended() else {
        return context.out.line("the database has all that was seen of it: nothing is to accept");
    };
    confirm(
        args.yes,
        &format!(
            "{why}.\nMarks that were claimed or cancelled since stand again: cancel or hold them \
             first, or they install. Accept this database?"
        ),
    )?;
    let Caller { actor, origin } = context.caller.clone();
    let mut entry = AuditEntry::new(context.now(), actor, origin, "audit.accept_heads");
    entry.detail = Some(why.to_string());
    context.store().append_audit(&entry).await?;
    let head = context.store().head().await?;
    HighWaterMark::new(context.runtime.folder().audit_head()).write(&head)?;
    let entry = head.sequence;
    context.out.line(format_args!(
        "accepted, with entry {entry} as its last: a server that runs goes on within 5 seconds"
    ))
}
