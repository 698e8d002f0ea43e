//! Profiles, and the values that hosts with a profile share.

use ipxe_orch_core::{
    digest::Digest,
    host::HostValue,
    names::{HostName, ProfileName, SiteName, VariableName},
    orchestrator::{Preview, PreviewFile},
    profile::{Defaults, LintProblem, MediaLock, MediaSource, Profile, ProfileVersion},
};
use serde::Serialize;
use std::collections::BTreeMap;

/// A version of a profile.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct ProfileView {
    /// The version.
    pub version: Digest,
    /// Its `profile.toml`.
    pub profile: Profile,
    /// The contents of the media that it pins.
    pub media: MediaLock,
    /// The media that this server does not have, if the command asked for them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub missing_media: Option<Vec<String>>,
    /// The defaults of its variables, if the command asked for them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shared: Option<Vec<DefaultsView>>,
}

impl From<&ProfileVersion> for ProfileView {
    fn from(version: &ProfileVersion) -> Self {
        Self {
            version: version.digest(),
            profile: version.profile().clone(),
            media: version.lock().clone(),
            missing_media: None,
            shared: None,
        }
    }
}

impl ProfileView {
    /// Adds the media that this server does not have.
    #[must_use]
    pub fn lacking(self, missing: &[MediaSource]) -> Self {
        let missing = missing.iter().map(ToString::to_string).collect();
        Self { missing_media: Some(missing), ..self }
    }

    /// Adds the defaults of its variables.
    #[must_use]
    pub fn sharing(self, defaults: &[Defaults]) -> Self {
        Self { shared: Some(defaults.iter().map(DefaultsView::from).collect()), ..self }
    }
}

/// Defaults: values that hosts share.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct DefaultsView {
    /// The profile of these hosts.
    pub profile: ProfileName,
    /// The site of these hosts. `None` for hosts of all sites.
    pub site: Option<SiteName>,
    /// The values by variable. Secrets are masked.
    pub values: BTreeMap<VariableName, HostValue>,
}

impl From<&Defaults> for DefaultsView {
    fn from(defaults: &Defaults) -> Self {
        let values = defaults.values.iter().map(|(name, value)| (name.clone(), value.masked()));
        Self {
            profile: defaults.place.profile.clone(),
            site: defaults.place.site.clone(),
            values: values.collect(),
        }
    }
}

/// The problems of a version of a profile.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct LintView {
    /// The profile.
    pub profile: ProfileName,
    /// The version.
    pub version: Digest,
    /// The problems, each with its remedy.
    pub problems: Vec<String>,
}

impl LintView {
    /// The view of the problems of `version`.
    pub fn new(version: &ProfileVersion, problems: &[LintProblem]) -> Self {
        Self {
            profile: version.profile().name.clone(),
            version: version.digest(),
            problems: problems.iter().map(ToString::to_string).collect(),
        }
    }
}

/// The result for one profile that was applied.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct AppliedView {
    /// The profile.
    pub profile: ProfileName,
    /// The version.
    pub version: Digest,
    /// Whether it was stored just now.
    pub stored: bool,
    /// The reason why it was refused.
    pub error: Option<String>,
}

/// A profile was written to files.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ExportedProfileView {
    /// The profile.
    pub profile: ProfileName,
    /// Its folder.
    pub folder: String,
    /// The files in it.
    pub files: Vec<String>,
}

/// What a version of a profile would change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[expect(missing_docs, reason = "the names say it")]
pub struct DiffView {
    pub profile: ProfileName,
    pub version: Digest,
    pub groups: Vec<DiffGroupView>,
}

/// Hosts for which the change is the same.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DiffGroupView {
    /// The hosts.
    pub hosts: Vec<HostName>,
    /// Removed lines (`-`) and added lines (`+`), by file.
    pub change: String,
}

/// What a host would get now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct PreviewView {
    /// The profile.
    pub profile: ProfileName,
    /// The version of the profile.
    pub version: Digest,
    /// Whether a mark has pinned it.
    pub pinned: bool,
    /// The texts.
    pub files: Vec<PreviewFileView>,
}

impl From<&Preview> for PreviewView {
    fn from(preview: &Preview) -> Self {
        Self {
            profile: preview.version.profile().name.clone(),
            version: preview.version.digest(),
            pinned: preview.pinned,
            files: preview.files.iter().map(PreviewFileView::from).collect(),
        }
    }
}

/// A script or answer file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[expect(missing_docs, reason = "the names say it")]
pub struct PreviewFileView {
    pub name: String,
    pub text: String,
}

impl From<&PreviewFile> for PreviewFileView {
    fn from(file: &PreviewFile) -> Self {
        Self { name: file.name.clone(), text: file.text.clone() }
    }
}
