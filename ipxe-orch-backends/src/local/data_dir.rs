//! The data directory of one server.

use super::files::{FileError, create_private, create_private_folder, read_private};
use ipxe_orch_core::{
    ids::ChainId,
    time::{Clock, Random},
};
use std::path::{Path, PathBuf};

/// The folder in which a server keeps its own files.
///
/// | file or folder | contains |
/// |---|---|
/// | `keys.toml` | its keys |
/// | `chain-id` | the id of its audit chain; each folder writes a chain of its own |
/// | `audit-head` | the last audit head that the server saw in the database |
/// | `audit-heads.jsonl` | the sealed heads of that chain, to be copied to another machine |
/// | `database-heads` | the last audit heads of all chains in a database on a server |
/// | `ipxe-orch.db` | the database, unless another one is configured; boot events are in `ipxe-orch-events.db`, the last heads of all chains in `ipxe-orch-heads` |
/// | `media/`, `profiles/` | files to serve, profiles to install |
/// | `firmware/` | imported boot loaders for boot images |
#[derive(Clone, Debug)]
pub struct DataDir {
    path: PathBuf,
}

impl DataDir {
    /// The folder, existing or not: for the paths of its files. Creates nothing.
    pub fn at(path: &Path) -> Self {
        Self { path: path.to_owned() }
    }

    /// Opens the folder. Creates it with mode 0700 if it does not exist.
    ///
    /// # Errors
    /// [`FileError`] if it cannot be created or is not a folder.
    pub fn open(path: &Path) -> Result<Self, FileError> {
        create_private_folder(path)?;
        Ok(Self { path: path.to_owned() })
    }

    /// The path of the folder.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The path of the key file.
    pub fn keys(&self) -> PathBuf {
        self.path.join("keys.toml")
    }

    /// The path of the last head of the audit chain; see [`super::HighWaterMark`].
    pub fn audit_head(&self) -> PathBuf {
        self.path.join("audit-head")
    }

    /// The path of the sealed heads of the audit chain; see [`super::HeadsFile`].
    pub fn audit_heads(&self) -> PathBuf {
        self.path.join("audit-heads.jsonl")
    }

    /// The path of the database, if no other one is configured.
    pub fn database(&self) -> PathBuf {
        self.path.join("ipxe-orch.db")
    }

    /// The folder with files to serve.
    pub fn media(&self) -> PathBuf {
        self.path.join("media")
    }

    /// The folder with profiles to install.
    pub fn profiles(&self) -> PathBuf {
        self.path.join("profiles")
    }

    /// The id of this folder's audit chain. The first call creates it; after that it never changes,
    /// even if several processes ask at the same time.
    ///
    /// # Errors
    /// [`FileError`] if it cannot be read or written, or if the file does not contain an id. It is
    /// not replaced then, because a new chain would hide the end of the old one.
    pub fn chain_id(&self, clock: &dyn Clock, random: &dyn Random) -> Result<ChainId, FileError> {
        let path = self.path.join("chain-id");
        match read_private(&path, 64) {
            Err(error) if error.is_not_found() => {}
            read => return parse(&path, &read?.0),
        }
        let new = ChainId::generate(clock.now(), random);
        match create_private(&path, format!("{new}\n").as_bytes()) {
            Ok(()) => Ok(new),
            // Another process was faster.
            Err(_) if path.exists() => parse(&path, &read_private(&path, 64)?.0),
            Err(error) => Err(error),
        }
    }
}

fn parse(path: &Path, text: &str) -> Result<ChainId, FileError> {
    let wrong = |_| FileError::new(path, "does not contain a chain id: restore it from its backup");
    text.trim().parse().map_err(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::local::{SystemClock, SystemRandom};
    use std::{fs, os::unix::fs::PermissionsExt as _};

    #[test]
    fn the_folder_is_ours_alone_and_its_chain_id_stays() {
        let outer = tempfile::tempdir().unwrap();
        let path = outer.path().join("a/data");
        let ids: Vec<ChainId> = std::thread::scope(|scope| {
            let open = || {
                let folder = DataDir::open(&path).unwrap();
                folder.chain_id(&SystemClock, &SystemRandom).unwrap()
            };
            let threads: Vec<_> = (0..8).map(|_| scope.spawn(open)).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o700);
    }

    #[test]
    fn a_damaged_chain_id_is_not_replaced() {
        let outer = tempfile::tempdir().unwrap();
        let folder = DataDir::open(outer.path()).unwrap();
        folder.chain_id(&SystemClock, &SystemRandom).unwrap();
        fs::write(outer.path().join("chain-id"), "x").unwrap();
        let error = folder.chain_id(&SystemClock, &SystemRandom).unwrap_err().to_string();
        assert!(
            error.ends_with("chain-id: does not contain a chain id: restore it from its backup")
        );
    }

    #[test]
    fn a_file_in_its_place_is_named() {
        let outer = tempfile::tempdir().unwrap();
        let path = outer.path().join("data");
        fs::write(&path, "").unwrap();
        let error = DataDir::open(&path).unwrap_err();
        assert_eq!(error.path(), path);
    }
}
