//! `media …`

mod import;
mod remove;
mod sync;

use super::{
    context::Session,
    error::{CliError, CliResult},
    output::{Table, complain, note},
};
use crate::media::{Damage, list, lookup, verify};
use clap::{Args, Subcommand};
use ipxe_orch_core::{media::MediaSet, names::SetName};
use serde_json::{Value, json};
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  # A set of that name, replaced by the next import
  ipxe-orch media import rocky-9.4-dvd.iso --name rocky-9
  # Loose files, as a set
  ipxe-orch media add linux initrd.gz --name debian-12
  # Read everything again
  ipxe-orch media verify
  # Fetch what another server has
  ipxe-orch media sync --from http://boot1:8080

In profile.toml, `path = \"rocky-9/kernel\"` takes a file of a set, `tree = \"rocky-9\"` all \
of it. A version of a profile pins what it takes by SHA-256: a newer set makes a new version, \
and alters no running install.";

#[derive(Debug, Subcommand)]
#[command(after_help = EXAMPLES)]
pub(super) enum MediaCommand {
    /// Take an installation disc into the media folder
    Import(import::ImportArgs),
    /// Take loose files into a set
    Add(AddArgs),
    /// Show the sets
    List,
    /// Show a set with its files
    Show(NameArgs),
    /// Read sets again, and compare them with what was imported
    Verify(VerifyArgs),
    /// Remove a set, and the contents that nobody else needs
    Remove(NameArgs),
    /// Fetch sets from another server of this installation
    Sync(sync::SyncArgs),
}

#[derive(Debug, Args)]
pub(super) struct NameArgs {
    /// The set
    name: SetName,
}

#[derive(Debug, Args)]
pub(super) struct VerifyArgs {
    /// The set; all of them without
    name: Option<SetName>,
}

#[derive(Debug, Args)]
pub(super) struct AddArgs {
    /// Files; each has its own name in the set
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// The set; it may be there already
    #[arg(long, value_name = "SET")]
    name: SetName,
}

pub(super) async fn run(command: MediaCommand, session: Session) -> CliResult {
    let root = session.config.media_dir.value.clone();
    match command {
        MediaCommand::Import(args) => {
            import::run(&args, &root, session.out)?;
            pin(session).await
        }
        MediaCommand::Add(AddArgs { files, name }) => {
            let set = crate::media::add(&root, &files, &name)?;
            show(&set, &session)?;
            pin(session).await
        }
        MediaCommand::List => {
            let sets = list(&root)?;
            session.out.show(&sets.iter().map(summary).collect::<Vec<_>>(), || table(&sets))
        }
        MediaCommand::Show(NameArgs { name }) => show(&lookup(&root, &name)?, &session),
        MediaCommand::Verify(VerifyArgs { name }) => {
            let sets = match name {
                Some(name) => vec![lookup(&root, &name)?],
                None => list(&root)?,
            };
            check(&sets, &session)
        }
        MediaCommand::Remove(NameArgs { name }) => remove::run(&name, session).await,
        MediaCommand::Sync(args) => sync::run(args, session).await,
    }
}

/// Profiles that take files of a set get a new version, which pins what is here now.
async fn pin(session: Session) -> CliResult {
    let context = session.open().await?;
    for name in context.runtime.pin_media(&context.caller).await? {
        note(format_args!("profile {name} has a new version: what it takes has changed"));
    }
    Ok(())
}

fn bytes(set: &MediaSet) -> u64 {
    set.files.values().map(|blob| blob.size).sum()
}

/// A set without its files.
fn summary(set: &MediaSet) -> Value {
    json!({
        "name": set.name,
        "os": set.os,
        "version": set.version,
        "architecture": set.architecture,
        "label": set.label,
        "source": set.source,
        "files": set.files.len(),
        "bytes": bytes(set),
    })
}

fn table(sets: &[MediaSet]) -> Table {
    let mut table = Table::new(&["SET", "SYSTEM", "VERSION", "FILES", "MIB", "FROM"]);
    for set in sets {
        let text = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".to_owned());
        let from = set.source.as_ref().map(|source| source.file.clone());
        table.row([
            set.name.to_string(),
            text(&set.os),
            text(&set.version),
            set.files.len().to_string(),
            (bytes(set) >> 20).to_string(),
            text(&from),
        ]);
    }
    table
}

fn show(set: &MediaSet, session: &Session) -> CliResult {
    session.out.show(set, || {
        let mut table = Table::new(&["FILE", "BYTES", "SHA-256"]);
        for (path, blob) in &set.files {
            table.row([path.clone(), blob.size.to_string(), blob.sha256.to_string()]);
        }
        for (path, target) in &set.links {
            table.row([path.clone(), "-".to_owned(), format!("-> {target}")]);
        }
        table
    })
}

/// Damage is shown line by line, and fails.
fn check(sets: &[MediaSet], session: &Session) -> CliResult {
    let root = &session.config.media_dir.value;
    let mut all = Vec::new();
    for set in sets {
        let damage = verify(root, set)?;
        for Damage { path, why, .. } in &damage {
            complain(format_args!("{}/{path}: {why}", set.name));
        }
        all.push((set, damage.len()));
    }
    let views: Vec<_> = all
        .iter()
        .map(|(set, damaged)| json!({ "name": set.name, "files": set.files.len(), "damaged": damaged }))
        .collect();
    session.out.show(&views, || {
        let mut table = Table::new(&["SET", "FILES", "DAMAGED"]);
        for (set, damaged) in &all {
            table.row([set.name.to_string(), set.files.len().to_string(), damaged.to_string()]);
        }
        table
    })?;
    if all.iter().any(|(_, damaged)| *damaged > 0) { Err(CliError::Shown) } else { Ok(()) }
}
