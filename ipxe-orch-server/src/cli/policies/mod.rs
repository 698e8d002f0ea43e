//! `policies …`

mod set;

use super::{
    context::{Context, Session},
    error::CliResult,
    output::{Table, note_none},
    roles::hosts_text,
};
use crate::view::PolicyView;
use clap::{Args, Subcommand};
use ipxe_orch_core::{
    names::PolicyName,
    policy::{PolicyRecord, PutPolicy},
};

const EXAMPLES: &str = "\
Examples:
  # Beyond 20 installs within an hour, a second person approves
  ipxe-orch policies set all --limit 20/1h
  # Each install of a production database is approved, and has a change
  ipxe-orch policies set databases --label role=db --approval --change-ref
  # Only at night, and with a reason
  ipxe-orch policies set berlin --site berlin --require-reason \\
      --window 'mon,tue,wed,thu,fri 22:00-05:00 Europe/Berlin'
  ipxe-orch policies remove berlin

An install obeys each policy that covers its host. Marks that stand stay as they are.";

#[derive(Debug, Subcommand)]
#[command(after_help = EXAMPLES)]
pub(super) enum PoliciesCommand {
    /// List what is wanted of installs
    List,
    /// Set a policy: it wants what is given, and nothing else
    Set(set::SetArgs),
    /// Remove a policy
    Remove(RemoveArgs),
}

#[derive(Debug, Args)]
pub(super) struct RemoveArgs {
    /// The name of the policy
    name: PolicyName,
    /// The reason, for the audit
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
}

pub(super) async fn run(command: PoliciesCommand, session: Session) -> CliResult {
    let context = session.open().await?;
    match command {
        PoliciesCommand::List => list(&context).await,
        PoliciesCommand::Set(args) => set::run(args, &context).await,
        PoliciesCommand::Remove(args) => remove(args, &context).await,
    }
}

async fn known(context: &Context, name: &PolicyName) -> CliResult<Option<PolicyRecord>> {
    let policies = context.orchestrator().list_policies(&context.caller).await?;
    Ok(policies.into_iter().find(|record| record.policy.name == *name))
}

async fn list(context: &Context) -> CliResult {
    let policies = context.orchestrator().list_policies(&context.caller).await?;
    if policies.is_empty() {
        note_none("policy", false);
    }
    let views: Vec<_> =
        policies.iter().map(|record| PolicyView::new(record, context.now())).collect();
    context.out.show(&views, || {
        let mut table = Table::new(&["NAME", "HOSTS", "WANTS"]);
        for view in &views {
            table.row([view.name.to_string(), hosts_text(&view.hosts), wants(view)]);
        }
        table
    })
}

fn wants(view: &PolicyView) -> String {
    let rules = &view.rules;
    let mut wants = Vec::new();
    wants.extend(rules.approval.then(|| "a second person".to_owned()));
    wants.extend(rules.reason.then(|| "a reason".to_owned()));
    wants.extend(rules.change_ref.then(|| "a change number".to_owned()));
    if let (Some(limit), Some(left)) = (rules.limit, view.left) {
        let (installs, seconds) = (limit.installs, limit.seconds);
        wants.push(format!("at most {installs} installs in {seconds} s ({left} left)"));
    }
    wants.extend(rules.windows.iter().map(|window| format!("in {window}")));
    if wants.is_empty() { "nothing".to_owned() } else { wants.join("; ") }
}

async fn remove(args: RemoveArgs, context: &Context) -> CliResult {
    let RemoveArgs { name, reason } = args;
    let seen = known(context, &name).await?.map(|record| record.generation).unwrap_or_default();
    let change = PutPolicy::Remove { name: name.clone(), seen };
    context.orchestrator().put_policy(&context.caller, &change, reason).await?;
    context.out.line(format_args!("the policy {name} is removed"))
}
