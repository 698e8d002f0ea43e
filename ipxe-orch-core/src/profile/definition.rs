//! The content of a `profile.toml`.

use super::{InvalidProfile, Lack, Limits, MediaFile, Syntax, Terms, Variable, variable};
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

/// The content of a `profile.toml`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// Its name, which is also the name of its folder.
    pub name: ProfileName,
    /// A title for people.
    pub title: String,
    /// The file with the template of the iPXE script.
    pub script: FileName,
    /// The UEFI loader of the installed system. Images look for it before all other loaders.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub loader: Option<LoaderPath>,
    /// How far its author has seen it work.
    #[serde(default)]
    pub proof: Proof,
    /// When a mark is used up, what the installer reports, the deadlines, and the firmware.
    #[serde(default)]
    pub terms: Terms,
    /// Kinds of networks that its installer cannot handle. A host with such a network is not
    /// marked.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub lacks: BTreeSet<Lack>,
    /// What its installer accepts: names, users and gateways. A host beyond them is not marked.
    #[serde(default)]
    pub limits: Limits,
    /// The values that it needs to know about each host.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub variables: BTreeMap<VariableName, Variable>,
    /// Answer files, with the names by which the installer asks for them.
    #[serde(default)]
    pub answers: Vec<AnswerFile>,
    /// Files and trees that it loads: kernel, initrd, installation tree and so on.
    #[serde(default)]
    pub media: Vec<MediaFile>,
}

/// How far a profile was seen to work.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Proof {
    /// Its templates were rendered.
    #[default]
    Rendered,
    /// Its answer files were accepted by a validator of their format.
    Validated,
    /// It has installed a machine completely.
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

/// An answer file, such as a preseed, kickstart, autoinstall or unattend file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AnswerFile {
    /// The name by which the installer asks for it.
    pub name: FileName,
    /// The file with its template.
    pub template: FileName,
    /// The language of the file. It decides how values are written and where they may be.
    pub syntax: Syntax,
    /// The file with the template that is served instead, after the attempt has ended, to a ticket
    /// that was valid once. It stops an installer that still runs. It cannot contain secrets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub abort: Option<FileName>,
}

impl FromStr for Profile {
    type Err = InvalidProfile;

    fn from_str(text: &str) -> Result<Self, InvalidProfile> {
        let wrong = |error| InvalidProfile::Toml(Box::new(error));
        let profile: Self = toml::from_str(text).map_err(wrong)?;
        check_terms(&toml::from_str(text).map_err(wrong)?)?;
        unique("answer file", profile.answers.iter().map(|answer| &answer.name))?;
        unique("media", profile.media.iter().map(|media| &media.name))?;
        profile.terms.check()?;
        variable::check(&profile.variables)?;
        Ok(profile)
    }
}

impl Profile {
    /// The files with its templates.
    pub fn templates(&self) -> impl Iterator<Item = &FileName> {
        let answers =
            self.answers.iter().flat_map(|answer| [Some(&answer.template), answer.abort.as_ref()]);
        std::iter::once(&self.script).chain(answers.flatten())
    }
}

/// Refuses unknown fields of `[terms]`. Terms are also stored with each attempt, and there fields
/// of a newer version are ignored. In a `profile.toml` an unknown field is a mistake of its author.
fn check_terms(definition: &toml::Table) -> Result<(), InvalidProfile> {
    const KNOWN: [&str; 5] = ["claim", "reports", "start_minutes", "install_minutes", "firmware"];
    let terms = definition.get("terms").and_then(toml::Value::as_table);
    let unknown = terms.and_then(|terms| terms.keys().find(|key| !KNOWN.contains(&key.as_str())));
    unknown.map_or(Ok(()), |key| Err(InvalidProfile::UnknownTerm(key.clone())))
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
        assert_eq!(error(twice), "media `a` is listed twice");
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
