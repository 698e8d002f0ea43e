//! `hosts abandon|cancel|hold|protect|release|unprotect|withdraw`

use super::{
    super::{
        context::{Context, Session},
        each::Each,
        error::CliResult,
    },
    select::SelectArgs,
};
use crate::view::OperatedView;
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

/// Does it to each host.
pub(super) async fn all(
    context: &Context,
    hosts: &[HostRecord],
    operation: &Operation,
    reason: Option<String>,
) -> CliResult {
    let mut each = Each::new(context);
    for host in hosts {
        let name = &host.spec.name;
        let view = |after: &Lease| OperatedView::new(name.clone(), &host.lease, after);
        match one(context, host, operation, reason.clone()).await {
            Ok(lease) => {
                let (done, status) = (done(operation, host.lease.phase()), lease.status());
                each.done(view(&lease), format_args!("host {name} is {done}: {status}"))?;
            }
            Err(OrchestratorError::NothingToDo(text)) => each.nothing(view(&host.lease), text),
            Err(error) => each.refused(name, error),
        }
    }
    each.end()
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
        Operation::Protect => "protected, its marks wait for a second person",
        Operation::Unprotect => "no longer protected",
        Operation::Withdraw => "without an offer, its next boot gets a new script",
        _ => "done",
    }
}
