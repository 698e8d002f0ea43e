//! A set of media, as it is kept: files by their paths, and what each holds.

use crate::{
    digest::Digest,
    disc::{Entry, Tree},
    names::SetName,
};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, str::FromStr};

/// A set of media: `sets/NAME.toml` in the media folder.
///
/// Its own text is content as well: a version of a profile that takes the whole set pins the
/// SHA-256 of that text, and with it every file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MediaSet {
    /// Its name.
    pub name: SetName,
    /// Which system it installs, such as `debian`; none for loose files.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub os: Option<String>,
    /// Which release of it, such as `12.5.0`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// For which processors, in the system's own words: `amd64`, `x86_64`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub architecture: Option<String>,
    /// The disc's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// The disc that it was taken from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<SetSource>,
    /// Symbolic links: what they say, by their paths.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub links: BTreeMap<String, String>,
    /// Files by their paths.
    #[serde(default)]
    pub files: BTreeMap<String, MediaBlob>,
}

/// The disc that a set was taken from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SetSource {
    /// Name of its file.
    pub file: String,
    /// SHA-256 of it.
    pub sha256: Digest,
    /// Its length in bytes.
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
    /// What `bytes` are as content.
    pub fn of(bytes: &[u8]) -> Self {
        Self { sha256: Digest::of(bytes), size: u64::try_from(bytes.len()).unwrap_or(u64::MAX) }
    }
}

/// The text describes no set.
#[derive(Debug, thiserror::Error)]
#[error("not a media set: {0}")]
pub struct InvalidSet(Box<toml::de::Error>);

impl FromStr for MediaSet {
    type Err = InvalidSet;

    fn from_str(text: &str) -> Result<Self, InvalidSet> {
        toml::from_str(text).map_err(|error| InvalidSet(Box::new(error)))
    }
}

impl MediaSet {
    /// An empty set.
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

    /// As it is kept.
    pub fn to_text(&self) -> String {
        toml::to_string(self).unwrap_or_default()
    }

    /// Its files and links, to look paths up. What is no path is left out.
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
