//! `hosts export`

use super::super::{
    context::Session,
    error::{CliError, CliResult},
    output::note,
};
use clap::Args;
use ipxe_orch_core::{
    fleet::{self, FleetHost},
    stores::{HostFilter, HostRecord},
};
use std::{
    io::Write as _,
    path::{Path, PathBuf},
};

#[derive(Debug, Args)]
pub(crate) struct ExportArgs {
    /// Where to; `-` is standard output
    #[arg(value_name = "FILE.csv")]
    file: PathBuf,
}

pub(super) async fn run(args: ExportArgs, session: Session) -> CliResult {
    let context = session.open().await?;
    let hosts: Vec<_> = context.hosts(HostFilter::default()).await?.iter().map(row).collect();
    // Ids and keys are of images made without a database; a file of others does without them.
    let enrolled = hosts.iter().any(|host| host.key_id.is_some());
    let text = if enrolled { fleet::write_enrolment(&hosts) } else { fleet::write(&hosts) };
    if args.file == Path::new("-") {
        return context.out.text(&String::from_utf8_lossy(&text));
    }
    write(&args.file, &text).map_err(|error| CliError::file("written", &args.file, &error))?;
    note(format_args!("{} hosts are in {}", hosts.len(), args.file.display()));
    Ok(())
}

/// The host as a row. Whether its first boot installs was said when it was registered.
fn row(host: &HostRecord) -> FleetHost {
    let mut row = FleetHost::new(host.spec.clone());
    if let Some(key) = host.image_key {
        row.id = Some(host.id);
        row.generation = Some(host.image_generation);
        row.key_id = Some(key);
    }
    row
}

/// The whole file or nothing.
fn write(path: &Path, text: &[u8]) -> std::io::Result<()> {
    let folder = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    let mut file = tempfile::NamedTempFile::new_in(folder.unwrap_or(Path::new(".")))?;
    file.write_all(text)?;
    file.persist(path)?;
    Ok(())
}
