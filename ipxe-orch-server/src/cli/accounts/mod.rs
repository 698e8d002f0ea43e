//! `accounts …`

use super::{
    context::{Context, Session},
    error::CliResult,
    output::{Table, note, note_none},
};
use crate::view::{AccountView, OneTimeView};
use clap::{Args, Subcommand};
use ipxe_orch_core::{
    access::Account,
    access_control::{AccessControl, NewAccount},
    names::AccountName,
};
use std::sync::Arc;

const EXAMPLES: &str = "\
Examples:
  ipxe-orch accounts create ann --display-name 'Ann Example'
  ipxe-orch roles grant config_editor --person ann --site berlin
  ipxe-orch accounts reset-password admin

Local accounts are for the first administrator, for emergencies, and where there is no directory. \
An account has no role until it is given one: see `ipxe-orch roles`.";

#[derive(Debug, Subcommand)]
#[command(after_help = EXAMPLES)]
pub(super) enum AccountsCommand {
    /// List the local accounts
    List,
    /// Make a local account, with a one-time password
    Create(CreateArgs),
    /// Let nobody sign in with an account; its sessions end, and its tokens are removed
    Disable(NameArgs),
    /// Let an account sign in again
    Enable(NameArgs),
    /// Give an account a one-time password; its sessions end, and its tokens are removed
    ResetPassword(NameArgs),
}

#[derive(Debug, Args)]
pub(super) struct CreateArgs {
    /// The name with which the person signs in
    name: AccountName,
    /// The name that people call it by
    #[arg(long, value_name = "TEXT")]
    display_name: Option<String>,
}

#[derive(Debug, Args)]
pub(super) struct NameArgs {
    /// The name of the account
    name: AccountName,
}

pub(super) async fn run(command: AccountsCommand, session: Session) -> CliResult {
    let context = session.open().await?;
    let access = context.access().await?;
    match command {
        AccountsCommand::List => list(&context, &access).await,
        AccountsCommand::Create(CreateArgs { name, display_name }) => {
            let new = NewAccount { name, display_name };
            let (account, password) = access.create_account(&context.caller, new).await?;
            one_time(&context, &account.name, &password)
        }
        AccountsCommand::Disable(args) => disable(&context, &access, &args.name, true).await,
        AccountsCommand::Enable(args) => disable(&context, &access, &args.name, false).await,
        AccountsCommand::ResetPassword(NameArgs { name }) => {
            let password = access.reset_password(&context.caller, &name).await?;
            one_time(&context, &name, &password)
        }
    }
}

async fn list(context: &Context, access: &Arc<AccessControl>) -> CliResult {
    let accounts = access.accounts(&context.caller).await?;
    if accounts.is_empty() {
        note_none("account", false);
    }
    let views: Vec<_> = accounts.iter().map(AccountView::from).collect();
    context.out.show(&views, || {
        let mut table = Table::new(&["NAME", "STATE", "DISPLAY NAME", "PASSWORD SET"]);
        for account in &accounts {
            let shown = account.display_name.clone().unwrap_or_else(|| "-".to_owned());
            let set = context.out.times.show(account.password_at);
            table.row([account.name.to_string(), state(account).to_owned(), shown, set]);
        }
        table
    })
}

const fn state(account: &Account) -> &'static str {
    match (account.disabled, account.must_change) {
        (true, _) => "disabled",
        (false, true) => "one-time password",
        (false, false) => "active",
    }
}

async fn disable(
    context: &Context,
    access: &Arc<AccessControl>,
    name: &AccountName,
    disabled: bool,
) -> CliResult {
    let account = access.disable_account(&context.caller, name, disabled).await?;
    if context.out.json {
        return context.out.json(&AccountView::from(&account));
    }
    let state = if disabled { "disabled: nobody signs in with it" } else { "enabled" };
    context.out.line(format_args!("account {name} is {state}"))
}

fn one_time(context: &Context, name: &AccountName, password: &str) -> CliResult {
    if context.out.json {
        return context
            .out
            .json(&OneTimeView { name: name.clone(), password: password.to_owned() });
    }
    context.out.line(format_args!("{password}"))?;
    note(format_args!(
        "this is the one-time password of {name}: it must be changed at the first login, and is \
         not shown again"
    ));
    Ok(())
}
