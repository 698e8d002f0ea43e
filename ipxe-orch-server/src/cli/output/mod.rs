//! Standard output: tables for people, JSON for programs.

mod table;
mod times;

pub(crate) use table::{Table, printable};
pub(crate) use times::{Times, parse_duration, parse_time};

use super::error::{CliError, CliResult};
use serde::Serialize;
use std::{
    fmt,
    io::{self, Write as _},
};

/// How results are shown.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Output {
    /// As JSON.
    pub(crate) json: bool,
    /// In which zone.
    pub(crate) times: Times,
}

impl Output {
    /// A line of the result.
    pub(crate) fn line(self, line: impl fmt::Display) -> CliResult {
        self.text(&format!("{line}\n"))
    }

    /// A part of the result, as it is.
    #[expect(clippy::unused_self, reason = "whoever prints was given the output")]
    pub(crate) fn text(self, text: &str) -> CliResult {
        let mut stdout = io::stdout().lock();
        stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()).map_err(|error| {
            if error.kind() == io::ErrorKind::BrokenPipe {
                return CliError::OutputClosed;
            }
            CliError::Failed(format!("the output cannot be written: {error}"))
        })
    }

    /// The result as JSON, indented.
    pub(crate) fn json(self, value: &impl Serialize) -> CliResult {
        let text = serde_json::to_string_pretty(value).map_err(|error| not_json(&error))?;
        self.line(text)
    }

    /// One of many results as JSON, on a line of its own.
    pub(crate) fn json_line(self, value: &impl Serialize) -> CliResult {
        self.line(serde_json::to_string(value).map_err(|error| not_json(&error))?)
    }

    /// The table or, on demand, `value` as JSON.
    pub(crate) fn show(self, value: &impl Serialize, table: impl FnOnce() -> Table) -> CliResult {
        if self.json { self.json(value) } else { self.text(&table().to_string()) }
    }
}

fn not_json(error: &serde_json::Error) -> CliError {
    CliError::Failed(format!("the result cannot be written as JSON: {error}"))
}

/// What is no result: hints, progress, warnings. It goes to standard error; nobody minds if it is
/// closed.
pub(crate) fn note(line: impl fmt::Display) {
    writeln!(io::stderr().lock(), "{line}").ok();
}
