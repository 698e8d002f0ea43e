//! `media import`

use super::{tell, tenths};
use crate::{
    cli::{
        context::Context,
        error::CliResult,
        output::{Output, note},
    },
    media::{ImportOptions, Imported, Scope},
    service::media::ImportMedia,
    view::MediaImportView,
};
use clap::Args;
use ipxe_orch_core::names::SetName;
use std::path::PathBuf;

#[derive(Debug, Args)]
pub(in crate::cli) struct ImportArgs {
    /// The image of the disc
    #[arg(value_name = "ISO")]
    iso: PathBuf,
    /// The name of the set; by default system and release
    #[arg(long, value_name = "SET")]
    name: Option<SetName>,
    /// Import only the files that boot, such as kernel and initrd
    #[arg(long, conflicts_with = "tree")]
    kernel_only: bool,
    /// Import all files, also if the installer does not need them
    #[arg(long)]
    tree: bool,
}

pub(super) async fn run(args: ImportArgs, context: &Context) -> CliResult {
    let scope = match (args.kernel_only, args.tree) {
        (true, _) => Scope::KernelOnly,
        (_, true) => Scope::Tree,
        _ => Scope::Needed,
    };
    let options = ImportOptions { name: args.name, scope };
    let request = ImportMedia { iso: args.iso, options };
    let mut tenths = tenths();
    let progress = move |done, total| tenths(done, total).iter().for_each(note);
    let service = context.runtime.media_service();
    let imported = service.import(&context.caller, request, progress).await?;
    if context.out.json {
        context.out.json(&MediaImportView::from(&imported.media))?;
    } else {
        say(&imported.media, context.out)?;
    }
    tell(&imported.profiles);
    Ok(())
}

fn say(imported: &Imported, out: Output) -> CliResult {
    let Imported { set, changed, verified, unlisted, lacks, notes, .. } = imported;
    let known = |text: &Option<String>| text.clone().unwrap_or_else(|| "unknown".to_owned());
    let (os, version, files) = (known(&set.os), known(&set.version), set.files.len());
    let what = if *changed { "imported" } else { "nothing to do:" };
    out.line(format_args!("{what} {}: {os} {version}, {files} files", set.name))?;
    for (list, count) in verified {
        out.line(format_args!("verified {count} files by {list} of the disc"))?;
    }
    if *changed && *unlisted > 0 {
        out.line(format_args!("{unlisted} files are in no list of checksums"))?;
    }
    for told in notes {
        note(format_args!("note: {told}"));
    }
    if let Some(lacks) = lacks {
        note(format_args!("note: {lacks}"));
    }
    Ok(())
}
