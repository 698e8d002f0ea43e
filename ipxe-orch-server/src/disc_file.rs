//! Disc images in files.

use ipxe_orch_core::disc::ReadAt;
use std::{fs::File, io, os::unix::fs::FileExt as _, path::Path};

/// A disc image in a file. Its length is the one that the file had when it was opened.
#[derive(Debug)]
pub(crate) struct DiscFile {
    file: File,
    len: u64,
}

impl DiscFile {
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        let file = File::open(path)?;
        let len = file.metadata()?.len();
        Ok(Self { file, len })
    }
}

impl ReadAt for DiscFile {
    fn size(&self) -> u64 {
        self.len
    }

    fn read_at(&self, at: u64, into: &mut [u8]) -> io::Result<()> {
        self.file.read_exact_at(into, at)
    }
}
