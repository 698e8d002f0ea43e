//! What a `profile.toml` must not say.

use super::MAX_VARIABLES;
use crate::names::{FileName, VariableName};

/// Why a `profile.toml` is refused.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidProfile {
    /// Not TOML, or not a profile.
    #[error("not a profile.toml: {0}")]
    Toml(Box<toml::de::Error>),
    /// A media path leaves its folder or is none.
    #[error("`{}` is not a media path: parts of A-Z, a-z, 0-9, `-`, `_` and `.`, joined by `/`", .0.escape_debug())]
    Path(String),
    /// Media are either a file or a tree.
    #[error("media `{0}` needs either `path` or `tree`")]
    Source(FileName),
    /// The list of contents of media is none.
    #[error("not a media.lock: {0}")]
    Lock(Box<toml::de::Error>),
    /// A template has the name of something else.
    #[error("`{0}` cannot be a template: it is the list of contents of media")]
    Reserved(FileName),
    /// Two answer files or two media of one name.
    #[error("{what} `{name}` stands twice")]
    Twice {
        /// Which kind.
        what: &'static str,
        /// Which.
        name: FileName,
    },
    /// A template is named, but not there.
    #[error("template `{0}` is named in profile.toml, but not there")]
    MissingTemplate(FileName),
    /// A variable contradicts itself.
    #[error("variable `{name}`: {why}")]
    Variable {
        /// Which.
        name: VariableName,
        /// What is wrong.
        why: &'static str,
    },
    /// More variables than anybody would fill in.
    #[error("{0} variables: at most {MAX_VARIABLES} are allowed")]
    TooManyVariables(usize),
    /// It boots on nothing.
    #[error("`firmware` is empty: name bios, uefi or arm64, or leave it out for all")]
    NoFirmware,
    /// A deadline is out of range.
    #[error("{what} of {minutes} minutes: 1 to 10080 (a week) are allowed")]
    Deadline {
        /// Which.
        what: &'static str,
        /// What it says.
        minutes: u32,
    },
}
