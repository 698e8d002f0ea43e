//! `keys …`

use super::{
    context::{Context, Session},
    error::CliResult,
    output::{Table, note, rfc3339},
};
use clap::{Args, Subcommand};
use ipxe_orch_backends::local::{SystemClock, SystemRandom, read_key_file, write_new_key_file};
use ipxe_orch_core::{
    auth::ManageKeys,
    ids::KeyId,
    keys::{Key, KeyRing, KeyState, Purpose},
    orchestrator::Resealed,
    time::Clock as _,
};
use serde_json::{Value, json};
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  # A key for `images build --csv`, and how a server learns of it
  ipxe-orch keys new image-key.toml
  ipxe-orch keys import image-key.toml
  # New images get a new key; old images still count
  ipxe-orch keys rotate --purpose image
  # The key of the secrets of hosts
  ipxe-orch keys rotate --purpose master && ipxe-orch keys reseal

A server's own keys are made at its first use, in keys.toml of its data directory: back that \
file up, apart from the database.";

#[derive(Debug, Subcommand)]
#[command(after_help = EXAMPLES)]
pub(super) enum KeysCommand {
    /// Write a file with a new key; needs no database
    New(NewArgs),
    /// List keys, without what is secret
    List,
    /// Make a new key for what comes; what was made before still counts
    Rotate(RotateArgs),
    /// Seal the secrets of all hosts with the active master key
    Reseal,
    /// Accept the keys of a file
    Import(ImportArgs),
}

#[derive(Debug, Args)]
pub(super) struct NewArgs {
    /// The new file
    file: PathBuf,
    /// `image`, `ticket`, `audit_head`, `master` or `media_sync`
    #[arg(long, default_value_t = Purpose::Image)]
    purpose: Purpose,
}

#[derive(Debug, Args)]
pub(super) struct RotateArgs {
    /// `image`, `ticket`, `audit_head`, `master` or `media_sync`
    #[arg(long)]
    purpose: Purpose,
}

#[derive(Debug, Args)]
pub(super) struct ImportArgs {
    /// What `keys new` or `images build --csv` wrote
    file: PathBuf,
}

pub(super) async fn run(command: KeysCommand, session: Session) -> CliResult {
    match command {
        KeysCommand::New(args) => new(&args, &session),
        KeysCommand::List => list(&session.open().await?).await,
        KeysCommand::Rotate(args) => rotate(&args, &session.open().await?).await,
        KeysCommand::Reseal => reseal(&session.open().await?).await,
        KeysCommand::Import(args) => import(&args, session).await,
    }
}

fn new(args: &NewArgs, session: &Session) -> CliResult {
    let mut ring = KeyRing::default();
    let id = ring.rotate(args.purpose, SystemClock.now(), &SystemRandom);
    write_new_key_file(&args.file, &ring)?;
    let (file, purpose) = (args.file.display(), args.purpose);
    if session.out.json {
        let file = file.to_string();
        return session.out.json(&json!({ "id": id, "purpose": purpose, "file": file }));
    }
    session.out.line(format_args!("{file} holds the new {purpose} key {id}"))
}

async fn list(context: &Context) -> CliResult {
    context.authorize::<ManageKeys>("keys.list").await?;
    let keys = context.runtime.keys().list()?;
    let views: Vec<_> = keys.iter().map(as_json).collect();
    context.out.show(&views, || {
        let mut table = Table::new(&["KEY", "PURPOSE", "STATE", "MADE"]);
        for key in &keys {
            let state = match key.state {
                KeyState::Active => "active",
                KeyState::Accepted => "accepted",
            };
            let made = context.out.times.show(key.created_at);
            table.row([key.id.to_string(), key.purpose.to_string(), state.to_owned(), made]);
        }
        table
    })
}

fn as_json(key: &Key) -> Value {
    json!({
        "id": key.id,
        "purpose": key.purpose,
        "state": key.state,
        "created_at": rfc3339(key.created_at),
    })
}

async fn rotate(args: &RotateArgs, context: &Context) -> CliResult {
    let purpose = args.purpose;
    let detail = Some(format!("{purpose} key"));
    let (orchestrator, caller) = (context.orchestrator(), &context.caller);
    let task = orchestrator.begin::<ManageKeys>(caller, "keys.rotate", detail).await?;
    let id = context.runtime.keys().rotate(purpose, &SystemRandom)?;
    task.done(Some(format!("{purpose} key {id}"))).await?;
    if context.out.json {
        return context.out.json(&json!({ "id": id, "purpose": purpose }));
    }
    context.out.line(format_args!("the active {purpose} key is {id} now"))?;
    note("the one before still counts; back the key file up");
    Ok(())
}

async fn reseal(context: &Context) -> CliResult {
    let Resealed { hosts, defaults } = context.orchestrator().reseal(&context.caller).await?;
    if context.out.json {
        return context.out.json(&json!({ "hosts": hosts, "defaults": defaults }));
    }
    context.out.line(format_args!(
        "secrets of {hosts} hosts, and {defaults} times what hosts share, were sealed anew"
    ))?;
    note("marks and installs under way keep what they pinned: the keys before still count");
    Ok(())
}

async fn import(args: &ImportArgs, session: Session) -> CliResult {
    let other = read_key_file(&args.file)?;
    let context = session.open().await?;
    let (orchestrator, caller) = (context.orchestrator(), &context.caller);
    let task = orchestrator.begin::<ManageKeys>(caller, "keys.import", None).await?;
    let new = context.runtime.keys().import(&other)?;
    task.done(Some(joined(&new))).await?;
    if context.out.json {
        return context.out.json(&json!({ "new": new, "keys": other.keys().len() }));
    }
    if new.is_empty() {
        return context.out.line("all keys of the file were known already");
    }
    context.out.line(format_args!("accepted: {}", joined(&new)))
}

fn joined(ids: &[KeyId]) -> String {
    ids.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}
