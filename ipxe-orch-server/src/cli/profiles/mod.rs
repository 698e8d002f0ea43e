//! `profiles …`

mod apply;
mod diff;
mod export;
mod lint;
mod preview;
mod set;
mod show;

use super::{
    context::Session,
    error::{CliError, CliResult},
    output::Table,
};
use crate::view::ProfileView;
use clap::Subcommand;
use ipxe_orch_backends::local::{read_profile, read_profiles};
use ipxe_orch_core::profile::{MediaSource, ProfileVersion};
use std::path::Path;

#[derive(Debug, Subcommand)]
pub(super) enum ProfilesCommand {
    /// List the profiles, and how far each was seen to work
    List,
    /// Show a profile and its variables
    Show(show::ShowArgs),
    /// Set values of variables for all hosts with a profile, or for those of one site
    Set(set::SetArgs),
    /// Render the templates for sample hosts, and show what is wrong; needs no database
    Lint(lint::LintArgs),
    /// Show what a host would get now
    Preview(preview::PreviewArgs),
    /// Show what the profiles of a folder would change for the registered hosts
    Diff(diff::DiffArgs),
    /// Store profiles: new marks install their new versions
    Apply(apply::ApplyArgs),
    /// Write a stored profile to a folder, to change it there and apply it again
    Export(export::ExportArgs),
}

pub(super) async fn run(command: ProfilesCommand, session: Session) -> CliResult {
    match command {
        ProfilesCommand::List => list(session).await,
        ProfilesCommand::Show(args) => show::run(&args, session).await,
        ProfilesCommand::Set(args) => set::run(args, session).await,
        ProfilesCommand::Lint(args) => lint::run(&args, &session),
        ProfilesCommand::Preview(args) => preview::run(args, session).await,
        ProfilesCommand::Diff(args) => diff::run(&args, session).await,
        ProfilesCommand::Apply(args) => apply::run(&args, session).await,
        ProfilesCommand::Export(args) => export::run(&args, session).await,
    }
}

async fn list(session: Session) -> CliResult {
    let context = session.open().await?;
    let profiles = context.orchestrator().profiles(&context.caller).await?;
    let (mut views, mut needs) = (Vec::new(), Vec::new());
    for version in &profiles {
        let missing = context.missing_media(version).await;
        views.push(ProfileView::from(version).lacking(&missing));
        needs.push(what_it_needs(version, &missing));
    }
    context.out.show(&views, || {
        let mut table = Table::new(&["PROFILE", "VERSION", "PROOF", "TITLE", "NEEDS"]);
        for (version, needs) in profiles.iter().zip(needs) {
            let profile = version.profile();
            table.row([
                profile.name.to_string(),
                short(version),
                profile.proof.to_string(),
                profile.title.clone(),
                needs,
            ]);
        }
        table
    })
}

/// `debian-12/linux, debian-12/initrd.gz (missing)`.
fn what_it_needs(version: &ProfileVersion, missing: &[MediaSource]) -> String {
    let one = |source: &MediaSource| {
        if missing.contains(source) { format!("{source} (missing)") } else { source.to_string() }
    };
    version.profile().media.iter().map(|file| one(&file.source)).collect::<Vec<_>>().join(", ")
}

/// The version's name, as far as people need it.
fn short(version: &ProfileVersion) -> String {
    version.digest().short()
}

/// The profile of a folder, or those of its folders.
fn read(folder: &Path) -> CliResult<Vec<ProfileVersion>> {
    if folder.join("profile.toml").exists() {
        return Ok(vec![read_profile(folder)?]);
    }
    let profiles = read_profiles(folder)?;
    if profiles.is_empty() {
        let text =
            format!("{} holds no profile: a folder with a profile.toml is one", folder.display());
        return Err(CliError::Failed(text));
    }
    Ok(profiles)
}
