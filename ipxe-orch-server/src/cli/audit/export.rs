//! `audit export`: JSON Lines, which can be verified without the database.

use super::{
    super::error::{CliError, CliResult},
    Context, filter,
};
use clap::Args;
use ipxe_orch_core::audit::AuditPlace;

#[derive(Debug, Args)]
pub(crate) struct ExportArgs {
    #[command(flatten)]
    filter: filter::FilterArgs,
    /// Only what comes after this entry: the `id` of the last line of an earlier export
    #[arg(long, value_name = "CHAIN:NUMBER")]
    after: Option<AuditPlace>,
}

/// Page by page: the memory does not grow with the audit.
pub(super) async fn run(args: &ExportArgs, context: &Context) -> CliResult {
    let filter = args.filter.filter(context.now())?;
    let orchestrator = context.orchestrator();
    let reading = orchestrator.read_audit(&context.caller, "audit.export", filter, args.after);
    let mut reading = reading.await?;
    while let Some(lines) = reading.next().await? {
        let mut text = String::new();
        for line in lines {
            text += &line.to_json().map_err(|error| CliError::Failed(error.to_string()))?;
            text.push('\n');
        }
        context.out.data(&text)?;
    }
    Ok(())
}
