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
    /// What of its media this server lacks, where that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub missing_media: Option<Vec<String>>,
    /// The values that its hosts share, where that was asked for.
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
    /// With the media that this server lacks.
    #[must_use]
    pub fn lacking(self, missing: &[MediaSource]) -> Self {
        let missing = missing.iter().map(ToString::to_string).collect();
        Self { missing_media: Some(missing), ..self }
    }

    /// With the values that its hosts share.
    #[must_use]
    pub fn sharing(self, defaults: &[Defaults]) -> Self {
        Self { shared: Some(defaults.iter().map(DefaultsView::from).collect()), ..self }
    }
}

/// Values that hosts share.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct DefaultsView {
    /// Those with this profile,
    pub profile: ProfileName,
    /// at this site, or at all of them.
    pub site: Option<SiteName>,
    /// By variable; secrets are masked.
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

/// What is wrong with a version of a profile.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct LintView {
    /// The profile.
    pub profile: ProfileName,
    /// The version.
    pub version: Digest,
    /// Each with its remedy.
    pub problems: Vec<String>,
}

impl LintView {
    /// What was found in `version`.
    pub fn new(version: &ProfileVersion, problems: &[LintProblem]) -> Self {
        Self {
            profile: version.profile().name.clone(),
            version: version.digest(),
            problems: problems.iter().map(ToString::to_string).collect(),
        }
    }
}

/// What came of a profile that was applied.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct AppliedView {
    /// The profile.
    pub profile: ProfileName,
    /// The version.
    pub version: Digest,
    /// Whether it was stored now.
    pub stored: bool,
    /// Why it was refused.
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

/// Hosts for which the same changes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DiffGroupView {
    /// The hosts.
    pub hosts: Vec<HostName>,
    /// Lines that go (`-`) and come (`+`), by file.
    pub change: String,
}

/// What a host would get now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct PreviewView {
    /// The profile that it belongs to.
    pub profile: ProfileName,
    /// The version that it belongs to.
    pub version: Digest,
    /// Whether a mark pinned it.
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
