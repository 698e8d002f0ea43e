//! `profiles show`

use super::{
    super::{
        context::Session,
        error::{CliError, CliResult},
        output::Table,
    },
    short,
};
use crate::view::ProfileView;
use clap::Args;
use ipxe_orch_core::{
    host::LoaderPath,
    names::ProfileName,
    profile::{Defaults, ProfileVersion, Variable},
};

#[derive(Debug, Args)]
pub(crate) struct ShowArgs {
    /// The name of the profile
    name: ProfileName,
}

pub(super) async fn run(args: &ShowArgs, session: Session) -> CliResult {
    let context = session.open().await?;
    let Some(version) = context.profile(&args.name).await? else {
        return Err(CliError::NoSuchProfile(args.name.clone()));
    };
    let defaults = context.orchestrator().defaults(&context.caller, Some(&args.name)).await?;
    let view = ProfileView::from(&version).sharing(&defaults);
    context.out.show(&view, || table(&version, &defaults))
}

fn table(version: &ProfileVersion, defaults: &[Defaults]) -> Table {
    let profile = version.profile();
    let terms = &profile.terms;
    let mut table = Table::of_fields();
    table.field("name", Some(&profile.name));
    table.field("title", Some(&profile.title));
    table.field("version", Some(short(version)));
    table.field("proof", Some(profile.proof));
    let firmware: Vec<_> = terms.firmware.iter().map(ToString::to_string).collect();
    table.field("boots on", Some(firmware.join(", ")));
    let minutes = |minutes: u32| Some(format!("within {minutes} minutes"));
    table.field("starts", minutes(terms.start_minutes));
    table.field("ends", minutes(terms.install_minutes).filter(|_| !terms.never_reports()));
    table.field("loader", profile.loader.as_ref().map(LoaderPath::as_str));
    profile.media.iter().for_each(|file| table.field("media", Some(file.source.to_string())));
    profile.answers.iter().for_each(|file| table.field("answer", Some(&file.name)));
    for (name, variable) in &profile.variables {
        table.field(&format!("variable {name}"), Some(wanted(variable)));
    }
    for Defaults { place, values, .. } in defaults {
        let of = place.site.as_ref().map_or_else(String::new, |site| format!(" at {site}"));
        for (name, value) in values {
            table.field(&format!("value{of}"), Some(format!("{name}={value}")));
        }
    }
    table
}

/// `Disk: a line of text, by default /dev/sda`.
fn wanted(variable: &Variable) -> String {
    let mut text = format!("{}: {variable}", variable.title);
    if variable.required {
        text.push_str(", required");
    }
    if variable.is_secret() {
        text.push_str(", sealed");
    }
    if let Some(default) = &variable.default {
        let default = default.as_str().map_or_else(|| default.to_string(), str::to_owned);
        text = format!("{text}, by default {default}");
    }
    text
}
