//! What a profile takes from the media folder, and the pinned contents.

use super::InvalidProfile;
use crate::{
    digest::Digest,
    names::{FileName, SetName},
};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, fmt, str::FromStr};

/// A file or a tree of files that the boot stage or the installer loads. In `profile.toml` it has a
/// `name`, and either `path` or `tree`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Entry", into = "Entry")]
pub struct MediaFile {
    /// The name in scripts: `t/TICKET/media/NAME`. For a tree, a path inside the tree follows.
    pub name: FileName,
    /// Where it is in the media folder.
    pub source: MediaSource,
}

/// A place in the server's media folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MediaSource {
    /// A file of an imported set, as `SET/file`, or else a loose file, as `folder/file`.
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

/// The entry as it is in `profile.toml`.
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

/// A path below the media folder: 1 to 8 parts joined by `/`, each of them a [`FileName`].
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

/// A file or tree of a version of a profile: its place, and its content if the version pins it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PinnedMedia {
    /// Where it was found.
    pub source: MediaSource,
    /// The SHA-256 of the file, or of a tree's list of files. `None` if the media were missing when
    /// the version was stored; then the content that is there now is used.
    pub content: Option<Digest>,
}

/// The contents that a version pins, by the names of its media. Its text is TOML with one line
/// `NAME = "SHA-256"` for each of them.
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
