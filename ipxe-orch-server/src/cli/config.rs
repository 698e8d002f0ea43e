//! `config show`

use super::{context::Session, error::CliResult, output::Table};
use crate::view::ConfigView;
use clap::Subcommand;

#[derive(Debug, Subcommand)]
pub(super) enum ConfigCommand {
    /// Show every setting, and where its value came from
    Show,
}

pub(super) fn run(command: &ConfigCommand, session: &Session) -> CliResult {
    let ConfigCommand::Show = command;
    let view = ConfigView::from(&session.config);
    session.out.show(&view, || {
        let mut table = Table::new(&["SETTING", "FROM", "VALUE"]);
        for setting in &view.settings {
            table.row([setting.name.to_owned(), setting.from.clone(), setting.value.clone()]);
        }
        let file = view.file.clone().unwrap_or("none".to_owned());
        table.row(["(file)".to_owned(), String::new(), file]);
        table
    })
}
