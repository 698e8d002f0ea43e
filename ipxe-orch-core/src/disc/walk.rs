//! What all formats share while a tree is read: the limits, and the rule that each directory is
//! read once.

use super::{DiscError, Entry, File, Tree, limits, source::Source};
use std::collections::{BTreeSet, VecDeque};

/// A directory that has still to be read.
pub(super) struct Pending<D> {
    pub(super) place: D,
    path: String,
    depth: usize,
}

/// A tree while it is being read. `D` is the place of a directory.
pub(super) struct Walk<'a, D> {
    source: &'a Source<'a>,
    tree: Tree<File>,
    seen: BTreeSet<D>,
    pending: VecDeque<Pending<D>>,
    /// What was read so far: bytes of directories, entries, extents, and bytes of files.
    directories: u64,
    entries: usize,
    spans: usize,
    bytes: u64,
}

impl<'a, D: Clone + Ord> Walk<'a, D> {
    pub(super) fn new(source: &'a Source<'a>, root: D) -> Self {
        let pending = Pending { place: root.clone(), path: String::new(), depth: 0 };
        Self {
            source,
            tree: Tree::default(),
            seen: BTreeSet::from([root]),
            pending: VecDeque::from([pending]),
            directories: 0,
            entries: 0,
            spans: 0,
            bytes: 0,
        }
    }

    /// The next directory to read.
    pub(super) fn next(&mut self) -> Option<Pending<D>> {
        self.pending.pop_front()
    }

    pub(super) fn finish(self) -> Tree<File> {
        self.tree
    }

    /// Checks that a directory of `len` bytes may be read.
    pub(super) fn directory(&mut self, len: u64) -> Result<(), DiscError> {
        self.directories = self.directories.saturating_add(len);
        within("bytes in a directory", len, limits::DIRECTORY)?;
        within("bytes in directories", self.directories, limits::DIRECTORIES)
    }

    /// Adds a directory in `parent`. A directory that was added before is an error, because the
    /// disc would not be a tree.
    pub(super) fn enter(
        &mut self,
        parent: &Pending<D>,
        name: &str,
        place: D,
    ) -> Result<(), DiscError> {
        let path = self.path(parent, name)?;
        let depth = parent.depth + 1;
        within("levels of directories", wide(depth), wide(limits::DEPTH))?;
        if !self.seen.insert(place.clone()) {
            let why = "two directories contain it";
            return Err(DiscError::Damaged { what: "a directory", at: 0, why });
        }
        self.pending.push_back(Pending { place, path, depth });
        Ok(())
    }

    /// Adds a file in `parent`.
    pub(super) fn file(
        &mut self,
        parent: &Pending<D>,
        name: &str,
        file: File,
    ) -> Result<(), DiscError> {
        let path = self.path(parent, name)?;
        self.spans += file.spans().len();
        self.bytes = self.bytes.saturating_add(file.len());
        within("extents", wide(self.spans), wide(limits::SPANS))?;
        within("bytes in files", self.bytes, self.source.len.saturating_mul(limits::SHARED))?;
        // Of two files with the same name the first one counts, as when the disc is mounted.
        self.tree.insert(path, Entry::File(file));
        Ok(())
    }

    /// Adds a symbolic link in `parent`.
    pub(super) fn link(
        &mut self,
        parent: &Pending<D>,
        name: &str,
        target: &[u8],
    ) -> Result<(), DiscError> {
        let path = self.path(parent, name)?;
        within("bytes in a link", wide(target.len()), wide(limits::PATH))?;
        let target = String::from_utf8_lossy(target).into_owned();
        if target.contains(char::is_control) {
            let why = "the target of the link has control characters";
            return Err(DiscError::Name { name: path, why });
        }
        self.tree.insert(path, Entry::Link(target));
        Ok(())
    }

    fn path(&mut self, parent: &Pending<D>, name: &str) -> Result<String, DiscError> {
        self.entries += 1;
        within("files", wide(self.entries), wide(limits::ENTRIES))?;
        let path = match parent.path.as_str() {
            "" => name.to_owned(),
            folder => format!("{folder}/{name}"),
        };
        within("bytes in a path", wide(path.len()), wide(limits::PATH))?;
        Ok(path)
    }
}

fn wide(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}

fn within(what: &'static str, number: u64, limit: u64) -> Result<(), DiscError> {
    if number <= limit { Ok(()) } else { Err(DiscError::TooMuch { what, limit }) }
}
