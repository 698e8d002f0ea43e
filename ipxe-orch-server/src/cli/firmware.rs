//! `firmware list`

use super::{
    desk::Session,
    error::CliResult,
    output::{Table, note},
};
use crate::firmware::{FoundFirmware, Source, find};
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
    session.out.show(&as_json(&found), || {
        let mut table = Table::new(&["PART", "VERSION", "FILE"]);
        for source in &found.sources {
            let version = source.version.clone().unwrap_or("-".to_owned());
            table.row([part(source), version, source.path.display().to_string()]);
        }
        table
    })?;
    if !session.out.json {
        found.skipped.iter().for_each(note);
    }
    Ok(())
}

fn part(source: &Source) -> String {
    source.part.to_string()
}

/// Which files, for JSON.
pub(super) fn as_json(found: &FoundFirmware) -> Value {
    let used = |source: &Source| {
        json!({
            "part": part(source),
            "path": source.path.display().to_string(),
            "version": source.version,
        })
    };
    let skipped: Vec<_> = found.skipped.iter().map(ToString::to_string).collect();
    json!({ "used": found.sources.iter().map(used).collect::<Vec<_>>(), "skipped": skipped })
}
