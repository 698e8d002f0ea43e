//! How far the audit had come when this machine last looked.

use super::files::{FileError, read_private, replace_private};
use ipxe_orch_core::audit::ChainHead;
use std::path::PathBuf;

/// A file with the last head that a server saw in its database: a database that lacks it was set
/// back, or is another one.
///
/// It lags behind by some seconds, and does not notice when it is set back together with the
/// database: it detects, it does not prove.
#[derive(Clone, Debug)]
pub struct HighWaterMark {
    path: PathBuf,
}

impl HighWaterMark {
    /// The file of this path; it need not be there.
    pub const fn new(path: PathBuf) -> Self {
        Self { path }
    }

    /// The head that was kept; `None` if there is no file.
    ///
    /// # Errors
    /// [`FileError`] if it cannot be read, or holds no head.
    pub fn read(&self) -> Result<Option<ChainHead>, FileError> {
        let text = match read_private(&self.path, 4096) {
            Err(error) if error.is_not_found() => return Ok(None),
            read => read?.0,
        };
        let wrong = |_| FileError::new(&self.path, "holds no audit head");
        serde_json::from_str(&text).map(Some).map_err(wrong)
    }

    /// Keeps `head`, durably; after a crash the file is the old or the new one. Blocks.
    ///
    /// # Errors
    /// [`FileError`] if it cannot be written.
    pub fn write(&self, head: &ChainHead) -> Result<(), FileError> {
        let wrong = |_| FileError::new(&self.path, "this head cannot be written as JSON");
        let mut text = serde_json::to_vec(head).map_err(wrong)?;
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
            mark.write(&head).unwrap();
            assert_eq!(mark.read().unwrap(), Some(head));
        }
        assert_eq!(fs::metadata(&mark.path).unwrap().permissions().mode() & 0o777, 0o600);
        fs::write(&mark.path, "x").unwrap();
        assert!(mark.read().unwrap_err().to_string().ends_with("audit-head: holds no audit head"));
    }
}
