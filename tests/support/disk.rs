//! Disks of virtual machines, which are raw files.

use super::{Result, cache};
use std::{
    fs::File,
    os::unix::fs::FileExt,
    path::{Path, PathBuf},
    process::Command,
};

/// The place where the tiny system stores its name: see `installers/tiny/initramfs/init`.
const RECORD_OFFSET: u64 = 65536;

/// A raw disk file that outlives the machines that use it.
#[derive(Debug, Clone)]
pub(crate) struct Disk(PathBuf);

impl Disk {
    /// A new disk of zeros. It takes no space until it is written.
    pub(crate) fn blank(path: &Path, mebibytes: u64) -> Result<Self> {
        File::create(path)?.set_len(mebibytes * 1024 * 1024)?;
        Ok(Self(path.to_owned()))
    }

    /// The disk in an existing file.
    pub(crate) fn at(path: PathBuf) -> Self {
        Self(path)
    }

    /// A disk with the tiny system, as if `host` had been installed by `attempt`.
    pub(crate) fn installed(path: &Path, host: &str, attempt: &str) -> Result<Self> {
        std::fs::copy(cache("media/tiny/disk.img")?, path)?;
        let record = format!("tiny-record 1\nhost={host}\nattempt={attempt}\n");
        File::options().write(true).open(path)?.write_all_at(record.as_bytes(), RECORD_OFFSET)?;
        Ok(Self(path.to_owned()))
    }

    /// The same system with its UEFI loader in another place, such as `BOOT/BOOTX64.EFI`.
    pub(crate) fn loader(self, path: &str) -> Result<Self> {
        // The partition of the tiny disk begins at 1 MiB.
        let image = format!("{}@@1M", self.0.display());
        let folders = Path::new(path).ancestors().skip(1).filter(|dir| dir != &Path::new(""));
        let mut folders: Vec<_> = folders.map(|dir| format!("::EFI/{}", dir.display())).collect();
        folders.reverse();
        run("mmd", &["-i", &image], &folders)?;
        let names = ["::EFI/tiny/tinyx64.efi".to_owned(), format!("::EFI/{path}")];
        run("mmove", &["-i", &image], &names)?;
        Ok(self)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

/// Runs one of the mtools.
fn run(program: &str, options: &[&str], names: &[String]) -> Result<()> {
    let output = Command::new(program).args(options).args(names).output()?;
    let told = String::from_utf8_lossy(&output.stderr);
    output.status.success().then_some(()).ok_or_else(|| format!("{program}: {told}").into())
}
