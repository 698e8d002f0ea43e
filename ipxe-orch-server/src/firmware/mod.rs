//! Finds the boot loader files for boot images in the places where distributions install them.
//!
//! ISOLINUX and iPXE are packages of their own, which an administrator updates as usual. A file
//! that would make images that do not boot is skipped, with the reason.

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

/// The boot loaders for images, and where they come from.
#[derive(Debug)]
pub struct FoundFirmware {
    /// The files themselves.
    pub firmware: Bootloaders,
    /// The files that were chosen, one for each part that was found.
    pub sources: Vec<Source>,
    /// Files that were found earlier in the search but cannot be used.
    pub skipped: Vec<Skipped>,
}

impl FoundFirmware {
    /// The file that was chosen for a part.
    pub fn source(&self, part: Part) -> Option<&Source> {
        self.sources.iter().find(|source| source.part == part)
    }
}

/// A file that was chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// The part that it is used as.
    pub part: Part,
    /// The path where it was found.
    pub path: PathBuf,
    /// What it contains about itself.
    pub about: About,
}

/// A file that was skipped.
#[derive(Debug, Error)]
#[error("{path} is not used: {reason}", path = path.display())]
pub struct Skipped {
    /// The part that it would have been used as.
    pub part: Part,
    /// The path where it was found.
    pub path: PathBuf,
    /// Why it is not used.
    pub reason: Unusable,
}

/// Why a file cannot be used.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Unusable {
    /// An iPXE without features that the script of every host needs, such as the build of 2019 in
    /// Debian 12.
    #[error(
        "iPXE {version} is too old because it has no {lacks}: install package `ipxe` of Debian 13 \
         (trixie) or later, or iPXE 2.0 or later from ipxe.org",
        version = version.as_deref().unwrap_or("of unknown version")
    )]
    TooOld {
        /// Its version, if it can be read.
        version: Option<String>,
        /// The feature that it does not have.
        lacks: &'static str,
    },
    /// It is not what its name says.
    #[error("it is not {expected}")]
    Foreign {
        /// What it should be.
        expected: &'static str,
    },
    /// The file exists but cannot be read.
    #[error("it cannot be read: {0}")]
    Unreadable(io::Error),
}

/// Files are missing. The message says which ones, where they were looked for, and which packages
/// have them.
#[derive(Debug, Error)]
#[error("firmware for boot images is missing:{}", describe(missing, skipped, dirs))]
pub struct FirmwareError {
    /// The parts without a usable file.
    pub missing: Vec<Part>,
    /// Files that were found but cannot be used.
    pub skipped: Vec<Skipped>,
    /// The folders that were searched.
    pub dirs: Vec<PathBuf>,
}

/// The lines of the message: one for each missing part, each skipped file, and the search.
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

/// The folders that are searched: first the one in the data directory, where an administrator can
/// put files, then those in which Debian and Fedora install them.
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

/// Finds each part in the first of `dirs` with a usable file. Parts that not every image needs may
/// be missing. The versions of the parts need not agree, and a folder need not exist.
///
/// An iPXE is usable if it has the command `iflinkwait` and, for UEFI, looks for the file
/// `autoexec.ipxe`. iPXE has both since January 2021. In a UEFI build these words are searched for.
/// A BIOS build is compressed, so its version is read; it must be later than release 1.21.1:
/// `1.21.1+...` or higher.
///
/// # Errors
///
/// [`FirmwareError`] with every part that was not found, and the files that were skipped.
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

/// The file and what it contains about itself; `None` if it does not exist.
fn examine(part: Part, path: &Path) -> Result<Option<(Bytes, About)>, Unusable> {
    let bytes = match fs::read(path) {
        Ok(bytes) => Bytes::from(bytes),
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(Unusable::Unreadable(error)),
    };
    let about = recognise::recognise(part, &bytes)?;
    Ok(Some((bytes, about)))
}
