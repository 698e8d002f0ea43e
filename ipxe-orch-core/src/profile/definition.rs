//! What a `profile.toml` says.

use super::{InvalidProfile, Lack, MediaFile, Syntax, Terms, Variable, variable};
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
    use crate::profile::{ClaimRule, Reports};

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
