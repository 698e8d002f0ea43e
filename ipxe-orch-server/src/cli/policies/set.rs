//! `policies set`

use super::{
    super::{context::Context, error::CliResult, hosts::ScopeArgs, output::parse_duration},
    known,
};
use crate::view::PolicyView;
use clap::Args;
use ipxe_orch_core::{
    names::PolicyName,
    policy::{Limit, Policy, PutPolicy, Rules, Window},
};

#[derive(Debug, Args)]
pub(crate) struct SetArgs {
    /// The name of the policy
    name: PolicyName,
    #[command(flatten)]
    scope: ScopeArgs,
    /// Each install waits for a second person
    #[arg(long)]
    approval: bool,
    /// Who marks a host gives a reason
    #[arg(long)]
    require_reason: bool,
    /// Who marks a host names the change of another system
    #[arg(long)]
    change_ref: bool,
    /// So many installs within such a time wait for nobody, such as 20/1h
    #[arg(long, value_name = "INSTALLS/TIME", value_parser = limit)]
    limit: Option<Limit>,
    /// When installs may begin, such as 'sat,sun 22:00-06:00 Europe/Berlin'; may be given again
    #[arg(long, value_name = "WINDOW")]
    window: Vec<Window>,
    /// The reason, for the audit
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
}

/// `20/1h`.
fn limit(text: &str) -> Result<Limit, String> {
    let wrong = || "write installs and time, such as 20/1h".to_owned();
    let (installs, period) = text.split_once('/').ok_or_else(wrong)?;
    let installs = installs.parse().map_err(|_| wrong())?;
    let seconds = u32::try_from(parse_duration(period)?.as_secs()).map_err(|_| wrong())?;
    let limit = Limit { installs, seconds };
    if limit.is_valid() { Ok(limit) } else { Err("1 to 10000 installs within 1s to 7d".to_owned()) }
}

pub(super) async fn run(args: SetArgs, context: &Context) -> CliResult {
    let SetArgs { name, scope, reason, .. } = args;
    let rules = Rules {
        approval: args.approval,
        reason: args.require_reason,
        change_ref: args.change_ref,
        limit: args.limit,
        windows: args.window,
        ..Rules::default()
    };
    let seen = known(context, &name).await?.map(|record| record.generation).unwrap_or_default();
    let policy = Box::new(Policy { name: name.clone(), hosts: scope.into(), rules });
    let change = PutPolicy::Set { policy, seen };
    context.orchestrator().put_policy(&context.caller, &change, reason).await?;
    if context.out.json {
        let record = known(context, &name).await?;
        return context.out.json(&record.map(|record| PolicyView::new(&record, context.now())));
    }
    context.out.line(format_args!("the policy {name} is set"))
}
