//! Profiles: what an install is, as data.
//!
//! A profile is a folder with a `profile.toml` and the templates that it names:
//!
//! ```
//! # use ipxe_orch_core::profile::Profile;
//! let profile: Profile = r#"
//!     name = "tiny"
//!     title = "A tiny Linux for tests"
//!     script = "boot.ipxe.hbs"
//!     loader = '\EFI\tiny\tinyx64.efi'
//!
//!     [[answers]]
//!     name = "tiny.conf"
//!     template = "tiny.conf.hbs"
//!     syntax = "key_value"
//!
//!     [[media]]
//!     name = "vmlinuz"
//!     path = "tiny/vmlinuz"
//! "#.parse()?;
//! assert_eq!(profile.terms.start_minutes, 15);
//! # Ok::<(), ipxe_orch_core::profile::InvalidProfile>(())
//! ```

mod lacks;
mod lint;
mod media;
mod password;
mod render;
mod resolve;
mod samples;
mod shared;
mod syntax;
mod terms;
mod texts;
mod user_name;
mod values;
mod variable;
mod version;

pub use lacks::{Lack, lacking};
pub(crate) use lint::prove_script;
pub use lint::{LintFault, LintProblem, lint};
pub use media::{MediaFile, MediaLock, MediaPath, MediaSource, PinnedMedia};
pub use password::{InvalidPassword, MAX_PASSWORD, password_hash};
pub use render::{RenderError, Rendered, ScriptRenderer};
pub(crate) use resolve::plain_secret;
pub use resolve::{Resolved, VariableProblem, resolve};
pub use shared::{SharedPlace, SharedValues, inherited};
pub use syntax::{Misplaced, Syntax, check_places, encode};
pub use terms::{ClaimRule, Reports, Terms};
pub(crate) use texts::{Reader, Texts};
pub use values::{answer_values, values};
pub use variable::{MAX_LIST, MAX_VARIABLES, Variable, VariableType};
pub use version::ProfileVersion;

pub use crate::script::Firmware;
use crate::{
    host::LoaderPath,
    names::{FileName, ProfileName, VariableName},
};
use serde::{Deserialize, Serialize};
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    str::FromStr,
};

/// A `profile.toml`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// Its name; also the name of its folder.
    pub name: ProfileName,
    /// For people.
    pub title: String,
    /// The template of the iPXE script.
    pub script: FileName,
    /// The UEFI loader of the installed system: images look for it first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub loader: Option<LoaderPath>,
    /// How far its author saw it work.
    #[serde(default)]
    pub proof: Proof,
    /// Claim rule, reports, deadlines, firmware.
    #[serde(default)]
    pub terms: Terms,
    /// Networks that its installer cannot do: hosts with such are not marked.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub lacks: BTreeSet<Lack>,
    /// What it wants to know of each host.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub variables: BTreeMap<VariableName, Variable>,
    /// Answer files, by the name under which the installer asks for them.
    #[serde(default)]
    pub answers: Vec<AnswerFile>,
    /// Kernel, initrd, installation tree and the like.
    #[serde(default)]
    pub media: Vec<MediaFile>,
}

/// How far a profile was seen to work.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Proof {
    /// Its templates render.
    #[default]
    Rendered,
    /// Its answer files pass the validator of their format.
    Validated,
    /// It installed a machine, to the end.
    Installed,
}

impl fmt::Display for Proof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Rendered => "rendered",
            Self::Validated => "validated",
            Self::Installed => "installed",
        })
    }
}

/// An answer file: preseed, kickstart, autoinstall, unattend or such.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AnswerFile {
    /// As the installer asks for it.
    pub name: FileName,
    /// The template.
    pub template: FileName,
    /// How values are kept from being more than values.
    pub syntax: Syntax,
    /// Served to a once valid ticket after the attempt has ended, so that a stray installer
    /// stops; it must hold nothing secret.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub abort: Option<FileName>,
}

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

impl FromStr for Profile {
    type Err = InvalidProfile;

    fn from_str(text: &str) -> Result<Self, InvalidProfile> {
        let profile: Self =
            toml::from_str(text).map_err(|error| InvalidProfile::Toml(Box::new(error)))?;
        unique("answer file", profile.answers.iter().map(|answer| &answer.name))?;
        unique("media", profile.media.iter().map(|media| &media.name))?;
        profile.terms.check()?;
        variable::check(&profile.variables)?;
        Ok(profile)
    }
}

impl Profile {
    /// The templates it names.
    pub fn templates(&self) -> impl Iterator<Item = &FileName> {
        let answers =
            self.answers.iter().flat_map(|answer| [Some(&answer.template), answer.abort.as_ref()]);
        std::iter::once(&self.script).chain(answers.flatten())
    }
}

fn unique<'a>(
    what: &'static str,
    names: impl Iterator<Item = &'a FileName>,
) -> Result<(), InvalidProfile> {
    let mut seen = BTreeSet::new();
    for name in names {
        if !seen.insert(name) {
            return Err(InvalidProfile::Twice { what, name: name.clone() });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINIMAL: &str = "name = 'tiny'\ntitle = 'Tiny'\nscript = 'boot.ipxe.hbs'\n";

    fn error(more: &str) -> String {
        format!("{MINIMAL}{more}").parse::<Profile>().unwrap_err().to_string()
    }

    #[test]
    fn defaults_are_the_safe_ones() {
        let profile: Profile = MINIMAL.parse().unwrap();
        assert_eq!(profile.terms, Terms::default());
        assert_eq!(profile.terms.claim, ClaimRule::Boot);
        assert_eq!(profile.terms.reports, Reports::Required);
    }

    #[test]
    fn what_is_wrong_is_named() {
        assert!(error("scirpt = 'x'").contains("unknown field"), "{}", error("scirpt = 'x'"));
        let twice = "[[media]]\nname='a'\npath='x/a'\n[[media]]\nname='a'\npath='x/b'";
        assert_eq!(error(twice), "media `a` stands twice");
        for source in ["", "path='a'\ntree='b'"] {
            let text = error(&format!("[[media]]\nname='a'\n{source}"));
            assert!(text.contains("media `a` needs either `path` or `tree`"), "{text}");
        }
        for path in ["../a", "/a", "a//b", "a/../b", ""] {
            let text = format!("[[media]]\nname='a'\npath='{path}'");
            assert!(error(&text).contains("is not a media path"), "{path}");
        }
        assert_eq!(
            error("[terms]\nstart_minutes = 0"),
            "start deadline of 0 minutes: 1 to 10080 (a week) are allowed"
        );
    }
}
