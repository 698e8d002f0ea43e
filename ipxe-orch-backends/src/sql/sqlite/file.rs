//! What tells one database file from another one at the same path.
//!
//! The files are looked at by their path alone. Opening them here would be wrong: when such a file
//! is closed, this process loses all of SQLite's locks on it.

use super::super::error::OpenError;
use ipxe_orch_core::stores::StoreError;
use serde::{Deserialize, Serialize};
use std::{
    fs::{self, Metadata},
    io,
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
};

/// Device and inode.
type Id = (u64, u64);

/// The database's files at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Look {
    ids: Ids,
    stamp: Stamp,
}

/// Which files they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Ids {
    main: Id,
    /// The write-ahead log.
    log: Option<Id>,
    /// The index of the log, which the connections share.
    index: Option<Id>,
}

/// A main file, and the write-ahead log that belongs to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Pair {
    main: Id,
    log: Id,
}

impl Pair {
    /// Whether it is of another main file than `now`.
    pub(super) fn is_of_another(&self, now: &Look) -> bool {
        self.main != now.ids.main
    }

    /// Whether the log that is beside the main file now belongs to another main file. SQLite would
    /// write its pages into the file that is there now, and spoil it.
    pub(super) fn is_left_behind(&self, now: &Look) -> bool {
        self.is_of_another(now) && Some(self.log) == now.ids.log
    }
}

/// Puts a log that was left behind aside.
pub(super) fn put_log_aside(path: &Path) -> io::Result<()> {
    let real = fs::canonicalize(path)?;
    let aside = beside(&real, "-wal-of-the-file-before");
    fs::rename(beside(&real, "-wal"), &aside)?;
    fs::remove_file(beside(&real, "-shm")).or_else(|error| match error.kind() {
        io::ErrorKind::NotFound => Ok(()),
        _ => Err(error),
    })?;
    tracing::warn!("the write-ahead log of the database file before is now {}", aside.display());
    Ok(())
}

/// When the main file was last written: by a checkpoint, or by somebody else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stamp {
    changed: (i64, i64),
    length: u64,
}

impl Look {
    pub(super) fn at(path: &Path) -> Result<Self, StoreError> {
        let main = fs::metadata(path).map_err(|error| missing(path, error))?;
        // SQLite takes the names of both from where a link leads.
        let real = fs::canonicalize(path).map_err(|error| missing(path, error))?;
        let id = |suffix| fs::metadata(beside(&real, suffix)).ok().as_ref().map(id_of);
        let ids = Ids { main: id_of(&main), log: id("-wal"), index: id("-shm") };
        let stamp = Stamp { changed: (main.ctime(), main.ctime_nsec()), length: main.len() };
        Ok(Self { ids, stamp })
    }

    /// The main file and its write-ahead log, if there is one.
    pub(super) fn pair(&self) -> Option<Pair> {
        Some(Pair { main: self.ids.main, log: self.ids.log? })
    }

    /// Whether these are the same files.
    ///
    /// A log that was not there when this was made is no other one.
    pub(super) fn same_files(&self, now: &Self) -> bool {
        let same = |one: Option<Id>, now| one.is_none() || one == now;
        let (one, now) = (self.ids, now.ids);
        one.main == now.main && same(one.log, now.log) && same(one.index, now.index)
    }

    /// Whether it is the same main file, whatever became of its log.
    pub(super) const fn same_main(&self, other: &Self) -> bool {
        let (one, other) = (self.ids.main, other.ids.main);
        one.0 == other.0 && one.1 == other.1
    }

    /// Whether the main file was not written in between.
    pub(super) fn same_contents(&self, other: &Self) -> bool {
        self.stamp == other.stamp
    }
}

fn id_of(metadata: &Metadata) -> Id {
    (metadata.dev(), metadata.ino())
}

/// The path with something after its name.
pub(super) fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

fn missing(path: &Path, error: io::Error) -> StoreError {
    if error.kind() != io::ErrorKind::NotFound {
        return StoreError::Unavailable(Box::new(error));
    }
    let why = format!(
        "the database file {} is gone: it was deleted or moved away; put it back, or restore a copy",
        path.display()
    );
    StoreError::Unavailable(why.into())
}

/// Refuses files that other users may read or write, like files with keys.
pub(super) fn check_private(path: &Path) -> Result<(), OpenError> {
    for suffix in ["", "-wal", "-shm"] {
        let path = beside(path, suffix);
        let Ok(metadata) = fs::metadata(&path) else { continue };
        let mode = metadata.mode() & 0o777;
        if mode & 0o077 != 0 {
            return Err(OpenError::Exposed { path, mode });
        }
    }
    Ok(())
}

/// Which of the files cannot be written now, and why.
pub(super) fn not_writable(path: &Path) -> Option<String> {
    use rustix::fs::{Access, access};
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let files = ["", "-wal", "-shm"].map(|suffix| beside(path, suffix));
    let existing = files.into_iter().filter(|file| file.exists());
    let mut all = existing.chain([folder.unwrap_or(Path::new(".")).to_owned()]);
    all.find_map(|file| {
        let error = io::Error::from(access(&file, Access::WRITE_OK | Access::READ_OK).err()?);
        Some(format!("{} cannot be written: {error}", file.display()))
    })
}

/// The free bytes of the file system, and the length of the write-ahead log.
pub(super) fn room(path: &Path) -> io::Result<(u64, u64)> {
    let system = rustix::fs::statvfs(path)?;
    let log = fs::metadata(beside(path, "-wal")).map_or(0, |log| log.len());
    Ok((system.f_bavail.saturating_mul(system.f_frsize), log))
}
