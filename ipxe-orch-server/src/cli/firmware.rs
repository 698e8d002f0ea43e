//! `firmware …`

use super::{
    desk::Session,
    error::CliResult,
    output::{Table, note},
};
use crate::firmware::{About, FoundFirmware, Source, find};
use clap::Subcommand;
use serde_json::{Value, json};

#[derive(Debug, Subcommand)]
pub(super) enum FirmwareCommand {
    /// Show the firmware files that images are made of, and those that were passed over
    List,
}

pub(super) fn run(command: &FirmwareCommand, session: &Session) -> CliResult {
    let FirmwareCommand::List = command;
    let found = find(&session.config.firmware_dirs.value)?;
    session.out.show(&as_json(&found), || table(&found.sources))?;
    if !session.out.json {
        found.skipped.iter().for_each(note);
        found.sources.iter().filter_map(without_netvsc).for_each(note);
    }
    Ok(())
}

/// `-` stands for what a file does not tell.
fn table(sources: &[Source]) -> Table {
    let mut table = Table::new(&["PART", "VERSION", "FEATURES", "DRIVERS", "SIGNED", "FILE"]);
    for Source { part, path, about } in sources {
        let unknown = || "-".to_owned();
        let words = |words: &Option<Vec<&str>>| {
            words.as_ref().map_or_else(unknown, |words| match words[..] {
                [] => "none".to_owned(),
                _ => words.join(" "),
            })
        };
        let version = about.version.clone().unwrap_or_else(unknown);
        let signed = about.signed.map_or_else(unknown, |signed| yes_no(signed).to_owned());
        let (features, drivers) = (words(&about.features), words(&about.drivers));
        table.row([
            part.to_string(),
            version,
            features,
            drivers,
            signed,
            path.display().to_string(),
        ]);
    }
    table
}

const fn yes_no(answer: bool) -> &'static str {
    if answer { "yes" } else { "no" }
}

/// What to say of a build for x86-64 that Hyper-V cannot use. There is no Hyper-V elsewhere that
/// would need the driver.
pub(super) fn without_netvsc(source: &Source) -> Option<String> {
    let lacks = source.part == crate::firmware::Part::IpxeEfiX64
        && source.about.has_driver("netvsc") == Some(false);
    let file = source.path.display();
    lacks.then(|| {
        format!(
            "warning: {file} has no driver netvsc: machines of Hyper-V need another build of iPXE \
             (snponly.efi is none)"
        )
    })
}

/// Which files, for JSON.
pub(super) fn as_json(found: &FoundFirmware) -> Value {
    let used: Vec<_> = found.sources.iter().map(source_as_json).collect();
    let skipped: Vec<_> = found.skipped.iter().map(ToString::to_string).collect();
    json!({ "used": used, "skipped": skipped })
}

fn source_as_json(source: &Source) -> Value {
    let About { version, features, drivers, signed, .. } = &source.about;
    json!({
        "part": source.part.to_string(),
        "path": source.path.display().to_string(),
        "version": version,
        "features": features,
        "drivers": drivers,
        "signed": signed,
    })
}
