//! `media …`

mod import;
mod sync;

use super::{
    context::{Context, Session},
    error::{CliError, CliResult},
    output::{Output, Table, complain, note, note_none},
};
use crate::{
    media::{Damage, Removed},
    service::media::{AddMedia, VerifiedSet},
    view::{MediaRemovalView, MediaSetView, MediaSummaryView, MediaVerificationView},
};
use clap::{Args, Subcommand};
use ipxe_orch_core::{
    media::MediaSet,
    names::{ProfileName, SetName},
};
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
    /// Import an installation disc into the media folder
    Import(import::ImportArgs),
    /// Add files to a set
    Add(AddArgs),
    /// Show the sets
    List,
    /// Show a set with its files
    Show(NameArgs),
    /// Read sets again, and compare them with what was imported
    Verify(VerifyArgs),
    /// Remove a set, and the contents that nothing else needs
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
    /// The set; by default all sets
    name: Option<SetName>,
}

#[derive(Debug, Args)]
pub(super) struct AddArgs {
    /// The files; each keeps its name in the set
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// The set, which may exist already
    #[arg(long, value_name = "SET")]
    name: SetName,
}

pub(super) async fn run(command: MediaCommand, session: Session) -> CliResult {
    if let MediaCommand::Sync(args) = &command {
        args.needs_keys(&session)?;
    }
    let context = session.open().await?;
    let (service, caller) = (context.runtime.media_service(), &context.caller);
    match command {
        MediaCommand::Import(args) => import::run(args, &context).await,
        MediaCommand::Add(AddArgs { files, name }) => {
            let added = service.add(caller, AddMedia { files, set: name }).await?;
            show(&added.media, context.out)?;
            tell(&added.profiles);
            Ok(())
        }
        MediaCommand::List => {
            let sets = service.list(caller).await?;
            if sets.is_empty() {
                note_none("media set", false);
            }
            let views: Vec<_> = sets.iter().map(MediaSummaryView::from).collect();
            context.out.show(&views, || table(&views))
        }
        MediaCommand::Show(NameArgs { name }) => {
            show(&service.show(caller, &name).await?, context.out)
        }
        MediaCommand::Verify(VerifyArgs { name }) => {
            let verified = service.verify(caller, name.as_ref(), say_damage).await?;
            if verified.is_empty() {
                note_none("media set", false);
            }
            verdict(&verified, context.out)
        }
        MediaCommand::Remove(NameArgs { name }) => remove(name, &context).await,
        MediaCommand::Sync(args) => sync::run(args, &context).await,
    }
}

/// Says which profiles got a new version, which pins what is here now.
fn tell(profiles: &[ProfileName]) {
    for name in profiles {
        note(format_args!("profile {name} has a new version: what it takes has changed"));
    }
}

fn table(sets: &[MediaSummaryView]) -> Table {
    let mut table = Table::new(&["SET", "SYSTEM", "VERSION", "FILES", "MIB", "FROM"]);
    for set in sets {
        let text = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".to_owned());
        let from = set.source.as_ref().map(|source| source.file.clone());
        table.row([
            set.name.to_string(),
            text(&set.os),
            text(&set.version),
            set.files.to_string(),
            (set.bytes >> 20).to_string(),
            text(&from),
        ]);
    }
    table
}

fn show(set: &MediaSet, out: Output) -> CliResult {
    out.show(&MediaSetView::from(set.clone()), || {
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

/// Damage is said line by line, as soon as it is known.
fn say_damage(verified: &VerifiedSet) {
    for Damage { path, why, .. } in &verified.damage {
        complain(format_args!("{}/{path}: {why}", verified.set.name));
    }
}

/// Damage fails.
fn verdict(verified: &[VerifiedSet], out: Output) -> CliResult {
    let views: Vec<_> = verified.iter().map(MediaVerificationView::from).collect();
    out.show(&views, || {
        let mut table = Table::new(&["SET", "FILES", "DAMAGED"]);
        for set in &views {
            table.row([set.name.to_string(), set.files.to_string(), set.damaged.to_string()]);
        }
        table
    })?;
    if views.iter().any(|set| set.damaged > 0) { Err(CliError::Shown) } else { Ok(()) }
}

async fn remove(name: SetName, context: &Context) -> CliResult {
    let removed = context.runtime.media_service().remove(&context.caller, &name).await?;
    if context.out.json {
        return context.out.json(&MediaRemovalView::new(name, removed));
    }
    let Removed { blobs, bytes, .. } = removed;
    let mib = bytes >> 20;
    context
        .out
        .line(format_args!("removed {name}, and {blobs} files ({mib} MiB) that nobody needs"))
}

/// Says how far work on a file is, if that takes long: a line for each tenth.
fn tenths() -> impl FnMut(u64, u64) -> Option<String> {
    /// Below this, progress is not worth a line, in bytes.
    const LARGE: u64 = 256 << 20;
    let mut shown = 0;
    move |done, total| {
        let tenth = done.saturating_mul(10) / total.max(1);
        if total < LARGE || tenth <= shown {
            return None;
        }
        shown = tenth;
        Some(format!("{} of {} MiB", done >> 20, total >> 20))
    }
}
