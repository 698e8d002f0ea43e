//! Why settings cannot be used.

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
    /// The file is wrong.
    #[error("the configuration file {} is wrong: {}", .path.display(), .source.to_string().trim_end())]
    File {
        /// The path of the file.
        path: PathBuf,
        /// The place and the reason; the message contains both.
        source: Box<toml::de::Error>,
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
