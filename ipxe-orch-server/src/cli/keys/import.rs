//! `keys import`

use super::super::{
    confirm::confirm,
    context::Session,
    error::{CliError, CliResult},
};
use crate::{
    service::{ServiceError, keys::KeysError},
    view::ImportedKeysView,
};
use clap::Args;
use ipxe_orch_backends::local::read_key_file;
use ipxe_orch_core::{auth::ManageKeys, keys::Purpose};
use std::path::{Path, PathBuf};

#[derive(Debug, Args)]
pub(in crate::cli) struct ImportArgs {
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

pub(super) async fn run(args: &ImportArgs, session: Session) -> CliResult {
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
