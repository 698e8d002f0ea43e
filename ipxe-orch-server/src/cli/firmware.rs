//! `firmware …`

use super::{
    context::{Context, Session},
    error::CliResult,
    output::{Table, note},
};
use crate::{
    firmware::{ImportError, Imported, Skipped, Source},
    service::ServiceError,
    view::FirmwareView,
};
use clap::{Args, Subcommand};
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  # The package of Debian 13
  ipxe-orch firmware import ipxe_*_all.deb
  # A release of upstream; ipxe.usb and ipxeboot.tar.gz as well
  ipxe-orch firmware import ipxe.iso
  # A folder
  ipxe-orch firmware import /media/unpacked

The files go into `firmware` in the data directory, where images take them from first, with a \
manifest of digests, versions and origins. Parts of an earlier import that this one has not \
stay.";

#[derive(Debug, Subcommand)]
pub(super) enum FirmwareCommand {
    /// Show the boot loader files that images are made of, and those that are not used
    List,
    /// Copy boot loader files from a package, disc or folder into the data directory
    Import(ImportArgs),
}

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct ImportArgs {
    /// A Debian package, disc, FAT volume or gzipped tar archive, or a folder with everything below
    /// it
    #[arg(value_name = "FILE|DIR")]
    from: PathBuf,
}

pub(super) async fn run(command: FirmwareCommand, session: Session) -> CliResult {
    let context = session.open().await?;
    match command {
        FirmwareCommand::List => list(&context).await,
        FirmwareCommand::Import(args) => take(&args, &context).await,
    }
}

async fn take(args: &ImportArgs, context: &Context) -> CliResult {
    let service = context.runtime.firmware_service();
    let imported = service.import(&context.caller, &args.from).await.inspect_err(|error| {
        if let ServiceError::Work(ImportError::Nothing { skipped, .. }) = error {
            skipped.iter().for_each(note);
        }
    })?;
    let Imported { sources, skipped } = &imported;
    context.out.show(&FirmwareView::from(&imported), || table(sources))?;
    if !context.out.json {
        remark(sources, skipped);
        if !service.uses_imports() {
            note(format_args!(
                "{} is none of the firmware_dirs of the settings: images take nothing from it",
                service.folder().display()
            ));
        }
    }
    Ok(())
}

async fn list(context: &Context) -> CliResult {
    let found = context.runtime.firmware_service().list(&context.caller).await?;
    context.out.show(&FirmwareView::from(&found), || table(&found.sources))?;
    if !context.out.json {
        remark(&found.sources, &found.skipped);
    }
    Ok(())
}

fn remark(sources: &[Source], skipped: &[Skipped]) {
    skipped.iter().for_each(note);
    sources.iter().filter_map(without_netvsc).for_each(note);
}

/// `-` stands for what a file does not tell.
fn table(sources: &[Source]) -> Table {
    let mut table = Table::new(&["PART", "VERSION", "FEATURES", "DRIVERS", "SIGNED", "FILE"]);
    for Source { part, path, about } in sources {
        let unknown = || "-".to_owned();
        let words = |words: &Option<Vec<&str>>| {
            words.as_ref().map_or_else(unknown, |words| match words[..] {
                [] => "none".to_owned(),
                _ => words.join(" "),
            })
        };
        let version = about.version.clone().unwrap_or_else(unknown);
        let signed = about.signed.map_or_else(unknown, |signed| yes_no(signed).to_owned());
        let (features, drivers) = (words(&about.features), words(&about.drivers));
        table.row([
            part.to_string(),
            version,
            features,
            drivers,
            signed,
            path.display().to_string(),
        ]);
    }
    table
}

const fn yes_no(answer: bool) -> &'static str {
    if answer { "yes" } else { "no" }
}

/// What to say of a build for x86-64 that Hyper-V cannot use. There is no Hyper-V elsewhere that
/// would need the driver.
pub(super) fn without_netvsc(source: &Source) -> Option<String> {
    let lacks = source.part == crate::firmware::Part::IpxeEfiX64
        && source.about.has_driver("netvsc") == Some(false);
    let file = source.path.display();
    lacks.then(|| {
        format!(
            "warning: {file} has no driver netvsc: machines of Hyper-V need another build of iPXE \
             (snponly.efi is none)"
        )
    })
}
