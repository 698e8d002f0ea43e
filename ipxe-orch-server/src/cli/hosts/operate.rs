//! `hosts abandon|hold|release|withdraw`

use super::super::{
    context::{Context, Session},
    error::{CliError, CliResult},
    output::note,
};
use crate::view::{EachView, OperatedView, RefusedView};
use clap::Args;
use ipxe_orch_core::{
    names::HostName,
    orchestrator::{Operation, OrchestratorError},
    stores::HostKey,
};

#[derive(Debug, Args)]
pub(crate) struct OperateArgs {
    /// Which hosts
    #[arg(required = true)]
    names: Vec<HostName>,
    /// Why; for the audit
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
}

pub(super) async fn run(args: OperateArgs, operation: &Operation, session: Session) -> CliResult {
    let context = session.open().await?;
    all(&context, &args.names, operation, args.reason).await
}

/// Does it to each host; those that refuse are named, and do not keep the others from it.
pub(super) async fn all(
    context: &Context,
    names: &[HostName],
    operation: &Operation,
    reason: Option<String>,
) -> CliResult {
    let mut results = Vec::new();
    let mut refused = false;
    for name in names {
        match one(context, name, operation, reason.clone()).await {
            Ok(status) if context.out.json => {
                results.push(EachView::Done(OperatedView { name: name.clone(), status }));
            }
            Ok(status) => {
                let done = done(operation);
                context.out.line(format_args!("host {name} is {done}: {status}"))?;
            }
            Err(error) => {
                refused = true;
                let CliError::Failed(error) = CliError::from(error) else { continue };
                note(format_args!("error: {error}"));
                results.push(EachView::Refused(RefusedView { name: name.clone(), error }));
            }
        }
    }
    if context.out.json {
        context.out.json(&results)?;
    }
    if refused { Err(CliError::Shown) } else { Ok(()) }
}

async fn one(
    context: &Context,
    name: &HostName,
    operation: &Operation,
    reason: Option<String>,
) -> Result<String, OrchestratorError> {
    let key = HostKey::Name(name.clone());
    let lease = context.orchestrator().operate(&context.caller, &key, operation, reason).await?;
    Ok(lease.status())
}

const fn done(operation: &Operation) -> &'static str {
    match operation {
        Operation::Cancel => "no longer marked, it cannot be claimed any more",
        Operation::Abandon => "given up, its install may still be running",
        Operation::Hold => "held, nothing will be installed",
        Operation::Release => "released",
        Operation::Withdraw => "without an offer, its next boot gets a new script",
        _ => "done",
    }
}
