//! Files by their paths, with symbolic links.

use super::{limits, name};
use std::collections::BTreeMap;

/// What is at a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entry<T> {
    /// A file.
    File(T),
    /// A symbolic link with its target.
    Link(String),
}

/// Files by their paths. A path has parts joined by `/`, none of them `..`, and no `/` at its
/// start. Directories without files are not stored.
///
/// # Example
///
/// ```
/// use ipxe_orch_core::disc::{Entry, Tree};
/// let mut tree = Tree::default();
/// tree.insert("dists/bookworm/Release", Entry::File(1));
/// tree.insert("dists/stable", Entry::Link("bookworm".to_owned()));
/// tree.insert("debian", Entry::Link(".".to_owned()));
/// tree.insert("out", Entry::Link("../etc/passwd".to_owned()));
/// assert_eq!(tree.lookup("debian/dists/stable/Release"), Some(&1));
/// assert_eq!(tree.lookup("out"), None);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tree<T>(BTreeMap<String, Entry<T>>);

impl<T> Default for Tree<T> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

impl<T> Tree<T> {
    /// Puts an entry at a path, if there is none yet and the path is valid. Returns whether it did.
    pub fn insert(&mut self, path: impl Into<String>, entry: Entry<T>) -> bool {
        let path = path.into();
        let right =
            path.len() <= limits::PATH && path.split('/').all(|p| name::problem(p).is_none());
        if !right || self.0.contains_key(&path) {
            return false;
        }
        self.0.insert(path, entry).is_none()
    }

    /// The file at a path. Up to 16 links are followed, but never out of the tree.
    pub fn lookup(&self, path: &str) -> Option<&T> {
        match self.0.get(&self.resolve(path)?)? {
            Entry::File(file) => Some(file),
            Entry::Link(_) => None,
        }
    }

    /// The path after all links are followed.
    fn resolve(&self, path: &str) -> Option<String> {
        let mut rest: Vec<&str> = path.split('/').rev().collect();
        let (mut at, mut links) = (Vec::<&str>::new(), 0);
        while let Some(part) = rest.pop() {
            match part {
                "" | "." => continue,
                ".." => {
                    at.pop()?;
                    continue;
                }
                _ => at.push(part),
            }
            if let Some(Entry::Link(target)) = self.0.get(&at.join("/")) {
                links += 1;
                if links > limits::LINKS || target.starts_with('/') {
                    return None;
                }
                at.pop();
                rest.extend(target.split('/').rev());
            }
            // Links may lengthen the path, so a chain of them is stopped by its length as well.
            if at.len() + rest.len() > limits::PATH {
                return None;
            }
        }
        Some(at.join("/"))
    }

    /// All paths in order, each with its entry.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Entry<T>)> {
        self.0.iter().map(|(path, entry)| (path.as_str(), entry))
    }

    /// All files with their own paths, without links.
    pub fn files(&self) -> impl Iterator<Item = (&str, &T)> {
        self.iter().filter_map(|(path, entry)| match entry {
            Entry::File(file) => Some((path, file)),
            Entry::Link(_) => None,
        })
    }

    /// The first file at this path, where upper and lower case of ASCII letters are the same.
    pub fn find(&self, path: &str) -> Option<(&str, &T)> {
        self.files().find(|(other, _)| other.eq_ignore_ascii_case(path))
    }

    /// The number of files and links.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
