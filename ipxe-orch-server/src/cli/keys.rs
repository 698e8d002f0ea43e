//! `keys …`

use super::{
    confirm::confirm,
    context::{Context, Session},
    error::{CliError, CliResult},
    output::{Table, note},
};
use crate::{
    service::{
        ServiceError,
        keys::{KeysError, new_key_file},
    },
    view::{ImportedKeysView, KeyView, NewKeyView, ResealedView},
};
use clap::{Args, Subcommand};
use ipxe_orch_backends::local::{SystemClock, SystemRandom, read_key_file};
use ipxe_orch_core::{
    auth::ManageKeys,
    keys::{KeyState, Purpose},
    orchestrator::Resealed,
};
use std::path::{Path, PathBuf};

const EXAMPLES: &str = "\
Examples:
  # A key for `images build --csv`, and how a server learns of it
  ipxe-orch keys new image-key.toml
  ipxe-orch keys import image-key.toml
  # The key for `media sync`, from the file of the other server
  ipxe-orch keys import their-keys.toml --purpose media_sync
  # New images get a new key; old images still count
  ipxe-orch keys rotate --purpose image
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
    /// Accept the image keys of a file
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
    /// The file that `keys new` or `images build --csv` has written
    file: PathBuf,
    /// Import the keys of this purpose; may be given again. Without it, only a file with nothing
    /// but image keys is taken
    #[arg(long)]
    purpose: Vec<Purpose>,
    /// Do not ask for confirmation
    #[arg(long)]
    yes: bool,
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
                KeyState::Accepted => "accepted",
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
    let Resealed { hosts, defaults } = resealed;
    context.out.line(format_args!(
        "secrets of {hosts} hosts, and {defaults} times what hosts share, were sealed anew"
    ))?;
    note("marks and installs under way keep what they pinned: the keys before still count");
    Ok(())
}

async fn import(args: &ImportArgs, session: Session) -> CliResult {
    let ring = read_key_file(&args.file)?;
    let context = session.open().await?;
    context.authorize::<ManageKeys>("keys.import").await?;
    let of_servers = args.purpose.iter().filter(|purpose| **purpose != Purpose::Image);
    let of_servers: Vec<_> = of_servers.map(ToString::to_string).collect();
    if !of_servers.is_empty() {
        confirm(
            args.yes,
            &format!(
                "Whoever else has these keys ({}) can do what a server of this installation can, \
                 such as claim and report for every machine. Import them only from a server of \
                 this installation.",
                of_servers.join(", ")
            ),
        )?;
    }
    let imported =
        context.runtime.key_service().import(&context.caller, &ring, &args.purpose).await;
    let imported = imported.map_err(|error| refused(error, &args.file))?;
    if context.out.json {
        return context.out.json(&ImportedKeysView::from(imported));
    }
    if imported.new.is_empty() {
        return context.out.line("all keys of the file were known already");
    }
    let new: Vec<_> = imported.new.iter().map(ToString::to_string).collect();
    context.out.line(format_args!("accepted: {}", new.join(", ")))
}

/// The error with the file that it is about, and the option that helps.
fn refused(error: ServiceError<KeysError>, file: &Path) -> CliError {
    let file = file.display();
    match error {
        ServiceError::Work(error @ KeysError::OtherPurposes(_)) => CliError::Failed(format!(
            "{file}: {error}. Nothing was imported: say with --purpose which of them you want"
        )),
        ServiceError::Work(error @ KeysError::NoKeys { .. }) => {
            CliError::Failed(format!("{file}: {error}: nothing was imported"))
        }
        other => other.into(),
    }
}
