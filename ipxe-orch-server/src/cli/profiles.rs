//! `profiles list`

use super::{desk::Session, error::CliResult, output::Table};
use clap::Subcommand;
use ipxe_orch_core::profile::ProfileVersion;
use serde_json::{Value, json};

#[derive(Debug, Subcommand)]
pub(super) enum ProfilesCommand {
    /// Show what can be installed
    List,
}

pub(super) async fn run(command: ProfilesCommand, session: Session) -> CliResult {
    let ProfilesCommand::List = command;
    let desk = session.open_with_profiles().await?;
    let profiles = desk.store().list_profiles().await?;
    let views: Vec<_> = profiles.iter().map(as_json).collect();
    desk.out.show(&views, || {
        let mut table = Table::new(&["PROFILE", "VERSION", "TITLE", "NEEDS"]);
        for version in &profiles {
            let profile = version.profile();
            let digest = version.digest().to_string();
            let media: Vec<_> = profile.media.iter().map(|file| file.source.to_string()).collect();
            table.row([
                profile.name.to_string(),
                digest.get(..12).unwrap_or_default().to_owned(),
                profile.title.clone(),
                media.join(", "),
            ]);
        }
        table
    })
}

fn as_json(version: &ProfileVersion) -> Value {
    json!({ "version": version.digest(), "profile": version.profile(), "media": version.lock() })
}
