//! `database backup`

use super::{
    super::{context::Context, error::CliResult, output::note},
    progress::{Told, rows, warn},
};
use crate::view::CopiedView;
use clap::Args;
use std::path::PathBuf;

#[derive(Debug, Args)]
pub(in crate::cli) struct BackupArgs {
    /// The new file; boot events come into a second one beside it, `x-events.db` for `x.db`
    file: PathBuf,
}

pub(super) async fn run(args: &BackupArgs, context: &Context) -> CliResult {
    let service = context.runtime.database_service()?;
    let mut told = Told::default();
    let progress = |progress| told.tell(progress);
    let copied = service.backup(&context.caller, &args.file, progress).await?;
    warn(&copied);
    let (from, file) = (context.runtime.config().database.value.to_string(), args.file.display());
    if context.out.json {
        return context.out.json(&CopiedView::new(from, file.to_string(), false, &copied));
    }
    context.out.line(format_args!("{file} has all {} rows of {from}", rows(&copied)))?;
    note("the keys are not in it: back keys.toml up, apart from this file");
    Ok(())
}
