//! `media import`

use crate::{
    cli::{
        error::CliResult,
        output::{Output, note},
    },
    media::{ImportOptions, Imported, Scope, import},
    view::MediaImportView,
};
use clap::Args;
use ipxe_orch_core::names::SetName;
use std::path::{Path, PathBuf};

/// Below this, progress is not worth a line, in bytes.
const LARGE: u64 = 256 << 20;

#[derive(Debug, Args)]
pub(in crate::cli) struct ImportArgs {
    /// The disc's image
    #[arg(value_name = "ISO")]
    iso: PathBuf,
    /// The set's name; system and release without
    #[arg(long, value_name = "SET")]
    name: Option<SetName>,
    /// Take what boots alone, such as kernel and initrd
    #[arg(long, conflicts_with = "tree")]
    kernel_only: bool,
    /// Take all files, also where the installer does not need them
    #[arg(long)]
    tree: bool,
}

pub(super) fn run(args: &ImportArgs, root: &Path, out: Output) -> CliResult {
    let scope = match (args.kernel_only, args.tree) {
        (true, _) => Scope::KernelOnly,
        (_, true) => Scope::Tree,
        _ => Scope::Needed,
    };
    let options = ImportOptions { name: args.name.clone(), scope };
    let mut shown = 0;
    let mut progress = |done: u64, total: u64| {
        let tenth = done.saturating_mul(10) / total.max(1);
        if total >= LARGE && tenth > shown {
            shown = tenth;
            note(format_args!("{} of {} MiB", done >> 20, total >> 20));
        }
    };
    let imported = import(root, &args.iso, &options, &mut progress)?;
    if out.json { out.json(&MediaImportView::from(&imported)) } else { say(&imported, out) }
}

fn say(imported: &Imported, out: Output) -> CliResult {
    let Imported { set, changed, verified, unlisted, lacks, .. } = imported;
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
    if let Some(lacks) = lacks {
        note(format_args!("note: {lacks}"));
    }
    Ok(())
}
