//! `approvals …`

use super::{
    confirm::confirm,
    context::{Context, Session},
    each::Each,
    error::CliResult,
    hosts::{approval, select::SelectArgs},
    output::{Table, note_none},
};
use crate::view::OperatedView;
use clap::{Args, Subcommand};
use ipxe_orch_core::{
    lease::{HostState, Lease, Mark},
    orchestrator::OrchestratorError,
    stores::{HostFilter, HostKey, HostRecord},
};
use serde::Serialize;

const EXAMPLES: &str = "\
Examples:
  ipxe-orch approvals list
  ipxe-orch approvals approve db1 --reason CHG-4711
  ipxe-orch approvals approve --site berlin
  ipxe-orch approvals reject db1 --reason 'wrong host'

Nobody approves an order of one's own. A mark that waits is not offered, and its host boots its own \
disk.";

#[derive(Debug, Subcommand)]
#[command(after_help = EXAMPLES)]
pub(super) enum ApprovalsCommand {
    /// List the marks that wait for a second person
    List,
    /// Approve marks, so that their hosts install at their next boot
    Approve(DecideArgs),
    /// Reject marks: they end, and nothing is installed
    Reject(DecideArgs),
}

#[derive(Debug, Args)]
pub(super) struct DecideArgs {
    #[command(flatten)]
    select: SelectArgs,
    /// The reason, for the audit
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    /// Do not ask for confirmation, also for several hosts
    #[arg(long)]
    yes: bool,
}

/// A mark that waits.
#[derive(Serialize)]
struct WaitingView {
    name: ipxe_orch_core::names::HostName,
    mark: crate::view::MarkView,
}

pub(super) async fn run(command: ApprovalsCommand, session: Session) -> CliResult {
    let context = session.open().await?;
    match command {
        ApprovalsCommand::List => list(&context).await,
        ApprovalsCommand::Approve(args) => decide(args, &context, true).await,
        ApprovalsCommand::Reject(args) => decide(args, &context, false).await,
    }
}

/// All hosts whose mark waits.
async fn waiting(context: &Context) -> CliResult<Vec<HostRecord>> {
    let mut filter = HostFilter::default();
    filter.state = Some(HostState::Waiting);
    let mut all = Vec::new();
    loop {
        let page = context.orchestrator().hosts(&context.caller, &filter).await?;
        all.extend(page.hosts);
        filter.after = page.next;
        if filter.after.is_none() {
            return Ok(all);
        }
    }
}

async fn list(context: &Context) -> CliResult {
    let hosts = waiting(context).await?;
    if hosts.is_empty() {
        note_none("mark that waits for approval", false);
    }
    let marks =
        || hosts.iter().filter_map(|host| Some((&host.spec.name, host.lease.mark.as_ref()?)));
    let views: Vec<_> =
        marks().map(|(name, mark)| WaitingView { name: name.clone(), mark: mark.into() }).collect();
    context.out.show(&views, || {
        let mut table = Table::new(&["HOST", "PROFILE", "ORDERED", "BY", "WHY", "DIGEST"]);
        for (name, mark) in marks() {
            let (ordered, why) = (context.out.times.show(mark.created_at), why(mark));
            let (profile, digest) = (mark.pin.profile.to_string(), mark.pin.digest().to_string());
            let digest = digest.chars().take(12).collect();
            table.row([name.to_string(), profile, ordered, mark.by.clone(), why, digest]);
        }
        table
    })
}

fn why(mark: &Mark) -> String {
    let needs: Vec<_> = mark.approval.needs().iter().map(ToString::to_string).collect();
    needs.join("; ")
}

/// What is decided is what is looked at here: a mark that is changed meanwhile is refused.
async fn decide(args: DecideArgs, context: &Context, approve: bool) -> CliResult {
    let hosts = args.select.hosts(context).await?;
    if approve {
        confirm(args.yes || args.select.is_one(), &question(&hosts, context))?;
    }
    let mut each = Each::new(context);
    for host in &hosts {
        let name = &host.spec.name;
        let view = |after: &Lease| OperatedView::new(name.clone(), &host.lease, after);
        let Some(mark) = host.lease.mark.as_ref().filter(|_| host.lease.waits()) else {
            let status = host.lease.status();
            each.nothing(
                view(&host.lease),
                format_args!("host {name} is {status}: no mark of it waits"),
            );
            continue;
        };
        match one(context, host, mark, approve, args.reason.clone()).await {
            Ok(lease) => {
                let done = if approve { "approved" } else { "rejected" };
                each.done(view(&lease), format_args!("the mark of host {name} is {done}"))?;
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
    mark: &Mark,
    approve: bool,
    reason: Option<String>,
) -> Result<Lease, OrchestratorError> {
    let (orchestrator, caller, key) =
        (context.orchestrator(), &context.caller, HostKey::Id(host.id));
    if approve {
        orchestrator.approve(caller, &key, mark.id, mark.pin.digest(), reason).await
    } else {
        orchestrator.reject(caller, &key, mark.id, reason).await
    }
}

fn question(hosts: &[HostRecord], context: &Context) -> String {
    let one = |host: &HostRecord| {
        let mark = host.lease.mark.as_ref()?;
        let waits = approval(&mark.approval, context.out.times).filter(|_| host.lease.waits())?;
        Some(format!("{} ({}, by {}, {waits})", host.spec.name, mark.pin.profile, mark.by))
    };
    let names: Vec<_> = hosts.iter().filter_map(one).collect();
    format!("The disks of {} will be overwritten at their next boot.", names.join(", "))
}
