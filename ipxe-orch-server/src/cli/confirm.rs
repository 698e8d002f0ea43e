//! Asks for confirmation before disks are overwritten.

use super::error::{CliResult, failed};
use ipxe_orch_core::text::lines;
use std::io::{self, BufRead as _, IsTerminal as _, Write as _};

/// Goes on with `--yes`, or once `yes` was typed on a terminal.
///
/// # Errors
/// Without both; nothing was changed then.
pub(crate) fn confirm(yes: bool, question: &str) -> CliResult {
    if yes {
        return Ok(());
    }
    if !io::stdin().is_terminal() {
        return failed(format!(
            "{question} Nothing was changed: confirm it with --yes, or run this on a terminal"
        ));
    }
    let mut stderr = io::stderr().lock();
    write!(stderr, "{} Type `yes` to go on: ", lines(question)).and_then(|()| stderr.flush()).ok();
    let mut answer = String::new();
    match io::stdin().lock().read_line(&mut answer) {
        Ok(_) if answer.trim() == "yes" => Ok(()),
        Ok(_) => failed("not confirmed: nothing was changed"),
        Err(error) => failed(format!("nothing was changed: the answer cannot be read: {error}")),
    }
}
