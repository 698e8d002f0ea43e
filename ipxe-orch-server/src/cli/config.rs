//! `config show`

use super::{context::Session, error::CliResult, output::Table};
use clap::Subcommand;
use serde_json::json;

#[derive(Debug, Subcommand)]
pub(super) enum ConfigCommand {
    /// Show every setting, and where its value came from
    Show,
}

pub(super) fn run(command: &ConfigCommand, session: &Session) -> CliResult {
    let ConfigCommand::Show = command;
    let settings = session.config.shown();
    let file = session.config.file.as_ref().map(|path| path.display().to_string());
    session.out.show(&json!({ "file": file, "settings": settings }), || {
        let mut table = Table::new(&["SETTING", "FROM", "VALUE"]);
        for setting in &settings {
            table.row([setting.name.to_owned(), setting.from.clone(), setting.value.clone()]);
        }
        table.row(["(file)".to_owned(), String::new(), file.clone().unwrap_or("none".to_owned())]);
        table
    })
}
