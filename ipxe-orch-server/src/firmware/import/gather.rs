//! Finds the files that may be boot loaders by their names, in any folder.

use super::{ImportError, Part, archive};
use crate::disc_file::DiscFile;
use bytes::Bytes;
use ipxe_orch_core::disc::{
    Disc, DiscError, File as DiscEntry, Part as DiscPart, Platform, ReadAt, Tree,
};
use std::{
    ffi::OsStr,
    fs::{self, File},
    io::{self, Read as _},
    path::{Path, PathBuf},
};

/// The depth of folders that are searched. `usr/lib/syslinux/modules/bios` has the depth 5.
const DEPTH: usize = 10;

/// The number of files that are looked at. A package has a few hundred.
pub(super) const MOST_FILES: usize = 20_000;

/// The longest boot loader, in bytes. iPXE has about 1 MB.
const LONGEST: u64 = 32 << 20;

/// A file with the name of a boot loader.
pub(super) struct Candidate {
    /// Its path. For a file in a package or on a disc it begins with the path of the package or
    /// disc.
    pub(super) path: PathBuf,
    pub(super) bytes: Bytes,
}

impl Candidate {
    pub(super) fn is_called(&self, name: &str) -> bool {
        is_called(&self.path, name)
    }
}

fn is_called(path: &Path, name: &str) -> bool {
    path.file_name().and_then(OsStr::to_str).is_some_and(|file| file.eq_ignore_ascii_case(name))
}

/// Whether a file in a package or on a disc is worth reading.
pub(super) fn is_wanted(path: &Path, len: u64) -> bool {
    let names = Part::ALL.iter().flat_map(|part| part.names_anywhere());
    len <= LONGEST && names.into_iter().any(|name| is_called(path, name))
}

/// The candidates in a folder, package, archive or disc, sorted by path.
pub(super) fn gather(from: &Path) -> Result<Vec<Candidate>, ImportError> {
    let io = |error| ImportError::Io(from.to_owned(), error);
    let about = fs::metadata(from).map_err(io)?;
    let mut found = Vec::new();
    if about.is_dir() {
        folder(from, DEPTH, &mut 0, &mut found)?;
    } else if about.is_file() {
        let mut start = [0; 8];
        let mut file = File::open(from).map_err(io)?;
        let known = file.read_exact(&mut start).is_ok();
        // The magic numbers are those of ar(5) and of RFC 1952 section 2.3.1.
        found = match start {
            archive::AR if known => archive::package(from)?,
            [0x1F, 0x8B, ..] if known => archive::tar_gz(from)?,
            _ => disc(from)?,
        };
    } else {
        return Err(ImportError::Unknown(from.to_owned()));
    }
    found.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(found)
}

/// The files in a folder and in the folders below it.
fn folder(
    folder_path: &Path,
    depth: usize,
    seen: &mut usize,
    found: &mut Vec<Candidate>,
) -> Result<(), ImportError> {
    let io = |error| ImportError::Io(folder_path.to_owned(), error);
    for entry in fs::read_dir(folder_path).map_err(io)? {
        let entry = entry.map_err(io)?;
        *seen += 1;
        if *seen > MOST_FILES {
            return Err(ImportError::TooMany(folder_path.to_owned()));
        }
        // The kind of the entry itself: links are not followed.
        let (kind, path) = (entry.file_type().map_err(io)?, entry.path());
        if kind.is_dir() && depth > 0 {
            folder(&path, depth - 1, seen, found)?;
        } else if kind.is_file() && is_wanted(&path, entry.metadata().map_err(io)?.len()) {
            let bytes = fs::read(&path).map_err(|error| ImportError::Io(path.clone(), error))?;
            found.push(Candidate { path, bytes: bytes.into() });
        }
    }
    Ok(())
}

/// The files of a disc and of the FAT volumes on it that UEFI boots, or the files of a FAT volume.
fn disc(from: &Path) -> Result<Vec<Candidate>, ImportError> {
    let io = |error| ImportError::Io(from.to_owned(), error);
    let broken = |error| ImportError::Disc(from.to_owned(), error);
    let image = DiscFile::open(from).map_err(io)?;
    let disc = match Disc::open(&image) {
        Ok(disc) => disc,
        Err(DiscError::NoDisc) => {
            let volume = Disc::fat_volume(&image);
            let tree = volume.map_err(|_| ImportError::Unknown(from.to_owned()))?;
            return on_disc(from, &tree, &image).map_err(io);
        }
        Err(error) => return Err(broken(error)),
    };
    let mut found = on_disc(from, disc.tree(), &image).map_err(io)?;
    for entry in disc.boot_entries().iter().filter(|entry| entry.platform == Platform::Uefi) {
        // The entry need not contain the length of the volume, but the volume itself does.
        let volume = DiscPart::new(&image, entry.at, u64::MAX);
        if let Ok(tree) = Disc::fat_volume(&volume) {
            found.extend(on_disc(from, &tree, &volume).map_err(io)?);
        }
    }
    Ok(found)
}

fn on_disc(from: &Path, tree: &Tree<DiscEntry>, image: &dyn ReadAt) -> io::Result<Vec<Candidate>> {
    let wanted = tree.files().filter(|(path, file)| is_wanted(Path::new(path), file.len()));
    wanted
        .map(|(path, file)| {
            Ok(Candidate { path: from.join(path), bytes: file.read(image, LONGEST)?.into() })
        })
        .collect()
}
