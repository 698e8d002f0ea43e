//! `hosts export`

use super::super::{context::Session, error::CliResult, output::note};
use clap::Args;
use ipxe_orch_core::stores::HostFilter;
use std::path::{Path, PathBuf};

#[derive(Debug, Args)]
pub(crate) struct ExportArgs {
    /// The file to write; `-` is standard output
    #[arg(value_name = "FILE.csv")]
    file: PathBuf,
}

pub(super) async fn run(args: ExportArgs, session: Session) -> CliResult {
    let context = session.open().await?;
    let (service, caller) = (context.runtime.export_service(), &context.caller);
    let filter = HostFilter::default();
    if args.file == Path::new("-") {
        let exported = service.csv(caller, filter).await?;
        return context.out.data(&String::from_utf8_lossy(&exported.csv));
    }
    let exported = service.write(caller, filter, &args.file).await?;
    note(format_args!("{} hosts are in {}", exported.hosts, args.file.display()));
    Ok(())
}
