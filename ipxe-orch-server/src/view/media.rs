//! Installation media.

use crate::media::{Imported, Removed};
use ipxe_orch_core::{
    media::{MediaBlob, MediaSet, SetSource},
    names::SetName,
};
use serde::Serialize;
use std::collections::BTreeMap;

/// A set without its files.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct MediaSummaryView {
    /// The name of the set.
    pub name: SetName,
    /// The system that it installs.
    pub os: Option<String>,
    /// The release of the system.
    pub version: Option<String>,
    /// The processors that it is for.
    pub architecture: Option<String>,
    /// The name of the disc.
    pub label: Option<String>,
    /// The disc that it was taken from.
    pub source: Option<SetSource>,
    /// The number of files.
    pub files: usize,
    /// Their total length in bytes.
    pub bytes: u64,
}

impl From<&MediaSet> for MediaSummaryView {
    fn from(set: &MediaSet) -> Self {
        Self {
            name: set.name.clone(),
            os: set.os.clone(),
            version: set.version.clone(),
            architecture: set.architecture.clone(),
            label: set.label.clone(),
            source: set.source.clone(),
            files: set.files.len(),
            bytes: set.files.values().map(|blob| blob.size).sum(),
        }
    }
}

/// A set with its files.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct MediaSetView {
    /// The name of the set.
    pub name: SetName,
    /// The system that it installs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub os: Option<String>,
    /// The release of the system.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// The processors that it is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub architecture: Option<String>,
    /// The name of the disc.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// The disc that it was taken from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<SetSource>,
    /// The targets of symbolic links, by their paths.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub links: BTreeMap<String, String>,
    /// The files by their paths.
    pub files: BTreeMap<String, MediaBlob>,
}

impl From<MediaSet> for MediaSetView {
    fn from(set: MediaSet) -> Self {
        let MediaSet { name, os, version, architecture, label, source, links, files } = set;
        Self { name, os, version, architecture, label, source, links, files }
    }
}

/// A disc was imported.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct MediaImportView {
    /// The set.
    pub set: MediaSummaryView,
    /// Whether anything was imported.
    pub changed: bool,
    /// For each list of checksums on the disc, the number of files that agree with it.
    pub verified: BTreeMap<&'static str, usize>,
    /// The number of files that are in no list.
    pub unlisted: usize,
    /// What a network install needs and the disc does not have.
    pub lacks: Option<&'static str>,
    /// What else somebody should know about the set.
    pub notes: Vec<String>,
}

impl From<&Imported> for MediaImportView {
    fn from(imported: &Imported) -> Self {
        Self {
            set: (&imported.set).into(),
            changed: imported.changed,
            verified: imported.verified.clone(),
            unlisted: imported.unlisted,
            lacks: imported.lacks,
            notes: imported.notes.iter().map(ToString::to_string).collect(),
        }
    }
}

/// A set was read again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct MediaVerificationView {
    /// The set.
    pub name: SetName,
    /// The number of files.
    pub files: usize,
    /// The number of damaged files.
    pub damaged: usize,
}

/// A set was removed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct MediaRemovalView {
    /// The set.
    pub name: SetName,
    /// The number of contents that nothing needed any more.
    pub blobs: usize,
    /// Their total length in bytes.
    pub bytes: u64,
}

impl MediaRemovalView {
    /// The view of the removal of the set `name`.
    pub const fn new(name: SetName, removed: Removed) -> Self {
        let Removed { blobs, bytes, .. } = removed;
        Self { name, blobs, bytes }
    }
}
