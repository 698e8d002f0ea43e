//! `completions SHELL`

use super::{
    error::{CliResult, failed},
    output::Output,
};
use clap::Args;
use clap_complete::{Shell, env::Shells};
use std::{env, io, path::PathBuf};

const EXAMPLES: &str = "\
Examples:
  # In ~/.bashrc
  source <(ipxe-orch completions bash)
  # In ~/.zshrc
  source <(ipxe-orch completions zsh)
  # In ~/.config/fish/config.fish
  ipxe-orch completions fish | source

Hosts, profiles, sites, labels and media sets are completed too, out of the database. Let the \
shell ask at each start, as above: a newer program may print something else.";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct CompletionsArgs {
    /// The shell
    shell: Shell,
}

pub(super) fn run(args: &CompletionsArgs, out: Output) -> CliResult {
    match registration(&args.shell.to_string()) {
        Ok(script) => out.data(&script),
        Err(error) => failed(format!("the completions cannot be written: {error}")),
    }
}

fn registration(shell: &str) -> io::Result<String> {
    let unknown = || io::Error::other(format!("{shell} is not known"));
    let shells = Shells::builtins();
    let shell = shells.completer(shell).ok_or_else(unknown)?;
    let mut script = Vec::new();
    shell.write_registration("COMPLETE", NAME, NAME, &program(), &mut script)?;
    String::from_utf8(script).map_err(io::Error::other)
}

const NAME: &str = "ipxe-orch";

/// What the shell runs for an answer: the name, or the path by which this program was called.
fn program() -> String {
    let called = env::args_os().next().map(PathBuf::from).unwrap_or_default();
    if called.components().count() < 2 {
        return NAME.to_owned();
    }
    let folder = env::current_dir().unwrap_or_default();
    folder.join(called).display().to_string()
}
