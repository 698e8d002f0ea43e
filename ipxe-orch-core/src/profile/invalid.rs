//! Why a `profile.toml` is refused.

use super::MAX_VARIABLES;
use crate::{
    names::{FileName, VariableName},
    text::toml_error,
};

/// Why a `profile.toml` is refused.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidProfile {
    /// `[terms]` has an unknown field.
    #[error(
        "`[terms]` has no field `{}`: it has claim, reports, start_minutes, install_minutes, \
         firmware",
        crate::text::shown(.0)
    )]
    UnknownTerm(String),
    /// It is not TOML, or not a profile.
    #[error("not a profile.toml: {}", toml_error(.0))]
    Toml(Box<toml::de::Error>),
    /// The path of a media file leads out of the media folder, or is not a path.
    #[error("`{}` is not a media path: write parts of A-Z, a-z, 0-9, `-`, `_` and `.`, separated by `/`", crate::text::shown(.0))]
    Path(String),
    /// A media entry has neither `path` nor `tree`, or both.
    #[error("media `{0}` needs either `path` or `tree`, and not both")]
    Source(FileName),
    /// The `media.lock`, which pins the contents of the media, cannot be read.
    #[error("not a media.lock: {}", toml_error(.0))]
    Lock(Box<toml::de::Error>),
    /// A template has the file name of the `media.lock`.
    #[error("`{0}` cannot be a template: this name is reserved for the list of pinned media")]
    Reserved(FileName),
    /// Two answer files or two media entries have the same name.
    #[error("{what} `{name}` is listed twice")]
    Twice {
        /// The kind of entry.
        what: &'static str,
        /// The name that they share.
        name: FileName,
    },
    /// `profile.toml` names a template file that is not there.
    #[error("profile.toml names the template `{0}`, but there is no such file")]
    MissingTemplate(FileName),
    /// The definition of a variable contradicts itself.
    #[error("variable `{name}`: {why}")]
    Variable {
        /// The name of the variable.
        name: VariableName,
        /// The contradiction.
        why: &'static str,
    },
    /// It has more than [`MAX_VARIABLES`] variables.
    #[error("{0} variables: at most {MAX_VARIABLES} are allowed")]
    TooManyVariables(usize),
    /// Its list of firmware is empty, so it boots on no machine.
    #[error(
        "`firmware` is empty: write bios, uefi or arm64 in it, or leave it out for all of them"
    )]
    NoFirmware,
    /// A deadline is not within its range.
    #[error("{what} of {minutes} minutes: 1 to 10080 (a week) are allowed")]
    Deadline {
        /// The kind of deadline.
        what: &'static str,
        /// The number of minutes in the file.
        minutes: u32,
    },
}
