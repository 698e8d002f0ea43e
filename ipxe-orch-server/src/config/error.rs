//! Why settings cannot be used.

use ipxe_orch_core::text::shown;
use std::{io, path::PathBuf};

/// Why there are no settings.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// The file was named, but cannot be read.
    #[error("the configuration file {} cannot be read", .path.display())]
    Read {
        /// The path of the file.
        path: PathBuf,
        /// The error behind it.
        source: io::Error,
    },
    /// The file is wrong. The message does not show the line, which may hold a password.
    #[error("the configuration file {} is wrong: line {line}, column {column}: {why}", .path.display())]
    File {
        /// The path of the file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// The character in it, from 1.
        column: usize,
        /// The reason.
        why: String,
    },
    /// A variable is wrong.
    #[error("the environment variable {name}: {why}")]
    Variable {
        /// The name of the variable.
        name: &'static str,
        /// The reason.
        why: String,
    },
}

impl ConfigError {
    /// For a file with this `text`.
    pub(super) fn of_file(path: PathBuf, text: &str, error: &toml::de::Error) -> Self {
        let start = error.span().map_or(0, |span| span.start);
        let before = text.get(..start).unwrap_or(text);
        let line = before.split('\n').count();
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        let given = error.span().and_then(|span| text.get(span)).unwrap_or_default();
        Self::File {
            path,
            line,
            column,
            why: shown(&without_value(error.message(), given)).into_owned(),
        }
    }
}

/// The message without the value that it is about. `given` is the text at its place.
fn without_value(message: &str, given: &str) -> String {
    let message = message.trim_end();
    // The name of a field is what a person looks for.
    if message.starts_with("unknown field") {
        return message.to_owned();
    }
    let quoted = ["invalid type", "invalid value"];
    if let Some(start) = quoted.into_iter().find(|start| message.starts_with(start)) {
        return match message.rsplit_once(", expected ") {
            Some((_, expected)) => format!("{start}, expected {expected}"),
            None => start.to_owned(),
        };
    }
    let values = given.split(['\'', '"']).filter(|value| value.len() > 2);
    values.fold(message.to_owned(), |message, value| message.replace(value, "…"))
}
