//! `keys retire`

use super::super::{
    confirm::confirm,
    context::Context,
    error::{CliError, CliResult},
    output::note,
};
use crate::{
    service::{ServiceError, keys::KeysError},
    view::RetiredKeyView,
};
use clap::Args;
use ipxe_orch_core::{
    ids::KeyId,
    keys::{CannotRetire, Key, KeyState, Purpose},
    names::HostName,
};

#[derive(Debug, Args)]
pub(in crate::cli) struct RetireArgs {
    /// The id of the key, as `keys list` shows it
    #[arg(value_name = "KEY")]
    id: KeyId,
    /// Do not ask for confirmation
    #[arg(long)]
    yes: bool,
}

/// How many hosts a question names.
const NAMED: usize = 20;

pub(super) async fn run(args: &RetireArgs, context: &Context) -> CliResult {
    let service = context.runtime.key_service();
    let (key, found) = service.usage(&context.caller, args.id).await.map_err(retirement)?;
    if key.state == KeyState::Accepted && !found.sealed {
        confirm(args.yes, &question(&key, &found.hosts))?;
    }
    let retired = service.retire(&context.caller, args.id).await.map_err(retirement)?;
    if context.out.json {
        return context.out.json(&RetiredKeyView::from(retired));
    }
    let (id, purpose) = (key.id, key.purpose);
    context.out.line(format_args!("the {purpose} key {id} counts no more"))?;
    if purpose == Purpose::Image && !found.hosts.is_empty() {
        note("make new images of these hosts: `ipxe-orch images build --all --out DIR`");
    }
    Ok(())
}

/// What would no longer work.
fn question(key: &Key, hosts: &[HostName]) -> String {
    let (id, purpose) = (key.id, key.purpose);
    let what = match purpose {
        Purpose::Image => "images that were made with it are refused",
        Purpose::Ticket => "offers and installs under way with its tickets fail",
        Purpose::AuditHead => "heads that it has sealed verify nothing any more",
        Purpose::Token => "API tokens that were made with it are void",
        Purpose::MediaSync => "servers that have no other key cannot fetch media from each other",
        _ => "what was sealed with it, as in a backup of the database, does not open any more",
    };
    let mut named: Vec<_> = hosts.iter().take(NAMED).map(ToString::to_string).collect();
    if hosts.len() > NAMED {
        named.push(format!("and {} more", hosts.len().saturating_sub(NAMED)));
    }
    let named = if named.is_empty() {
        String::new()
    } else {
        format!(" This concerns {} hosts: {}.", hosts.len(), named.join(", "))
    };
    format!("If the {purpose} key {id} is retired, {what}; it cannot be undone.{named}")
}

/// The error with the command that helps.
fn retirement(error: ServiceError<KeysError>) -> CliError {
    let remedy = match &error {
        ServiceError::Work(KeysError::NoSuchKey(_)) => "see `ipxe-orch keys list`".to_owned(),
        ServiceError::Work(KeysError::NotRetired(CannotRetire::Active(_, purpose))) => {
            format!("`ipxe-orch keys rotate --purpose {purpose}`")
        }
        ServiceError::Work(KeysError::Needed(_)) => "`ipxe-orch keys reseal`".to_owned(),
        _ => return error.into(),
    };
    CliError::Failed(format!("{error}: {remedy}"))
}
