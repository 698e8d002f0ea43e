//! Digests of loose files in the folder, stored so that files of many gigabytes are read only once.

use super::{MediaError, hashes};
use ipxe_orch_core::digest::Digest;
use serde::{Deserialize, Serialize};
use std::{
    collections::BTreeMap,
    fs::{self, File, Metadata},
    io::Write as _,
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

const FILE: &str = ".digests.json";

/// The state of a file when its digest was computed. Only the kernel can set the change time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Seen {
    len: u64,
    inode: u64,
    modified: (i64, i64),
    changed: (i64, i64),
}

impl Seen {
    fn of(about: &Metadata) -> Self {
        Self {
            len: about.len(),
            inode: about.ino(),
            modified: (about.mtime(), about.mtime_nsec()),
            changed: (about.ctime(), about.ctime_nsec()),
        }
    }
}

type Known = BTreeMap<String, (Seen, Digest)>;

#[derive(Debug)]
pub(super) struct Digests {
    root: PathBuf,
    known: Mutex<Option<Known>>,
}

impl Digests {
    pub(super) fn new(root: &Path) -> Self {
        Self { root: root.to_owned(), known: Mutex::new(None) }
    }

    /// The digest of an open file.
    pub(super) fn of(
        &self,
        path: &str,
        file: &File,
        about: &Metadata,
    ) -> Result<Digest, MediaError> {
        let seen = Seen::of(about);
        if let Some((_, digest)) = self.known().get(path).filter(|(known, _)| *known == seen) {
            return Ok(*digest);
        }
        let unreadable = |error| MediaError::Unreadable(path.to_owned(), error);
        let mut reader = file.try_clone().map_err(unreadable)?;
        let digest = hashes::digest(&mut reader).map_err(unreadable)?;
        std::io::Seek::rewind(&mut reader).map_err(unreadable)?;
        // If the file is still being written, its digest is not stored.
        if file.metadata().is_ok_and(|after| Seen::of(&after) == seen) {
            self.keep(path, seen, digest);
        }
        Ok(digest)
    }

    fn known(&self) -> Known {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let read = || {
            let text = fs::read(self.root.join(FILE)).unwrap_or_default();
            serde_json::from_slice(&text).unwrap_or_default()
        };
        known.get_or_insert_with(read).clone()
    }

    /// Stores a digest. If the folder cannot be written, the next program has to read the file
    /// again.
    fn keep(&self, path: &str, seen: Seen, digest: Digest) {
        let mut known = self.known();
        known.insert(path.to_owned(), (seen, digest));
        let text = serde_json::to_vec(&known).unwrap_or_default();
        *self.known.lock().unwrap_or_else(PoisonError::into_inner) = Some(known);
        let write = || {
            let mut file = tempfile::Builder::new().prefix(".new-").tempfile_in(&self.root)?;
            file.write_all(&text)?;
            file.persist(self.root.join(FILE)).map_err(|error| error.error).map(|_| ())
        };
        if let Err(error) = write() {
            tracing::debug!(%error, "the digests of media cannot be stored");
        }
    }
}
