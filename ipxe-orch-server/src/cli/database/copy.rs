//! `database copy`

use super::{
    super::{
        context::Session,
        error::{CliError, CliResult, failed},
        output::note,
    },
    progress::{Told, rows, warn},
};
use crate::{
    config::{Database, InvalidValue},
    runtime::copy_end,
    service::databases::CopyDatabase,
    view::CopiedView,
};
use clap::Args;
use std::path::PathBuf;

// URLs are not parsed by clap, which would show a password in them.
#[derive(Debug, Args)]
pub(in crate::cli) struct CopyArgs {
    /// The database that is copied; by default that of the settings
    #[arg(long, id = "from_database", value_name = "URL")]
    from: Option<String>,
    /// The new database; it must be empty, or an incomplete copy
    #[arg(long, id = "to_database", value_name = "URL")]
    to: String,
    /// The file with the password for --to; by default that of the settings
    #[arg(long, value_name = "FILE")]
    to_password_file: Option<PathBuf>,
    /// Move: the old database installs nothing and takes no edits from now on, and names the new one
    #[arg(long)]
    retire: bool,
}

pub(super) async fn run(args: CopyArgs, mut session: Session) -> CliResult {
    if let Some(from) = &args.from {
        session.config.database.value = database("--from", from)?;
    }
    let to = database("--to", &args.to)?;
    let from = session.config.database.value.clone();
    if from == to {
        return failed(format!("{from} cannot be copied into itself: give another --to"));
    }
    let context = session.open().await?;
    let mut target = context.runtime.config().clone();
    target.database.value = to.clone();
    if args.to_password_file.is_some() {
        target.database_password_file.value = args.to_password_file;
    }
    let end = copy_end(&target)?;
    let request = CopyDatabase { to: end, name: to.to_string(), retire: args.retire };
    let service = context.runtime.database_service()?;
    let mut told = Told::default();
    let copied = service.copy(&context.caller, request, |progress| told.tell(progress)).await?;
    warn(&copied);
    if copied.source_went_on {
        note(format_args!(
            "warning: {from} was written to meanwhile, and {to} lacks that: to move, stop all \
             servers first, or use --retire"
        ));
    }
    if context.out.json {
        let (from, to) = (from.to_string(), to.to_string());
        return context.out.json(&CopiedView::new(from, to, args.retire, &copied));
    }
    context.out.line(format_args!("{to} has all {} rows of {from}", rows(&copied)))?;
    if args.retire {
        note(format_args!(
            "{from} was moved: no server installs with it any more; set `database` to {to} for all \
             of them, and restart them"
        ));
    } else {
        note(format_args!(
            "both can be used now: do not let servers use both, or a mark may count twice"
        ));
    }
    Ok(())
}

fn database(option: &str, url: &str) -> CliResult<Database> {
    url.parse().map_err(|error: InvalidValue| CliError::Usage(format!("{option}: {error}")))
}
