//! Copies boot loader files into the data directory, which is searched first when images are built.
//!
//! The names and the bytes of the files decide what is copied, as in a search. Packages and discs
//! are read by this program, within limits, and nothing else is unpacked to disk.

mod archive;
mod gather;

use super::{Part, Skipped, Source, Unusable, recognise::recognise};
use bytes::Bytes;
use gather::{Candidate, MOST_FILES, gather};
use ipxe_orch_core::{digest::Digest, disc::DiscError};
use serde::{Deserialize, Serialize};
use std::{
    fs::{self, File, Permissions},
    io::{self, Write as _},
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
};
use thiserror::Error;

/// The name of the file that says which files were copied, and from where.
pub const MANIFEST: &str = "manifest.json";

/// Why nothing was copied.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ImportError {
    /// It is none of the kinds of files that can be read.
    #[error(
        "{} is not a folder, Debian package, gzipped tar archive, disc or FAT volume",
        .0.display()
    )]
    Unknown(PathBuf),
    /// A package or archive that is damaged or has an unusual format.
    #[error("{} cannot be unpacked: {why}", .path.display())]
    Archive {
        /// The path of the file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// A disc that is damaged.
    #[error("{} cannot be read as a disc", .0.display())]
    Disc(PathBuf, #[source] DiscError),
    /// It has so many files that it is not a folder with boot loaders.
    #[error("{} has more than {MOST_FILES} files", .0.display())]
    TooMany(PathBuf),
    /// There is no boot loader to copy.
    #[error("{} has no boot loader that can be used: nothing was changed", .folder.display())]
    Nothing {
        /// The folder or file that was searched.
        folder: PathBuf,
        /// The files that cannot be used, with the reasons.
        skipped: Vec<Skipped>,
    },
    /// A file cannot be read or written.
    #[error("{} cannot be read or written", .0.display())]
    Io(PathBuf, #[source] io::Error),
}

/// The result of an import.
#[derive(Debug)]
pub struct Imported {
    /// The copied files, at their new places.
    pub sources: Vec<Source>,
    /// Files that were found but cannot be used.
    pub skipped: Vec<Skipped>,
}

/// An entry of the manifest.
#[derive(Debug, Serialize, Deserialize)]
struct Entry {
    part: String,
    file: String,
    bytes: usize,
    sha256: Digest,
    version: Option<String>,
    from: PathBuf,
}

/// Copies each part that is found in `from` into the folder `target`, which is created if it does
/// not exist. `from` is a folder (with all folders below it), a Debian package, a gzipped tar
/// archive, a disc (with the FAT volumes that UEFI boots from it), or a FAT volume. Links are not
/// followed.
///
/// Each file is written completely or not at all, and the manifest is written last. Parts of an
/// earlier import that this one does not have stay.
///
/// # Errors
/// [`ImportError`]. Unless it is [`ImportError::Io`], nothing was changed.
pub fn import(from: &Path, target: &Path) -> Result<Imported, ImportError> {
    let files = gather(from)?;
    let mut skipped = Vec::new();
    let found: Vec<_> =
        Part::ALL.iter().filter_map(|part| choose(*part, &files, &mut skipped)).collect();
    if found.is_empty() {
        return Err(ImportError::Nothing { folder: from.to_owned(), skipped });
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

/// The first usable file in the order of the part's names. Of several files with the same name, an
/// unsigned build comes before a signed one, because upstream builds the signed ones with fewer
/// features.
fn choose(part: Part, files: &[Candidate], skipped: &mut Vec<Skipped>) -> Option<(Source, Bytes)> {
    for name in part.names_anywhere() {
        let mut usable = Vec::new();
        for file in files.iter().filter(|file| file.is_called(name)) {
            match recognise(part, &file.bytes) {
                Ok(about) => usable.push((about, file)),
                // A name that any processor's loader has: files for other processors are not worth
                // a message.
                Err(Unusable::Foreign { .. }) if part.is_for_one_processor() => {}
                Err(reason) => skipped.push(Skipped { part, path: file.path.clone(), reason }),
            }
        }
        usable.sort_by_key(|(about, _)| about.signed == Some(true));
        if let Some((about, file)) = usable.into_iter().next() {
            return Some((Source { part, path: file.path.clone(), about }, file.bytes.clone()));
        }
    }
    None
}

/// The entries of earlier imports.
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
