//! The last audit head that this machine has seen.

use super::files::{FileError, read_private, replace_private};
use ipxe_orch_core::{audit::ChainHead, ids::Epoch};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// A file with the last head that a server saw in its database. A database without this head was
/// restored from a backup or is another one.
///
/// The file is some seconds behind the database, and it does not notice if it is restored together
/// with the database. It detects the usual mistakes; it proves nothing.
#[derive(Clone, Debug)]
pub struct HighWaterMark {
    path: PathBuf,
}

/// The content of a [`HighWaterMark`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptHead {
    /// The head.
    #[serde(flatten)]
    pub head: ChainHead,
    /// The epoch of the database at that time. Files of version 0.1 have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub epoch: Option<Epoch>,
}

impl HighWaterMark {
    /// The file at this path, which need not exist yet.
    pub const fn new(path: PathBuf) -> Self {
        Self { path }
    }

    /// The head in the file; `None` if there is no file.
    ///
    /// # Errors
    /// [`FileError`] if it cannot be read or does not contain a head.
    pub fn read(&self) -> Result<Option<KeptHead>, FileError> {
        let text = match read_private(&self.path, 4096) {
            Err(error) if error.is_not_found() => return Ok(None),
            read => read?.0,
        };
        let wrong = |_| FileError::new(&self.path, "does not contain an audit head");
        serde_json::from_str(&text).map(Some).map_err(wrong)
    }

    /// Stores a head, durably. After a crash, either the old or the new head is there. Blocks.
    ///
    /// # Errors
    /// [`FileError`] if it cannot be written.
    pub fn write(&self, kept: &KeptHead) -> Result<(), FileError> {
        let wrong = |_| FileError::new(&self.path, "this head cannot be written as JSON");
        let mut text = serde_json::to_vec(kept).map_err(wrong)?;
        text.push(b'\n');
        replace_private(&self.path, &text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ipxe_orch_core::{digest::Digest, ids::ChainId};
    use std::{fs, os::unix::fs::PermissionsExt as _};

    #[test]
    fn a_head_comes_back_and_damage_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let mark = HighWaterMark::new(folder.path().join("audit-head"));
        assert_eq!(mark.read().unwrap(), None);
        let head = ChainHead::empty(ChainId::from_bytes([1; 16]));
        for sequence in 1..3 {
            let head = ChainHead { sequence, hash: Digest::of("x"), ..head };
            let kept = KeptHead { head, epoch: Some(Epoch::from_bytes([7; 16])) };
            mark.write(&kept).unwrap();
            assert_eq!(mark.read().unwrap(), Some(kept));
        }
        assert_eq!(fs::metadata(&mark.path).unwrap().permissions().mode() & 0o777, 0o600);
        let old = serde_json::to_string(&head).unwrap();
        fs::write(&mark.path, old).unwrap();
        assert_eq!(mark.read().unwrap(), Some(KeptHead { head, epoch: None }), "of version 0.1");
        fs::write(&mark.path, "x").unwrap();
        assert!(
            mark.read()
                .unwrap_err()
                .to_string()
                .ends_with("audit-head: does not contain an audit head")
        );
    }
}
