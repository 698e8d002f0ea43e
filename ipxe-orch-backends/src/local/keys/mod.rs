//! Keys in a file.

use super::files::{FileError, create_private, lock, read_private, replace_private};
use async_trait::async_trait;
use ipxe_orch_core::{
    ids::KeyId,
    keys::{Key, KeyProvider, KeyRing, Purpose},
    stores::StoreError,
    time::{Clock, Random, Timestamp},
};
use std::{
    fmt,
    fs::Metadata,
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

/// The longest key file in bytes, enough for some thousand keys.
const MAX_FILE: u64 = 1024 * 1024;
/// How often the file is checked for keys that another process made.
const LOOK: Duration = Duration::from_secs(1);

/// Keys in a file of mode 0600 that several processes share.
///
/// A key that another process made is known within a second, and at once if it is looked up by its
/// id. While the file cannot be read, the keys that were read last stay valid. The methods of this
/// type wait for the disk and for other processes. Those of [`KeyProvider`] at most check and read
/// the file.
pub struct FileKeys {
    path: PathBuf,
    clock: Arc<dyn Clock>,
    known: Mutex<Known>,
}

impl fmt::Debug for FileKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FileKeys").field("path", &self.path).finish_non_exhaustive()
    }
}

struct Known {
    ring: Arc<KeyRing>,
    stamp: Stamp,
    looked_at: Timestamp,
}

/// Identifies a version of the file. It changes with each replacement, because every new file has
/// another inode.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Stamp {
    inode: u64,
    length: u64,
    changed: (i64, i64),
}

impl Stamp {
    fn of(metadata: &Metadata) -> Self {
        let changed = (metadata.mtime(), metadata.mtime_nsec());
        Self { inode: metadata.ino(), length: metadata.len(), changed }
    }
}

impl FileKeys {
    /// Opens a key file.
    ///
    /// # Errors
    /// [`FileError`] if it does not exist, if other users may read it, or if it is not a key file.
    pub fn open(path: &Path, clock: Arc<dyn Clock>) -> Result<Self, FileError> {
        let (ring, stamp) = read(path)?;
        let known = Known { ring: Arc::new(ring), stamp, looked_at: clock.now() };
        Ok(Self { path: path.to_owned(), clock, known: Mutex::new(known) })
    }

    /// Creates a key file with one key of each purpose.
    ///
    /// # Errors
    /// [`FileError`] if the file exists already or cannot be written.
    pub fn create(
        path: &Path,
        clock: Arc<dyn Clock>,
        random: &dyn Random,
    ) -> Result<Self, FileError> {
        write_new_key_file(path, &KeyRing::generate(clock.now(), random))?;
        Self::open(path, clock)
    }

    /// Opens the key file, or creates it. Two processes that do this at the same time get the same
    /// keys.
    ///
    /// # Errors
    /// The [`FileError`] of [`open`](Self::open) or [`create`](Self::create).
    pub fn open_or_create(
        path: &Path,
        clock: Arc<dyn Clock>,
        random: &dyn Random,
    ) -> Result<Self, FileError> {
        // Without the lock if the file exists, because its folder may be read-only.
        match Self::open(path, Arc::clone(&clock)) {
            Err(error) if error.is_not_found() => {}
            opened => return opened,
        }
        let lock = lock(path)?;
        let keys = match Self::open(path, Arc::clone(&clock)) {
            Err(error) if error.is_not_found() => Self::create(path, clock, random),
            opened => opened,
        };
        drop(lock);
        keys
    }

    /// Makes a new active key and returns its id. The key that was active stays accepted.
    ///
    /// # Errors
    /// [`FileError`] if the file cannot be read or written. In that case nothing has changed.
    pub fn rotate(&self, purpose: Purpose, random: &dyn Random) -> Result<KeyId, FileError> {
        let now = self.clock.now();
        self.change(|ring| Ok(ring.rotate(purpose, now, random)))
    }

    /// Adds the keys of another ring as accepted keys. Returns the ids of those that were not known
    /// yet.
    ///
    /// # Errors
    /// [`FileError`] if a different key has one of the ids, or if the file cannot be read or
    /// written. In that case nothing has changed.
    pub fn import(&self, other: &KeyRing) -> Result<Vec<KeyId>, FileError> {
        self.change(|ring| {
            ring.import(other).map_err(|error| FileError::new(&self.path, error.to_string()))
        })
    }

    /// Retires a key: nothing that was made with it counts any more. Other processes know it within
    /// a second.
    ///
    /// # Errors
    /// [`FileError`] if the key is not there or the active one, or if the file cannot be read or
    /// written. In that case nothing has changed.
    pub fn retire(&self, id: KeyId) -> Result<(), FileError> {
        self.change(|ring| {
            ring.retire(id).map_err(|error| FileError::new(&self.path, error.to_string()))
        })
    }

    /// The keys that are in the file now.
    ///
    /// # Errors
    /// [`FileError`] if the file cannot be read.
    pub fn list(&self) -> Result<Vec<Key>, FileError> {
        let mut known = self.known();
        self.reread(&mut known)?;
        Ok(known.ring.keys().to_vec())
    }

    /// Changes the keys in the file, under the lock that keeps other processes away.
    fn change<T>(
        &self,
        change: impl FnOnce(&mut KeyRing) -> Result<T, FileError>,
    ) -> Result<T, FileError> {
        let lock = lock(&self.path)?;
        let (mut ring, _) = read(&self.path)?;
        let done = change(&mut ring)?;
        replace_private(&self.path, ring.to_toml().as_bytes())?;
        let mut known = self.known();
        self.reread(&mut known)?;
        drop(lock);
        Ok(done)
    }

    fn reread(&self, known: &mut Known) -> Result<(), FileError> {
        let (ring, stamp) = read(&self.path)?;
        (known.ring, known.stamp) = (Arc::new(ring), stamp);
        known.looked_at = self.clock.now();
        Ok(())
    }

    /// Reads the file again if it was replaced. Checks this at most once in [`LOOK`], unless
    /// `at_once`.
    fn refresh(&self, known: &mut Known, at_once: bool) {
        let now = self.clock.now();
        // A clock that was set back must not keep it from checking.
        let lately = known.looked_at <= now && now < known.looked_at.plus(LOOK);
        if lately && !at_once {
            return;
        }
        known.looked_at = now;
        let stamp = std::fs::metadata(&self.path).map(|metadata| Stamp::of(&metadata));
        if stamp.is_ok_and(|stamp| stamp == known.stamp) {
            return;
        }
        // Anybody can cause a check at once by sending an unknown key id, so these errors are not
        // logged.
        if let Err(error) = self.reread(known)
            && !at_once
        {
            let error: &dyn std::error::Error = &error;
            tracing::warn!(
                error,
                "the key file cannot be read; the keys that were read last stay valid"
            );
        }
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The keys, shared, so that no lock is held across an await.
    fn ring(&self, at_once: bool) -> Arc<KeyRing> {
        let mut known = self.known();
        self.refresh(&mut known, at_once);
        Arc::clone(&known.ring)
    }
}

#[async_trait]
impl KeyProvider for FileKeys {
    async fn active(&self, purpose: Purpose) -> Result<Key, StoreError> {
        self.ring(false).active(purpose).await
    }

    async fn lookup(&self, purpose: Purpose, id: KeyId) -> Result<Option<Key>, StoreError> {
        if let Some(key) = self.ring(false).lookup(purpose, id).await? {
            return Ok(Some(key));
        }
        self.ring(true).lookup(purpose, id).await
    }

    async fn is_retired(&self, id: KeyId) -> Result<bool, StoreError> {
        self.ring(false).is_retired(id).await
    }
}

/// Reads a key file.
///
/// # Errors
/// [`FileError`] if it does not exist, if other users may read it, or if it is not a key file.
pub fn read_key_file(path: &Path) -> Result<KeyRing, FileError> {
    read(path).map(|(ring, _)| ring)
}

/// Writes a new key file.
///
/// # Errors
/// [`FileError`] if the file exists already or cannot be written.
pub fn write_new_key_file(path: &Path, ring: &KeyRing) -> Result<(), FileError> {
    create_private(path, ring.to_toml().as_bytes())
}

fn read(path: &Path) -> Result<(KeyRing, Stamp), FileError> {
    let (text, metadata) = read_private(path, MAX_FILE).map_err(|error| {
        let remedy = "there is no key file: make one, or restore it from its backup";
        if error.is_not_found() { error.because(remedy) } else { error }
    })?;
    let ring = KeyRing::from_toml(&text).map_err(|error| {
        FileError::new(path, format!("{error}; restore the file from its backup"))
    })?;
    Ok((ring, Stamp::of(&metadata)))
}

#[cfg(test)]
mod tests;
