//! `roles …`

mod grant;
mod text;

pub(super) use text::hosts as hosts_text;

use super::{
    context::{Context, Session},
    error::CliResult,
    output::{Table, note_none},
};
use crate::view::{BindingView, ExplainedView};
use clap::{Args, Subcommand};
use ipxe_orch_core::{
    access_control::AccessControl,
    auth::{Action, Binding, Role},
    ids::BindingId,
};
use std::sync::Arc;

const EXAMPLES: &str = "\
Examples:
  ipxe-orch roles list
  # A local account, for the hosts of one site
  ipxe-orch roles grant reimager --person ann --site berlin --reason new
  # A group of a directory, by its id; its name is only shown
  ipxe-orch roles grant viewer --group corp/S-1-5-21-7-8-9-1105
  ipxe-orch roles explain ann mark_hosts
  ipxe-orch roles revoke 0193b7a0-0000-7000-8000-000000000000";

#[derive(Debug, Subcommand)]
#[command(after_help = EXAMPLES)]
pub(super) enum RolesCommand {
    /// Show what each role allows
    Show,
    /// List who has which role for which hosts
    List,
    /// Give a role to a person or a group
    Grant(grant::GrantArgs),
    /// Take a role away again
    Revoke(RevokeArgs),
    /// Say why somebody may do something, or may not
    Explain(ExplainArgs),
}

#[derive(Debug, Args)]
pub(super) struct RevokeArgs {
    /// The id of the binding, as `roles list` shows it
    id: BindingId,
    /// The reason, for the audit
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    /// The ticket or change number of another system
    #[arg(long, value_name = "TEXT")]
    change_ref: Option<String>,
}

#[derive(Debug, Args)]
pub(super) struct ExplainArgs {
    /// The name of a local account, REALM/NAME, or an id as `roles list` shows it
    person: String,
    /// The action, as `roles show` names it, such as `mark_hosts`
    #[arg(value_parser = text::action)]
    action: Action,
}

pub(super) async fn run(command: RolesCommand, session: Session) -> CliResult {
    if matches!(command, RolesCommand::Show) {
        return show(&session);
    }
    let context = session.open().await?;
    let access = context.access().await?;
    match command {
        RolesCommand::Show => Ok(()),
        RolesCommand::List => list(&context, &access).await,
        RolesCommand::Grant(args) => grant::run(args, &context, &access).await,
        RolesCommand::Revoke(RevokeArgs { id, reason, change_ref }) => {
            let gone = access.unbind(&context.caller, id, reason, change_ref).await?;
            if context.out.json {
                return context.out.json(&BindingView::from(&gone));
            }
            let who = text::who(&gone.who);
            context.out.line(format_args!("{who} is no {} any more by {id}", gone.role))
        }
        RolesCommand::Explain(args) => explain(args, &context, &access).await,
    }
}

/// What each role allows.
fn show(session: &Session) -> CliResult {
    let roles: Vec<_> = Role::ALL.iter().map(|role| (role.name(), role.actions())).collect();
    let json: std::collections::BTreeMap<_, _> = roles.iter().copied().collect();
    session.out.show(&json, || {
        let mut table = Table::new(&["ROLE", "ALLOWS"]);
        for role in Role::ALL {
            let actions: Vec<_> = role.actions().iter().map(|it| text::action_name(*it)).collect();
            table.row([role.to_string(), actions.join(", ")]);
        }
        table
    })
}

async fn list(context: &Context, access: &Arc<AccessControl>) -> CliResult {
    let bindings = access.bindings(&context.caller).await?;
    if bindings.is_empty() {
        note_none("role", false);
    }
    let views: Vec<_> = bindings.iter().map(BindingView::from).collect();
    context.out.show(&views, || table(context, &bindings))
}

fn table(context: &Context, bindings: &[Binding]) -> Table {
    let mut table = Table::new(&["ID", "ROLE", "HOSTS", "WHO", "UNTIL"]);
    for binding in bindings {
        let until =
            binding.expires_at.map_or_else(|| "-".to_owned(), |at| context.out.times.show(at));
        let (who, hosts) = (text::who(&binding.who), text::hosts(&binding.hosts));
        table.row([binding.id.to_string(), binding.role.to_string(), hosts, who, until]);
    }
    table
}

async fn explain(args: ExplainArgs, context: &Context, access: &Arc<AccessControl>) -> CliResult {
    let ExplainArgs { person, action } = args;
    let person = text::person(&person, context, access).await?;
    let explained = access.explain(&context.caller, &person, action).await?;
    if context.out.json {
        return context.out.json(&ExplainedView::new(person, action, &explained));
    }
    let (actor, out) = (&explained.subject.actor, context.out);
    if explained.scope.is_none() {
        out.line(format_args!("{actor} ({person}) may not {action}"))?;
    } else {
        out.line(format_args!("{actor} ({person}) may {action}, by:"))?;
        out.table(&table(context, &explained.granting))?;
    }
    if !explained.others.is_empty() {
        out.line(format_args!("other roles of {actor}:"))?;
        out.table(&table(context, &explained.others))?;
    }
    Ok(())
}
