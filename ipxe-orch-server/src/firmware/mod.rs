//! Finds the firmware files that boot images carry, where distributions install them.
//!
//! ISOLINUX and iPXE are packages of their own, so that an administrator updates them as usual.
//! Files that would make images which do not boot are passed over, with the reason.

mod about;
mod import;
mod part;
mod recognise;
#[cfg(test)]
mod tests;

pub use about::About;
pub use import::{ImportError, Imported, MANIFEST, import};
pub use part::Part;

use std::{
    fs,
    io::{self, ErrorKind},
    path::{Path, PathBuf},
};

use bytes::Bytes;
use ipxe_orch_core::image::Bootloaders;
use thiserror::Error;

/// All files of an image, and where they come from.
#[derive(Debug)]
pub struct FoundFirmware {
    /// The files themselves.
    pub firmware: Bootloaders,
    /// The files chosen, one for each part that there is.
    pub sources: Vec<Source>,
    /// Files that were found earlier in the search, but cannot be used.
    pub skipped: Vec<Skipped>,
}

impl FoundFirmware {
    /// The file chosen for a part.
    pub fn source(&self, part: Part) -> Option<&Source> {
        self.sources.iter().find(|source| source.part == part)
    }
}

/// A file that was chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// What it is used as.
    pub part: Part,
    /// Where it was found.
    pub path: PathBuf,
    /// What it says about itself.
    pub about: About,
}

/// A file that was passed over.
#[derive(Debug, Error)]
#[error("{path} is not used: {reason}", path = path.display())]
pub struct Skipped {
    /// What it would have been used as.
    pub part: Part,
    /// Where it was found.
    pub path: PathBuf,
    /// Why it was not used.
    pub reason: Unusable,
}

/// Why a file cannot be used.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Unusable {
    /// An iPXE without what every host's script relies on, such as the build of 2019 that Debian 12
    /// has.
    #[error(
        "iPXE {version} is too old, it has no {lacks}; install package `ipxe` of Debian 13 \
         (trixie) or later, or iPXE 2.0 or later from ipxe.org",
        version = version.as_deref().unwrap_or("of unknown version")
    )]
    TooOld {
        /// What it says about itself.
        version: Option<String>,
        /// What is missing in it.
        lacks: &'static str,
    },
    /// The name promises something else.
    #[error("it is not {expected}")]
    Foreign {
        /// What it should be.
        expected: &'static str,
    },
    /// It is there, but cannot be read.
    #[error("it cannot be read: {0}")]
    Unreadable(io::Error),
}

/// Files are missing: which ones, where they were looked for, and which packages have them.
#[derive(Debug, Error)]
#[error("firmware for boot images is missing:{}", describe(missing, skipped, dirs))]
pub struct FirmwareError {
    /// The parts without a usable file.
    pub missing: Vec<Part>,
    /// Files that were found, but cannot be used.
    pub skipped: Vec<Skipped>,
    /// Where they were looked for.
    pub dirs: Vec<PathBuf>,
}

/// A line for each part, for each file skipped in its search, and for the search itself.
fn describe(missing: &[Part], skipped: &[Skipped], dirs: &[PathBuf]) -> String {
    let mut lines = Vec::new();
    for part in missing {
        lines.push(format!("\n  {}", part.where_from()));
        let of_part = skipped.iter().filter(|file| file.part == *part);
        lines.extend(of_part.map(|file| format!("\n    {file}")));
    }
    let dirs: Vec<_> = dirs.iter().map(|dir| dir.display().to_string()).collect();
    lines.push(format!("\nlooked in {}", dirs.join(", ")));
    lines.concat()
}

/// Where firmware is looked for: first what the administrator put into the data directory, then
/// what Debian and Fedora install.
pub fn default_dirs(data_dir: &Path) -> Vec<PathBuf> {
    let installed = [
        "/usr/lib/ipxe",                  // Debian
        "/usr/lib/ISOLINUX",              // Debian
        "/usr/lib/syslinux/modules/bios", // Debian
        "/usr/share/ipxe",                // Fedora
        "/usr/share/syslinux",            // Fedora
    ];
    std::iter::once(data_dir.join("firmware")).chain(installed.map(PathBuf::from)).collect()
}

/// Finds each part, those that not all images need where they are, in the first of `dirs` that has a usable one. The versions of the parts need
/// not agree; a directory need not exist.
///
/// An iPXE is usable if it knows the commands `iflinkwait` and, for UEFI, the file `autoexec.ipxe`,
/// both of January 2021. In a UEFI build these words are searched for. A BIOS build is compressed;
/// it tells its version, which must be later than release 1.21.1: `1.21.1+...` or higher.
///
/// # Errors
///
/// [`FirmwareError`] names every part that was not found, with what was skipped in its search.
pub fn find(dirs: &[PathBuf]) -> Result<FoundFirmware, FirmwareError> {
    let mut search = Search { dirs, sources: Vec::new(), skipped: Vec::new(), missing: Vec::new() };
    let isolinux = search.find(Part::Isolinux);
    let ldlinux = search.find(Part::Ldlinux);
    let bios = search.find(Part::IpxeBios);
    let efi = search.find(Part::IpxeEfiX64);
    let arm64 = search.find(Part::IpxeEfiArm64);
    let record = search.find(Part::Isohdpfx);
    let Search { sources, skipped, missing, .. } = search;
    let (Some(isolinux), Some(ldlinux), Some(bios), Some(efi)) = (isolinux, ldlinux, bios, efi)
    else {
        return Err(FirmwareError { missing, skipped, dirs: dirs.to_vec() });
    };
    let mut firmware = Bootloaders::new(isolinux, ldlinux, bios, efi);
    (firmware.ipxe_efi_arm64, firmware.isohdpfx) = (arm64, record);
    Ok(FoundFirmware { firmware, sources, skipped })
}

struct Search<'a> {
    dirs: &'a [PathBuf],
    sources: Vec<Source>,
    skipped: Vec<Skipped>,
    missing: Vec<Part>,
}

impl Search<'_> {
    fn find(&mut self, part: Part) -> Option<Bytes> {
        for dir in self.dirs {
            for name in part.names() {
                let path = dir.join(name);
                match examine(part, &path) {
                    Ok(None) => {}
                    Ok(Some((bytes, about))) => {
                        self.sources.push(Source { part, path, about });
                        return Some(bytes);
                    }
                    Err(reason) => self.skipped.push(Skipped { part, path, reason }),
                }
            }
        }
        self.missing.extend(part.is_needed().then_some(part));
        None
    }
}

/// The file and what it says; `None` if there is none.
fn examine(part: Part, path: &Path) -> Result<Option<(Bytes, About)>, Unusable> {
    let bytes = match fs::read(path) {
        Ok(bytes) => Bytes::from(bytes),
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(Unusable::Unreadable(error)),
    };
    let about = recognise::recognise(part, &bytes)?;
    Ok(Some((bytes, about)))
}
