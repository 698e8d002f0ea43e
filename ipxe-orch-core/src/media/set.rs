//! A set of media as it is stored: files by their paths, each with its digest and length.

use crate::{
    digest::Digest,
    disc::{Entry, Tree},
    names::SetName,
};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, str::FromStr};

/// A set of media, stored as `sets/NAME.toml` in the media folder.
///
/// The text of this file is stored as a content as well. A version of a profile that takes the
/// whole set pins the SHA-256 of the text and thereby every file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MediaSet {
    /// The name of the set.
    pub name: SetName,
    /// The system that it installs, such as `debian`. A set of loose files has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub os: Option<String>,
    /// The release of the system, such as `12.5.0`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// The processor, as the system names it: `amd64`, `x86_64`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub architecture: Option<String>,
    /// The name of the disc's volume.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// The disc that it was imported from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<SetSource>,
    /// Symbolic links: path and target.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub links: BTreeMap<String, String>,
    /// Files by their paths.
    #[serde(default)]
    pub files: BTreeMap<String, MediaBlob>,
}

/// The disc that a set was imported from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SetSource {
    /// The name of the image file.
    pub file: String,
    /// The SHA-256 of the image file.
    pub sha256: Digest,
    /// The length of the image file in bytes.
    pub size: u64,
}

/// The content of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MediaBlob {
    /// Its SHA-256.
    pub sha256: Digest,
    /// Its length in bytes.
    pub size: u64,
}

impl MediaBlob {
    /// The digest and length of `bytes`.
    pub fn of(bytes: &[u8]) -> Self {
        Self { sha256: Digest::of(bytes), size: u64::try_from(bytes.len()).unwrap_or(u64::MAX) }
    }
}

/// The text does not describe a media set.
#[derive(Debug, thiserror::Error)]
#[error("not a media set: {}", crate::text::toml_error(.0))]
pub struct InvalidSet(Box<toml::de::Error>);

impl FromStr for MediaSet {
    type Err = InvalidSet;

    fn from_str(text: &str) -> Result<Self, InvalidSet> {
        toml::from_str(text).map_err(|error| InvalidSet(Box::new(error)))
    }
}

impl MediaSet {
    /// A set without files.
    pub const fn new(name: SetName) -> Self {
        Self {
            name,
            os: None,
            version: None,
            architecture: None,
            label: None,
            source: None,
            links: BTreeMap::new(),
            files: BTreeMap::new(),
        }
    }

    /// The text in which the set is stored.
    pub fn to_text(&self) -> String {
        toml::to_string(self).unwrap_or_default()
    }

    /// The files and links of the set, for looking up paths. Paths that are not valid are left out.
    pub fn tree(&self) -> Tree<MediaBlob> {
        let mut tree = Tree::default();
        for (path, blob) in &self.files {
            tree.insert(path, Entry::File(*blob));
        }
        for (path, target) in &self.links {
            tree.insert(path, Entry::Link(target.clone()));
        }
        tree
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_survives_its_text() {
        let mut set = MediaSet::new("debian-12".parse().unwrap());
        let blob = MediaBlob { sha256: Digest::of("x"), size: 1 };
        set.files.insert("pool/a package.deb".to_owned(), blob);
        set.files.insert("../out".to_owned(), blob);
        set.links.insert("debian".to_owned(), ".".to_owned());
        assert_eq!(set.to_text().parse::<MediaSet>().unwrap(), set);
        let tree = set.tree();
        assert_eq!(tree.lookup("debian/pool/a package.deb"), Some(&blob));
        assert_eq!(tree.lookup("../out"), None);
        assert!("name = 'x'\nfile = 1".parse::<MediaSet>().is_err());
    }
}
