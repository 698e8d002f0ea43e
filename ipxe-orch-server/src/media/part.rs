//! Contents that arrive part by part, if necessary over several runs.

use super::{blobs::Blobs, hashes::read_all};
use ipxe_orch_core::{digest::Digest, media::MediaBlob};
use sha2::{Digest as _, Sha256};
use std::{
    fs::{self, File, TryLockError},
    io::{self, ErrorKind, Write as _},
    os::unix::fs::{MetadataExt as _, OpenOptionsExt as _},
    path::{Path, PathBuf},
};

/// The beginning of some content, in a file that stays when the program is interrupted. It is locked
/// as long as this value exists.
pub(super) struct Part {
    wanted: MediaBlob,
    path: PathBuf,
    file: File,
    sha256: Sha256,
    len: u64,
}

impl Part {
    /// Opens the part of `wanted` that is here already, and reads it for its digest.
    ///
    /// # Errors
    /// [`ErrorKind::WouldBlock`] if another process receives this content now.
    pub(super) fn open(blobs: &Blobs, wanted: MediaBlob) -> io::Result<Self> {
        let path = blobs.part(&wanted.sha256);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        let mut file = loop {
            if let Some(file) = locked(&path)? {
                break file;
            }
        };
        if file.metadata()?.len() > wanted.size {
            file.set_len(0)?;
        }
        let (mut sha256, mut len) = (Sha256::new(), 0);
        read_all(&mut file, &mut |bytes| {
            sha256.update(bytes);
            len += u64::try_from(bytes.len()).unwrap_or(u64::MAX);
            Ok(())
        })?;
        Ok(Self { wanted, path, file, sha256, len })
    }

    /// The number of bytes that are here.
    pub(super) const fn len(&self) -> u64 {
        self.len
    }

    /// Adds the bytes that come next.
    pub(super) fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.file.write_all(bytes)?;
        self.sha256.update(bytes);
        self.len += u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        Ok(())
    }

    /// Stores the content under its digest, durably, and returns `true`. If it is not the wanted
    /// content, it is removed.
    pub(super) fn finish(self, blobs: &Blobs) -> io::Result<bool> {
        let found = Digest::from_bytes(self.sha256.finalize().into());
        if found != self.wanted.sha256 || self.len != self.wanted.size {
            fs::remove_file(&self.path)?;
            return Ok(false);
        }
        self.file.sync_all()?;
        blobs.keep(&self.wanted, |path| fs::rename(&self.path, path))?;
        Ok(true)
    }
}

/// The file, locked; `None` if another process completed or removed it just before.
fn locked(path: &Path) -> io::Result<Option<File>> {
    let mut options = File::options();
    let options = options.read(true).write(true).create(true).truncate(false).mode(0o644);
    let file = options.open(path)?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => return Err(ErrorKind::WouldBlock.into()),
        Err(TryLockError::Error(error)) => return Err(error),
    }
    let same = fs::metadata(path).is_ok_and(|found| {
        file.metadata().is_ok_and(|own| (own.dev(), own.ino()) == (found.dev(), found.ino()))
    });
    Ok(same.then_some(file))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn start(blobs: &Blobs, content: &str) -> Part {
        Part::open(blobs, MediaBlob::of(content.as_bytes())).unwrap()
    }

    #[test]
    fn content_goes_on_where_it_was_cut_off() {
        let temp = tempfile::tempdir().unwrap();
        let blobs = Blobs::new(temp.path());
        start(&blobs, "content").write(b"con").unwrap();
        assert!(!blobs.has(&MediaBlob::of(b"content")), "nothing half is seen");
        let mut part = start(&blobs, "content");
        assert_eq!(part.len(), 3);
        part.write(b"tent").unwrap();
        assert!(part.finish(&blobs).unwrap());
        assert!(blobs.has(&MediaBlob::of(b"content")));
        assert_eq!(blobs.list().unwrap(), [Digest::of("content")]);
    }

    #[test]
    fn only_one_receives_a_content() {
        let temp = tempfile::tempdir().unwrap();
        let blobs = Blobs::new(temp.path());
        let mut part = start(&blobs, "content");
        let second = Part::open(&blobs, MediaBlob::of(b"content"));
        assert_eq!(second.map(drop).unwrap_err().kind(), ErrorKind::WouldBlock);
        blobs.sweep_parts().unwrap();
        part.write(b"content").unwrap();
        assert!(part.finish(&blobs).unwrap(), "a sweep leaves what is being received");
        drop(start(&blobs, "other"));
        blobs.sweep_parts().unwrap();
        assert!(!blobs.part(&Digest::of("other")).exists());
    }

    #[test]
    fn other_content_and_too_much_of_it_goes() {
        let temp = tempfile::tempdir().unwrap();
        let blobs = Blobs::new(temp.path());
        for wrong in ["contenT", "cont", "contents"] {
            let mut part = start(&blobs, "content");
            part.write(wrong.as_bytes()).unwrap();
            assert!(!part.finish(&blobs).unwrap(), "{wrong}");
        }
        start(&blobs, "content").write(b"contents").unwrap();
        assert_eq!(start(&blobs, "content").len(), 0, "longer than it can be");
        assert_eq!(blobs.list().unwrap(), []);
    }
}
