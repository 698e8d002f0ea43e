//! `config show` and `config init`

use super::{
    context::Session,
    error::{CliError, CliResult, failed},
    output::{Output, Table, note},
};
use crate::{config::template, view::ConfigView};
use clap::{Args, Subcommand};
use std::{
    fs::{self, OpenOptions},
    io::{self, Write as _},
    path::{Path, PathBuf},
};

const EXAMPLES: &str = "\
Examples:
  ipxe-orch config show
  ipxe-orch config init --output /etc/ipxe-orch/config.toml

Settings come from options, variables (IPXE_ORCH_...), the configuration file and defaults, \
in this order.";

#[derive(Debug, Subcommand)]
#[command(after_help = EXAMPLES)]
pub(super) enum ConfigCommand {
    /// Show all settings, where their values come from, and their variables
    Show,
    /// Write a configuration file with every setting, commented out
    Init(InitArgs),
}

#[derive(Debug, Args)]
pub(super) struct InitArgs {
    /// The file to write; without it, the text is printed
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Replace a file that is already there
    #[arg(long, requires = "output")]
    force: bool,
}

pub(super) fn show(session: &Session) -> CliResult {
    let view = ConfigView::from(&session.config);
    session.out.show(&view, || {
        // Not cut to the terminal: whoever asks for a setting wants all of it.
        let mut table = Table::of_fields();
        table.row(["SETTING", "FROM", "VARIABLE", "VALUE"].map(str::to_owned));
        for setting in &view.settings {
            let (name, variable) = (setting.name.to_owned(), setting.variable.to_owned());
            table.row([name, setting.from.clone(), variable, setting.text()]);
        }
        let file = view.file.clone().unwrap_or("none".to_owned());
        table.row(["(file)".to_owned(), String::new(), "IPXE_ORCH_CONFIG".to_owned(), file]);
        table
    })
}

pub(super) fn init(args: &InitArgs, out: Output) -> CliResult {
    let Some(path) = &args.output else { return out.data(&template()) };
    match write(path, args.force) {
        Ok(()) => {
            note(format_args!("wrote {}: every setting is commented out", path.display()));
            Ok(())
        }
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            failed(format!("{} exists: replace it with --force", path.display()))
        }
        Err(error) => Err(CliError::file("written", path, &error)),
    }
}

/// Makes the folder as well, which is not there after an installation.
fn write(path: &Path, force: bool) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let mut options = OpenOptions::new();
    options.write(true).truncate(true).create(force).create_new(!force);
    let mut file = options.open(path)?;
    file.write_all(template().as_bytes())?;
    file.sync_all()
}
