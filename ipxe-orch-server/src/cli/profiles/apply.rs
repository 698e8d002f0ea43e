//! `profiles apply`

use super::{
    super::{
        context::{Context, Session},
        error::{CliError, CliResult, with_causes},
        output::{complain, note},
    },
    read,
};
use crate::{runtime::at_hand, service::profiles::Applied, view::AppliedView};
use clap::Args;
use ipxe_orch_core::profile::ProfileVersion;
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  # One profile
  ipxe-orch profiles apply profiles/debian-web
  # All folders of profiles/
  ipxe-orch profiles apply profiles/
  # The built-in profiles and those of profile_dirs
  ipxe-orch profiles apply

See first what would change with `profiles diff`. Marks keep the version that they were given \
with. A server applies the built-in profiles and those of profile_dirs when it starts.";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct ApplyArgs {
    /// The folder of a profile, or a folder with such folders; by default the built-in and
    /// configured profiles
    #[arg(value_name = "DIR")]
    folder: Option<PathBuf>,
}

pub(super) async fn run(args: &ApplyArgs, session: Session) -> CliResult {
    let versions = match &args.folder {
        Some(folder) => read(folder)?,
        None => at_hand(&session.config).all()?,
    };
    let context = session.open().await?;
    apply(&context, versions).await
}

/// Each profile by itself: one that is refused fails the command, and the others are stored.
async fn apply(context: &Context, versions: Vec<ProfileVersion>) -> CliResult {
    let applied = context.runtime.profile_service().apply(&context.caller, versions).await?;
    let mut right = true;
    for Applied { name, stored, version } in &applied {
        match stored {
            Ok(true) if !context.out.json => {
                context
                    .out
                    .line(format_args!("stored {name}, version {}", version.digest().short()))?;
            }
            Ok(_) => {}
            Err(error) => {
                right = false;
                complain(format_args!("error: {}", with_causes(error)));
            }
        }
    }
    if context.out.json {
        context.out.json(&applied.iter().map(AppliedView::from).collect::<Vec<_>>())?;
    } else if right && applied.iter().all(|profile| matches!(profile.stored, Ok(false))) {
        note("nothing to do: all of them are stored already");
    }
    if right { Ok(()) } else { Err(CliError::Shown) }
}
