//! Contents, stored by their SHA-256.

use super::{
    MediaError,
    hashes::{Hashes, read_all},
};
use ipxe_orch_core::{
    digest::Digest,
    media::{Expected, MediaBlob},
};
use std::{
    ffi::OsStr,
    fs::{self, File, Metadata, Permissions},
    io::{self, ErrorKind, Read, Write as _},
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
};

/// The longest text of a set, in bytes, enough for 500,000 files.
pub(super) const TEXT: u64 = 128 << 20;

/// The start of the file names of contents that are not complete yet.
const NEW: &str = ".new-";

/// The start of the file names of contents that come from another server. An incomplete one is
/// continued by the next run.
const PART: &str = ".part-";

#[derive(Clone, Debug)]
pub(super) struct Blobs(PathBuf);

/// Why content was not stored.
#[derive(Debug)]
pub(super) enum PutError {
    Io(io::Error),
    /// It is not the expected content.
    Wrong,
}

impl From<io::Error> for PutError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl Blobs {
    pub(super) fn new(root: &Path) -> Self {
        Self(root.join("blobs"))
    }

    pub(super) fn path(&self, digest: &Digest) -> PathBuf {
        let name = digest.to_string();
        self.0.join(name.get(..2).unwrap_or_default()).join(name)
    }

    pub(super) fn has(&self, blob: &MediaBlob) -> bool {
        let about = fs::metadata(self.path(&blob.sha256));
        about.is_ok_and(|about| about.is_file() && about.len() == blob.size)
    }

    /// Opens content; `None` if it is not here. `name` is used in the error.
    pub(super) fn open(
        &self,
        digest: &Digest,
        name: &str,
    ) -> Result<Option<(File, Metadata)>, MediaError> {
        let opened = File::open(self.path(digest)).and_then(|file| {
            let about = file.metadata()?;
            Ok((file, about))
        });
        match opened {
            Ok((file, about)) if about.is_file() => Ok(Some((file, about))),
            Ok(_) => Ok(None),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(MediaError::Unreadable(name.to_owned(), error)),
        }
    }

    /// Reads content that is text.
    pub(super) fn read(&self, digest: &Digest, name: &str) -> Result<String, MediaError> {
        let missing = || MediaError::Missing(format!("{name} as {digest}"));
        let (file, _) = self.open(digest, name)?.ok_or_else(missing)?;
        let mut text = String::new();
        let read = file.take(TEXT).read_to_string(&mut text);
        read.map_err(|error| MediaError::Unreadable(name.to_owned(), error))?;
        Ok(text)
    }

    /// Stores content, durably. Content that is here already is not written again. If the content
    /// is not the expected one, nothing is stored. `progress` gets the length of each part that was
    /// read, in bytes.
    pub(super) fn put(
        &self,
        content: &mut dyn Read,
        expected: Option<&Expected>,
        progress: &mut dyn FnMut(u64),
    ) -> Result<MediaBlob, PutError> {
        fs::create_dir_all(&self.0)?;
        let mode = Permissions::from_mode(0o644);
        let mut file =
            tempfile::Builder::new().prefix(NEW).permissions(mode).tempfile_in(&self.0)?;
        let mut hashes = Hashes::new(expected);
        let mut size = 0;
        read_all(content, &mut |bytes| {
            hashes.update(bytes);
            let len = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
            size += len;
            progress(len);
            file.write_all(bytes)
        })?;
        let sha256 = hashes.finish().ok_or(PutError::Wrong)?;
        let blob = MediaBlob { sha256, size };
        if !self.has(&blob) {
            file.as_file().sync_all()?;
            self.keep(&blob, |path| file.persist(path).map(drop).map_err(|error| error.error))?;
        }
        Ok(blob)
    }

    /// Gives content its final name, durably, by calling `rename`.
    pub(super) fn keep(
        &self,
        blob: &MediaBlob,
        rename: impl FnOnce(&Path) -> io::Result<()>,
    ) -> io::Result<()> {
        let path = self.path(&blob.sha256);
        let folder = path.parent().unwrap_or(&self.0);
        fs::create_dir_all(folder)?;
        rename(&path)?;
        File::open(folder)?.sync_all()
    }

    #[cfg(feature = "services")]
    /// The file with the beginning of content whose rest is still to come.
    pub(super) fn part(&self, digest: &Digest) -> PathBuf {
        self.0.join(format!("{PART}{digest}"))
    }

    /// Removes what an interrupted import has left. The caller must hold the lock.
    pub(super) fn sweep(&self) -> io::Result<()> {
        self.each_named(NEW, |path| fs::remove_file(path))
    }

    /// Removes the beginnings of contents, except those that are being received. A later sync that
    /// needs them starts from the beginning.
    pub(super) fn sweep_parts(&self) -> io::Result<()> {
        self.each_named(PART, remove_part)
    }

    fn each_named(&self, start: &str, remove: fn(&Path) -> io::Result<()>) -> io::Result<()> {
        for path in entries(&self.0)? {
            let name = path.file_name().map(OsStr::as_encoded_bytes).unwrap_or_default();
            if name.starts_with(start.as_bytes()) {
                remove(&path)?;
            }
        }
        Ok(())
    }

    /// The digests of all contents that are here.
    pub(super) fn list(&self) -> io::Result<Vec<Digest>> {
        let mut found = Vec::new();
        for folder in entries(&self.0)? {
            if folder.is_dir() {
                let names = entries(&folder)?;
                let names = names.iter().filter_map(|path| path.file_name()?.to_str());
                found.extend(names.filter_map(|name| name.parse::<Digest>().ok()));
            }
        }
        Ok(found)
    }

    /// Removes content and returns its length in bytes.
    pub(super) fn remove(&self, digest: &Digest) -> io::Result<u64> {
        let path = self.path(digest);
        let len = fs::metadata(&path)?.len();
        fs::remove_file(path)?;
        Ok(len)
    }
}

/// Removes a part, unless it is being received.
fn remove_part(path: &Path) -> io::Result<()> {
    match File::open(path).and_then(|file| Ok(file.try_lock()?)) {
        Ok(()) => fs::remove_file(path),
        Err(error) if error.kind() == ErrorKind::WouldBlock => Ok(()),
        Err(error) => Err(error),
    }
}

/// The entries of a folder; none if the folder does not exist.
pub(super) fn entries(folder: &Path) -> io::Result<Vec<PathBuf>> {
    match fs::read_dir(folder) {
        Ok(entries) => entries.map(|entry| Ok(entry?.path())).collect(),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}
