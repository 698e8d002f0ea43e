//! `audit accept-heads`: accepts a database that was restored.

use super::{
    super::{confirm::confirm, error::CliResult, output::note},
    Context,
};
use crate::view::AcceptedView;
use clap::Args;

#[derive(Debug, Args)]
pub(crate) struct AcceptArgs {
    /// Do not ask for confirmation
    #[arg(long)]
    yes: bool,
}

pub(super) async fn run(args: &AcceptArgs, context: &Context) -> CliResult {
    let (service, out) = (context.runtime.audit_service(), context.out);
    let Some(why) = service.doubt(&context.caller).await? else {
        note("the database has all that was seen of it: there is nothing to accept");
        return Ok(());
    };
    confirm(
        args.yes,
        &format!(
            "{why}.\nIf you accept it, all its marks and offers become void: mark again what is \
             to be installed. Nobody knows here what was installed, cancelled or held since the \
             copy was made. Accept this database?"
        ),
    )?;
    let accepted = service.accept(&context.caller).await?;
    let view = AcceptedView::from(&accepted);
    if out.json {
        return out.json(&view);
    }
    for mark in &view.voided {
        out.line(format_args!("host {}: its mark is void, it was {}", mark.host, mark.was))?;
    }
    for host in &view.installing {
        out.line(format_args!("host {host}: it is installing in this database, and goes on"))?;
    }
    note("installs that were claimed since the copy was made are not in it: look at the machines");
    out.line(format_args!(
        "accepted, marks that are void: {}; a server that runs goes on within 5 seconds",
        view.voided.len()
    ))
}
