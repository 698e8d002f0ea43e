//! `keys …`

mod import;
mod retire;

use super::{
    context::{Context, Session},
    error::CliResult,
    output::{Table, note},
};
use crate::{
    service::keys::new_key_file,
    view::{KeyView, NewKeyView, ResealedView},
};
use clap::{Args, Subcommand};
use ipxe_orch_backends::local::{SystemClock, SystemRandom};
use ipxe_orch_core::{
    keys::{KeyState, Purpose},
    orchestrator::Resealed,
};
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  # A key for `images build --csv`, and how a server learns of it
  ipxe-orch keys new image-key.toml
  ipxe-orch keys import image-key.toml
  # The key for `media sync`, from the file of the other server
  ipxe-orch keys import their-keys.toml --purpose media_sync
  # New images get a new key; old images still count
  ipxe-orch keys rotate --purpose image
  # Once all images were made again and exchanged
  ipxe-orch keys retire 1f2e3d4c
  # The key of the secrets of hosts
  ipxe-orch keys rotate --purpose master && ipxe-orch keys reseal

A server's own keys are made with its database, in keys.toml of its data directory: back that \
file up, apart from the database.";

#[derive(Debug, Subcommand)]
#[command(after_help = EXAMPLES)]
pub(super) enum KeysCommand {
    /// Write a file with a new key; needs no database
    New(NewArgs),
    /// List keys, without their secrets
    List,
    /// Make a new key; what was made with the earlier key stays valid
    Rotate(RotateArgs),
    /// Seal the secrets of all hosts with the active master key
    Reseal,
    /// Let a key count no more: what was made with it is refused from now on
    Retire(retire::RetireArgs),
    /// Accept the image keys of a file
    Import(import::ImportArgs),
}

#[derive(Debug, Args)]
pub(super) struct NewArgs {
    /// The new file
    file: PathBuf,
    /// `image`, `ticket`, `audit_head`, `master`, `media_sync` or `token`
    #[arg(long, default_value_t = Purpose::Image)]
    purpose: Purpose,
}

#[derive(Debug, Args)]
pub(super) struct RotateArgs {
    /// `image`, `ticket`, `audit_head`, `master`, `media_sync` or `token`
    #[arg(long)]
    purpose: Purpose,
}

pub(super) async fn run(command: KeysCommand, session: Session) -> CliResult {
    match command {
        KeysCommand::New(args) => new(&args, &session),
        KeysCommand::List => list(&session.open().await?).await,
        KeysCommand::Rotate(args) => rotate(&args, &session.open().await?).await,
        KeysCommand::Reseal => reseal(&session.open().await?).await,
        KeysCommand::Retire(args) => retire::run(&args, &session.open().await?).await,
        KeysCommand::Import(args) => import::run(&args, session).await,
    }
}

fn new(args: &NewArgs, session: &Session) -> CliResult {
    let purpose = args.purpose;
    let id = new_key_file(&args.file, purpose, &SystemClock, &SystemRandom)?;
    let file = args.file.display();
    if session.out.json {
        return session.out.json(&NewKeyView { id, purpose, file: Some(file.to_string()) });
    }
    session.out.line(format_args!("{file} holds the new {purpose} key {id}"))
}

async fn list(context: &Context) -> CliResult {
    let keys = context.runtime.key_service().list(&context.caller).await?;
    let views: Vec<_> = keys.iter().map(KeyView::from).collect();
    context.out.show(&views, || {
        let mut table = Table::new(&["KEY", "PURPOSE", "STATE", "MADE"]);
        for key in &keys {
            let state = match key.state {
                KeyState::Active => "active",
                KeyState::Accepted if key.imported => "accepted, imported",
                KeyState::Accepted => "accepted",
                KeyState::Retired => "retired",
            };
            let made = context.out.times.show(key.created_at);
            table.row([key.id.to_string(), key.purpose.to_string(), state.to_owned(), made]);
        }
        table
    })
}

async fn rotate(args: &RotateArgs, context: &Context) -> CliResult {
    let purpose = args.purpose;
    let id = context.runtime.key_service().rotate(&context.caller, purpose).await?;
    if context.out.json {
        return context.out.json(&NewKeyView { id, purpose, file: None });
    }
    context.out.line(format_args!("the active {purpose} key is {id} now"))?;
    note("the one before still counts; back the key file up");
    Ok(())
}

async fn reseal(context: &Context) -> CliResult {
    let resealed = context.runtime.key_service().reseal(&context.caller).await?;
    if context.out.json {
        return context.out.json(&ResealedView::from(resealed));
    }
    let Resealed { hosts, defaults, pins, erased } = resealed;
    context.out.line(format_args!(
        "secrets of {hosts} hosts, of {pins} marks and installs under way, and {defaults} times what \
         hosts share, were sealed anew"
    ))?;
    context
        .out
        .line(format_args!("secrets of {erased} marks and installs that have ended were erased"))
}
