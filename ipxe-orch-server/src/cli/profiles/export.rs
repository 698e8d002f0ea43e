//! `profiles export`

use super::super::{
    context::Session,
    error::{CliError, CliResult},
};
use crate::view::ExportedProfileView;
use clap::Args;
use ipxe_orch_core::names::ProfileName;
use std::{
    fs, io,
    path::{Path, PathBuf},
};

const EXAMPLES: &str = "\
Examples:
  # Writes profiles/debian-13/
  ipxe-orch profiles export debian-13 profiles/
  # After you changed it
  ipxe-orch profiles diff profiles/debian-13
  ipxe-orch profiles apply profiles/debian-13";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct ExportArgs {
    /// The name of the profile
    name: ProfileName,
    /// The folder in which the folder of the profile is made
    #[arg(value_name = "DIR")]
    folder: PathBuf,
}

pub(super) async fn run(args: &ExportArgs, session: Session) -> CliResult {
    let context = session.open().await?;
    let ExportArgs { name, folder } = args;
    let Some(version) = context.profile(name).await? else {
        return Err(CliError::NoSuchProfile(name.clone()));
    };
    let target = folder.join(name.as_str());
    // The contents of media stay out: they are pinned anew when the profile is applied.
    let templates = version.templates().iter().map(|(name, text)| (name.as_str(), text.as_str()));
    let files: Vec<_> =
        [("profile.toml", version.definition())].into_iter().chain(templates).collect();
    write(&target, &files).map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => {
            let shown = target.display();
            CliError::Failed(format!("{shown} is there already: give another folder, or remove it"))
        }
        _ => CliError::file("written", &target, &error),
    })?;
    if context.out.json {
        return context.out.json(&ExportedProfileView {
            profile: name.clone(),
            folder: target.display().to_string(),
            files: files.iter().map(|(name, _)| (*name).to_owned()).collect(),
        });
    }
    context.out.line(format_args!("wrote {} files to {}", files.len(), target.display()))
}

/// Never over what is there.
fn write(target: &Path, files: &[(&str, &str)]) -> io::Result<()> {
    if let Some(parent) = target.parent() {
        fs::create_dir_all(parent)?;
    }
    fs::create_dir(target)?;
    files.iter().try_for_each(|(name, text)| fs::write(target.join(name), text))
}
