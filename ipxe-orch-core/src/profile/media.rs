//! What a profile takes from the media folder, and in which very content.

use super::InvalidProfile;
use crate::{
    digest::Digest,
    names::{FileName, SetName},
};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, fmt, str::FromStr};

/// A file, or a tree of files, that the boot stage or the installer loads: `name`, and either
/// `path` or `tree`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Entry", into = "Entry")]
pub struct MediaFile {
    /// As scripts ask for it: `t/TICKET/media/NAME`, with the path inside behind it for a tree.
    pub name: FileName,
    /// Where it is.
    pub source: MediaSource,
}

/// Where media are, below the server's media folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MediaSource {
    /// `SET/file`, a file of an imported set; or `folder/file`, a file that lies there.
    File(MediaPath),
    /// All files of an imported set.
    Tree(SetName),
}

impl fmt::Display for MediaSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => f.write_str(path.as_str()),
            Self::Tree(set) => write!(f, "the set {set}"),
        }
    }
}

/// As `profile.toml` has it.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    name: FileName,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    path: Option<MediaPath>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    tree: Option<SetName>,
}

impl TryFrom<Entry> for MediaFile {
    type Error = InvalidProfile;

    fn try_from(Entry { name, path, tree }: Entry) -> Result<Self, InvalidProfile> {
        let source = match (path, tree) {
            (Some(path), None) => MediaSource::File(path),
            (None, Some(set)) => MediaSource::Tree(set),
            _ => return Err(InvalidProfile::Source(name)),
        };
        Ok(Self { name, source })
    }
}

impl From<MediaFile> for Entry {
    fn from(MediaFile { name, source }: MediaFile) -> Self {
        match source {
            MediaSource::File(path) => Self { name, path: Some(path), tree: None },
            MediaSource::Tree(set) => Self { name, path: None, tree: Some(set) },
        }
    }
}

/// A path below the media folder: 1 to 8 parts joined by `/`, each a [`FileName`].
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct MediaPath(String);

impl MediaPath {
    /// The path as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for MediaPath {
    type Error = InvalidProfile;

    fn try_from(text: String) -> Result<Self, InvalidProfile> {
        let parts: Vec<&str> = text.split('/').collect();
        let right = parts.len() <= 8 && parts.iter().all(|part| part.parse::<FileName>().is_ok());
        if right { Ok(Self(text)) } else { Err(InvalidProfile::Path(text)) }
    }
}

impl From<MediaPath> for String {
    fn from(path: MediaPath) -> Self {
        path.0
    }
}

/// What a version of a profile takes: the place, and the content where the version pins it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PinnedMedia {
    /// Where it was found.
    pub source: MediaSource,
    /// SHA-256 of the file, or of a tree's list of files; `None` in a version that was stored where
    /// the media were not at hand: then whatever is there now.
    pub content: Option<Digest>,
}

/// The contents that a version pins, by the names of its media. As text it is TOML, a line
/// `NAME = "SHA-256"` for each.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct MediaLock(pub BTreeMap<FileName, Digest>);

impl fmt::Display for MediaLock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|(name, digest)| writeln!(f, "\"{name}\" = \"{digest}\""))
    }
}

impl FromStr for MediaLock {
    type Err = InvalidProfile;

    fn from_str(text: &str) -> Result<Self, InvalidProfile> {
        toml::from_str(text).map_err(|error| InvalidProfile::Lock(Box::new(error)))
    }
}
