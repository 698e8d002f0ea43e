//! `hosts abandon|hold|release|withdraw`

use super::{
    super::{
        context::{Context, Session},
        error::{CliError, CliResult},
        output::{complain, note},
    },
    select::SelectArgs,
};
use crate::view::{EachView, OperatedView, RefusedView};
use clap::Args;
use ipxe_orch_core::{
    lease::{Lease, Phase},
    orchestrator::{Operation, OrchestratorError},
    stores::{HostKey, HostRecord},
};

#[derive(Debug, Args)]
pub(crate) struct OperateArgs {
    #[command(flatten)]
    select: SelectArgs,
    /// The reason, for the audit
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
}

pub(super) async fn run(args: OperateArgs, operation: &Operation, session: Session) -> CliResult {
    let context = session.open().await?;
    let hosts = args.select.hosts(&context).await?;
    all(&context, &hosts, operation, args.reason).await
}

/// Does it to each host; those that refuse are named, and do not keep the others from it. It is
/// no failure where there is nothing to do.
pub(super) async fn all(
    context: &Context,
    hosts: &[HostRecord],
    operation: &Operation,
    reason: Option<String>,
) -> CliResult {
    let mut results = Vec::new();
    let mut refused = false;
    for host in hosts {
        let name = &host.spec.name;
        match one(context, host, operation, reason.clone()).await {
            Ok(lease) if context.out.json => {
                let done = OperatedView::new(name.clone(), &host.lease, &lease);
                results.push(EachView::Done(done));
            }
            Ok(lease) => {
                let (done, status) = (done(operation, host.lease.phase()), lease.status());
                context.out.line(format_args!("host {name} is {done}: {status}"))?;
            }
            Err(OrchestratorError::NothingToDo(text)) => {
                note(text);
                let same = OperatedView::new(name.clone(), &host.lease, &host.lease);
                results.push(EachView::Done(same));
            }
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

async fn one(
    context: &Context,
    host: &HostRecord,
    operation: &Operation,
    reason: Option<String>,
) -> Result<Lease, OrchestratorError> {
    let key = HostKey::Id(host.id);
    context.orchestrator().operate(&context.caller, &key, operation, reason).await
}

/// `before`: where its lease stood.
const fn done(operation: &Operation, before: Phase) -> &'static str {
    match operation {
        Operation::Hold if matches!(before, Phase::Installing) => {
            "held and its install given up, which may still be running"
        }
        Operation::Hold if matches!(before, Phase::Marked | Phase::Offered) => {
            "held and its mark closed, nothing will be installed"
        }
        Operation::Cancel => "no longer marked, it cannot be claimed any more",
        Operation::Abandon => "given up, its install may still be running",
        Operation::Hold => "held, nothing will be installed",
        Operation::Release => "released",
        Operation::Withdraw => "without an offer, its next boot gets a new script",
        _ => "done",
    }
}
