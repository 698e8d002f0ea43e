//! Disks of virtual machines: raw files.

use super::{Result, cache};
use std::{
    fs::File,
    os::unix::fs::FileExt,
    path::{Path, PathBuf},
};

/// Where the tiny system keeps its name: see `installers/tiny/initramfs/init`.
const RECORD_OFFSET: u64 = 65536;

/// A raw disk file that survives the machines which use it.
#[derive(Debug, Clone)]
pub(crate) struct Disk(PathBuf);

impl Disk {
    /// A new disk of zeros; it takes no space until it is written.
    pub(crate) fn blank(path: &Path, mebibytes: u64) -> Result<Self> {
        File::create(path)?.set_len(mebibytes * 1024 * 1024)?;
        Ok(Self(path.to_owned()))
    }

    /// The disk in a file that is there.
    pub(crate) fn at(path: PathBuf) -> Self {
        Self(path)
    }

    /// A disk with the tiny system on it, as if `host` had been installed by `attempt`.
    pub(crate) fn installed(path: &Path, host: &str, attempt: &str) -> Result<Self> {
        std::fs::copy(cache("media/tiny/disk.img")?, path)?;
        let record = format!("tiny-record 1\nhost={host}\nattempt={attempt}\n");
        File::options().write(true).open(path)?.write_all_at(record.as_bytes(), RECORD_OFFSET)?;
        Ok(Self(path.to_owned()))
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}
