//! Standard output: tables for people, JSON for programs.

mod table;
mod times;

pub(crate) use table::Table;
pub(crate) use times::{Times, parse_duration, parse_time};

use super::error::{CliError, CliResult};
use ipxe_orch_core::text::{json, lines, shown};
use serde::Serialize;
use std::{
    borrow::Cow,
    fmt,
    io::{self, IsTerminal as _, Write as _},
    sync::atomic::{AtomicBool, Ordering},
};

/// How results are shown.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Output {
    /// As JSON.
    pub(crate) json: bool,
    /// The time zone in which times are printed.
    pub(crate) times: Times,
    /// Columns of the terminal; none where no terminal shows the result.
    pub(crate) width: Option<usize>,
}

impl Output {
    /// A line of the result. What is not safe to show is escaped, a line break as well.
    pub(crate) fn line(self, line: impl fmt::Display) -> CliResult {
        self.write(&format!("{}\n", shown(&line.to_string())))
    }

    /// Lines of the result. What is not safe to show is escaped.
    pub(crate) fn text(self, text: &str) -> CliResult {
        self.write(&lines(text))
    }

    /// A file or a script that is the result. A program gets it as it is, and a terminal what is
    /// safe to show of it.
    pub(crate) fn data(self, data: &str) -> CliResult {
        self.write(&for_reader(data, self.width.is_some()))
    }

    #[expect(clippy::unused_self, reason = "whoever prints was given the output")]
    fn write(self, text: &str) -> CliResult {
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
        self.write(&(json(&text) + "\n"))
    }

    /// One of many results as JSON, on a line of its own.
    pub(crate) fn json_line(self, value: &impl Serialize) -> CliResult {
        let text = serde_json::to_string(value).map_err(|error| not_json(&error))?;
        self.write(&(json(&text) + "\n"))
    }

    /// The table or, on demand, `value` as JSON.
    pub(crate) fn show(self, value: &impl Serialize, table: impl FnOnce() -> Table) -> CliResult {
        if self.json {
            return self.json(value);
        }
        self.table(&table())
    }

    /// The table, as wide as the terminal.
    pub(crate) fn table(self, table: &Table) -> CliResult {
        self.text(&self.width.map_or_else(|| table.to_string(), |width| table.cut(width)))
    }

    /// A list as JSON, indented, whose values are written one after another.
    pub(crate) const fn json_list(self) -> JsonList {
        JsonList { out: self, is_empty: true }
    }
}

/// A JSON list under way.
#[derive(Debug)]
pub(crate) struct JsonList {
    out: Output,
    is_empty: bool,
}

impl JsonList {
    /// The next value.
    pub(crate) fn push(&mut self, value: &impl Serialize) -> CliResult {
        let text = serde_json::to_string_pretty(value).map_err(|error| not_json(&error))?;
        let before = if self.is_empty { "[" } else { "," };
        self.is_empty = false;
        self.out.write(&format!("{before}\n  {}", json(&text).replace('\n', "\n  ")))
    }

    /// The end of the list.
    pub(crate) fn finish(self) -> CliResult {
        self.out.write(if self.is_empty { "[]\n" } else { "\n]\n" })
    }
}

fn not_json(error: &serde_json::Error) -> CliError {
    CliError::Failed(format!("the result cannot be written as JSON: {error}"))
}

/// Columns of the terminal that standard output is.
pub(crate) fn terminal_width() -> Option<usize> {
    let stdout = io::stdout();
    let size = stdout.is_terminal().then(|| terminal_size::terminal_size_of(&stdout));
    size.flatten().map(|(width, _)| usize::from(width.0))
}

/// Whether notes are left out. One for the program, since notes come from everywhere in it.
static QUIET: AtomicBool = AtomicBool::new(false);

/// Leaves out all notes from now on.
pub(crate) fn be_quiet() {
    QUIET.store(true, Ordering::Relaxed);
}

/// Prints a hint, progress or a warning to standard error. If that is closed, nothing happens.
/// `--quiet` leaves these out.
pub(crate) fn note(line: impl fmt::Display) {
    if !QUIET.load(Ordering::Relaxed) {
        complain(line);
    }
}

/// Prints an error to standard error, also with `--quiet`. Its further lines are indented, so that
/// none of them looks like another message.
pub(crate) fn complain(text: impl fmt::Display) {
    let text = text.to_string();
    let text = lines(text.trim_end()).replace('\n', "\n  ");
    // Lines without text need no blanks.
    writeln!(io::stderr().lock(), "{}", text.replace("\n  \n", "\n\n")).ok();
}

fn for_reader(data: &str, is_terminal: bool) -> Cow<'_, str> {
    if is_terminal { lines(data) } else { Cow::Borrowed(data) }
}

/// Says that a list is empty, where its heading alone could look like a mistake.
pub(crate) fn note_none(what: &str, filtered: bool) {
    if filtered {
        note(format_args!("no {what} matches"));
    } else {
        note(format_args!("there is no {what}"));
    }
}

#[cfg(test)]
mod tests {
    use super::for_reader;

    #[test]
    fn a_terminal_gets_what_is_safe_of_a_file_and_a_program_all_of_it() {
        let file = "a\u{1b}]0;x\u{7}\n\tb\u{202e}\n";
        assert_eq!(for_reader(file, true), "a\\u{1b}]0;x\\u{7}\n\tb\\u{202e}\n");
        assert_eq!(for_reader(file, false), file);
    }
}
