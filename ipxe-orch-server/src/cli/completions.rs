//! `completions SHELL`

use super::{
    Cli,
    error::{CliResult, failed},
    output::Output,
};
use clap::{Args, CommandFactory as _};
use clap_complete::{Shell, generate};

/// As `ipxe-orch completions bash > /etc/bash_completion.d/ipxe-orch`.
#[derive(Debug, Args)]
pub(super) struct CompletionsArgs {
    /// For which shell
    shell: Shell,
}

pub(super) fn run(args: &CompletionsArgs, out: Output) -> CliResult {
    let mut script = Vec::new();
    generate(args.shell, &mut Cli::command(), "ipxe-orch", &mut script);
    match String::from_utf8(script) {
        Ok(script) => out.text(&script),
        Err(_) => failed("the completions are not UTF-8"),
    }
}
