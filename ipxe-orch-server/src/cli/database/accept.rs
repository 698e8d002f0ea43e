//! `database accept-restore`: accepts a database that was restored.

use super::super::{confirm::confirm, context::Context, error::CliResult, output::note};
use crate::view::{AcceptedView, VoidedView, WouldAcceptView};
use clap::Args;
use ipxe_orch_core::names::HostName;

#[derive(Debug, Args)]
pub(in crate::cli) struct AcceptArgs {
    /// Do not ask for confirmation
    #[arg(long)]
    yes: bool,
    /// Show what would become void, and change nothing
    #[arg(long)]
    dry_run: bool,
}

pub(super) async fn run(args: &AcceptArgs, context: &Context) -> CliResult {
    let (service, out) = (context.runtime.audit_service(), context.out);
    let Some(why) = service.doubt(&context.caller).await? else {
        note("the database has all that was seen of it: there is nothing to accept");
        return Ok(());
    };
    let standing = service.standing_marks(&context.caller).await?;
    let would = WouldAcceptView::new(&why, &standing);
    if args.dry_run && out.json {
        return out.json(&would);
    }
    if args.dry_run {
        out.line(&why)?;
        show(context, "would become void", &would.voided, &would.installing)?;
        return out.line(format_args!("marks that would become void: {}", would.voided.len()));
    }
    confirm(args.yes, &question(&would))?;
    let accepted = service.accept(&context.caller).await?;
    let view = AcceptedView::from(&accepted);
    if out.json {
        return out.json(&view);
    }
    show(context, "is void", &view.voided, &view.installing)?;
    note("installs that were claimed since the copy was made are not in it: look at the machines");
    out.line(format_args!(
        "accepted, marks that are void: {}; a server that runs goes on within 5 seconds",
        view.voided.len()
    ))
}

fn show(
    context: &Context,
    what: &str,
    voided: &[VoidedView],
    installing: &[HostName],
) -> CliResult {
    for VoidedView { host, was, .. } in voided {
        context.out.line(format_args!("host {host}: its mark {what}, it was {was}"))?;
    }
    for host in installing {
        let line = format_args!("host {host}: it is installing in this database, and goes on");
        context.out.line(line)?;
    }
    Ok(())
}

fn question(would: &WouldAcceptView) -> String {
    let hosts: Vec<_> = would.voided.iter().map(|mark| mark.host.to_string()).collect();
    let hosts = if hosts.is_empty() { "none".to_owned() } else { hosts.join(", ") };
    format!(
        "{}.\nIf you accept it, all its marks and offers become void: mark again what is to be \
         installed. Hosts with a mark now: {hosts}. Nobody knows here what was installed, cancelled \
         or held since the copy was made. Accept this database?",
        would.why
    )
}
