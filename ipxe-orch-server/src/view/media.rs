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
    /// Its name.
    pub name: SetName,
    /// Which system it installs.
    pub os: Option<String>,
    /// Which release of it.
    pub version: Option<String>,
    /// The processors that it is for.
    pub architecture: Option<String>,
    /// The disc's name.
    pub label: Option<String>,
    /// The disc that it was taken from.
    pub source: Option<SetSource>,
    /// How many files it has.
    pub files: usize,
    /// Their length.
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
    /// Its name.
    pub name: SetName,
    /// Which system it installs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub os: Option<String>,
    /// Which release of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// The processors that it is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub architecture: Option<String>,
    /// The disc's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// The disc that it was taken from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<SetSource>,
    /// Symbolic links: what they say, by their paths.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub links: BTreeMap<String, String>,
    /// Files by their paths.
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
    /// Whether there was something to do.
    pub changed: bool,
    /// Files that are as the disc's own lists say, by list.
    pub verified: BTreeMap<&'static str, usize>,
    /// Files that no list names.
    pub unlisted: usize,
    /// What a network install needs that is not on the disc.
    pub lacks: Option<&'static str>,
}

impl From<&Imported> for MediaImportView {
    fn from(imported: &Imported) -> Self {
        Self {
            set: (&imported.set).into(),
            changed: imported.changed,
            verified: imported.verified.clone(),
            unlisted: imported.unlisted,
            lacks: imported.lacks,
        }
    }
}

/// A set was read again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct MediaVerificationView {
    /// The set.
    pub name: SetName,
    /// How many files it has.
    pub files: usize,
    /// How many of them are damaged.
    pub damaged: usize,
}

/// A set was removed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct MediaRemovalView {
    /// The set.
    pub name: SetName,
    /// How many contents nobody needed any more.
    pub blobs: usize,
    /// Their length.
    pub bytes: u64,
}

impl MediaRemovalView {
    /// The set `name` was removed.
    pub const fn new(name: SetName, removed: Removed) -> Self {
        let Removed { blobs, bytes, .. } = removed;
        Self { name, blobs, bytes }
    }
}
