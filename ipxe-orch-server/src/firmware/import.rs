//! Copies firmware files into the data directory, where images take them from first.
//!
//! What is copied is decided by the files' names and bytes, the same as in a search. Packages and
//! discs are not opened: their tools unpack them more safely than a copy of these here would.

use super::{Part, Skipped, Source, examine};
use bytes::Bytes;
use ipxe_orch_core::digest::Digest;
use serde::{Deserialize, Serialize};
use std::{
    ffi::OsStr,
    fs::{self, File, Permissions},
    io::{self, Read as _, Write as _},
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
};
use thiserror::Error;

/// What was copied, for whoever asks later where a file came from.
pub const MANIFEST: &str = "manifest.json";

/// Folders in folders that are looked into: `usr/lib/syslinux/modules/bios` is 5.
const DEPTH: usize = 10;

/// Files that are looked at; a package has a few hundred.
const MOST_FILES: usize = 20_000;

/// Why nothing was copied.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ImportError {
    /// Not opened here.
    #[error(
        "{} is a Debian package: unpack it with `dpkg -x {} DIR`, and import DIR",
        .0.display(), .0.display()
    )]
    Package(PathBuf),
    /// Not opened here.
    #[error(
        "{} is a disc: unpack it with `xorriso -osirrox on -indev {} -extract / DIR`, the FAT \
         volume in it (efi.img or esp.img) with `mcopy -s -i DIR/efi.img ::/EFI DIR`, and import \
         DIR",
        .0.display(), .0.display()
    )]
    Disc(PathBuf),
    /// Neither of those.
    #[error("{} is no folder", .0.display())]
    NoFolder(PathBuf),
    /// Not a folder with firmware.
    #[error("{} has more than {MOST_FILES} files", .0.display())]
    TooMany(PathBuf),
    /// Nothing to copy.
    #[error("{} has no firmware that can be used: nothing was changed", .folder.display())]
    Nothing {
        /// Where it was looked for.
        folder: PathBuf,
        /// What cannot be used, and why.
        skipped: Vec<Skipped>,
    },
    /// A file cannot be read or written.
    #[error("{} cannot be read or written", .0.display())]
    Io(PathBuf, #[source] io::Error),
}

/// What was copied.
#[derive(Debug)]
pub struct Imported {
    /// The files, where they are now.
    pub sources: Vec<Source>,
    /// Files that were found, but cannot be used.
    pub skipped: Vec<Skipped>,
}

/// A line of the manifest.
#[derive(Debug, Serialize, Deserialize)]
struct Entry {
    part: String,
    file: String,
    bytes: usize,
    sha256: Digest,
    version: Option<String>,
    from: PathBuf,
}

/// Copies each part that is found in `folder` or below into `target`, which is made if it is not
/// there. Links are not followed.
///
/// Each file is there whole or as it was before; the manifest is written last. Parts of an earlier
/// import that this one has not stay.
///
/// # Errors
/// [`ImportError`]; before the first file is written, nothing is changed.
pub fn import(folder: &Path, target: &Path) -> Result<Imported, ImportError> {
    check_kind(folder)?;
    let mut files = Vec::new();
    list(folder, DEPTH, &mut files)?;
    files.sort();
    let mut skipped = Vec::new();
    let found: Vec<_> =
        Part::ALL.iter().filter_map(|part| choose(*part, &files, &mut skipped)).collect();
    if found.is_empty() {
        return Err(ImportError::Nothing { folder: folder.to_owned(), skipped });
    }
    let mut manifest = read_manifest(target)?;
    fs::create_dir_all(target).map_err(|error| ImportError::Io(target.to_owned(), error))?;
    let mut sources = Vec::new();
    for (Source { part, path: from, about }, bytes) in found {
        let entry = Entry {
            part: part.to_string(),
            file: part.name().to_owned(),
            bytes: bytes.len(),
            sha256: Digest::of(&bytes),
            version: about.version.clone(),
            from,
        };
        let path = target.join(&entry.file);
        write(&path, &bytes)?;
        manifest.retain(|earlier| earlier.part != entry.part);
        manifest.push(entry);
        sources.push(Source { part, path, about });
    }
    write(&target.join(MANIFEST), &serde_json::to_vec_pretty(&manifest).unwrap_or_default())?;
    Ok(Imported { sources, skipped })
}

/// Tells packages and discs by their first bytes: `ar(5)`, ECMA-119 8.1.2.
fn check_kind(path: &Path) -> Result<(), ImportError> {
    let io = |error| ImportError::Io(path.to_owned(), error);
    let about = fs::metadata(path).map_err(io)?;
    if about.is_dir() {
        return Ok(());
    }
    if !about.is_file() {
        return Err(ImportError::NoFolder(path.to_owned()));
    }
    let mut start = Vec::new();
    File::open(path).map_err(io)?.take(16 * 2048 + 6).read_to_end(&mut start).map_err(io)?;
    if start.starts_with(b"!<arch>\n") {
        return Err(ImportError::Package(path.to_owned()));
    }
    if start.ends_with(b"CD001") {
        return Err(ImportError::Disc(path.to_owned()));
    }
    Err(ImportError::NoFolder(path.to_owned()))
}

/// The regular files in a folder and below.
fn list(folder: &Path, depth: usize, files: &mut Vec<PathBuf>) -> Result<(), ImportError> {
    let io = |error| ImportError::Io(folder.to_owned(), error);
    for entry in fs::read_dir(folder).map_err(io)? {
        let entry = entry.map_err(io)?;
        // Not that of a link's target.
        let kind = entry.file_type().map_err(io)?;
        if kind.is_dir() && depth > 0 {
            list(&entry.path(), depth - 1, files)?;
        } else if kind.is_file() {
            files.push(entry.path());
        }
        if files.len() > MOST_FILES {
            return Err(ImportError::TooMany(folder.to_owned()));
        }
    }
    Ok(())
}

/// The first usable file, by the order of the part's names.
fn choose(part: Part, files: &[PathBuf], skipped: &mut Vec<Skipped>) -> Option<(Source, Bytes)> {
    let is = |path: &Path, name: &str| {
        path.file_name().and_then(OsStr::to_str).is_some_and(|file| file.eq_ignore_ascii_case(name))
    };
    let names = part.names().iter().chain(part.names_on_discs());
    for path in names.flat_map(|name| files.iter().filter(move |path| is(path, name))) {
        match examine(part, path) {
            Ok(None) => {}
            Ok(Some((bytes, about))) => {
                return Some((Source { part, path: path.clone(), about }, bytes));
            }
            Err(reason) => skipped.push(Skipped { part, path: path.clone(), reason }),
        }
    }
    None
}

/// What earlier imports copied.
fn read_manifest(target: &Path) -> Result<Vec<Entry>, ImportError> {
    let path = target.join(MANIFEST);
    match fs::read(&path) {
        Ok(text) => serde_json::from_slice(&text)
            .map_err(|error| ImportError::Io(path, io::Error::other(error))),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(ImportError::Io(path, error)),
    }
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), ImportError> {
    let write = || {
        let folder = path.parent().unwrap_or(Path::new("."));
        let mode = Permissions::from_mode(0o644);
        let mut file =
            tempfile::Builder::new().prefix(".import-").permissions(mode).tempfile_in(folder)?;
        file.write_all(bytes)?;
        file.as_file().sync_all()?;
        file.persist(path)?;
        File::open(folder)?.sync_all()
    };
    write().map_err(|error: io::Error| ImportError::Io(path.to_owned(), error))
}
