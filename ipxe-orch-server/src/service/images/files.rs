//! Files that are there whole or not at all.

use super::ImagesError;
use ipxe_orch_core::image::Image;
use std::{
    fs::{self, File, Permissions},
    io::{self, ErrorKind, Read as _, Seek as _, SeekFrom, Write as _},
    os::unix::fs::PermissionsExt as _,
    path::Path,
};

/// Where the primary volume descriptor names the application (ECMA-119 8.4.20).
const APPLICATION: u64 = 16 * 2048 + 574;
const OURS: &[u8; 10] = b"IPXE-ORCH ";

/// Looks whether an image may be written there: nothing else must be lost.
pub(super) fn check(target: &Path, force: bool) -> Result<(), ImagesError> {
    match fs::metadata(target) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        Err(error) => Err(failed("written", target, error)),
        Ok(about) if about.is_file() && (force || is_ours(target).unwrap_or(false)) => Ok(()),
        Ok(about) if about.is_file() => Err(ImagesError::NoImage(target.to_owned())),
        Ok(_) => Err(ImagesError::NotRegular(target.to_owned())),
    }
}

fn is_ours(target: &Path) -> io::Result<bool> {
    let mut file = File::open(target)?;
    file.seek(SeekFrom::Start(APPLICATION))?;
    let mut application = [0; 10];
    file.read_exact(&mut application)?;
    Ok(application == *OURS)
}

/// Makes the folder.
pub(super) fn make(folder: &Path) -> Result<(), ImagesError> {
    fs::create_dir_all(folder).map_err(|error| failed("made", folder, error))
}

/// Writes an image, for its owner alone: it holds the boot secret.
///
/// It is not forced to the disk: after a power failure it can be made again, bytes and all.
pub(super) fn write(target: &Path, image: &Image) -> Result<(), ImagesError> {
    let write = || {
        let mut file = io::BufWriter::with_capacity(64 * 1024, new_beside(target, 0o600)?);
        image.chunks(0..image.len()).try_for_each(|chunk| file.write_all(&chunk))?;
        let file = file.into_inner().map_err(io::IntoInnerError::into_error)?;
        file.persist(target)?;
        Ok(())
    };
    write().map_err(|error| failed("written", target, error))
}

/// Writes a text durably: what is in it cannot be made again.
pub(super) fn write_text(target: &Path, text: &[u8], mode: u32) -> Result<(), ImagesError> {
    let write = || {
        let mut file = new_beside(target, mode)?;
        file.write_all(text)?;
        file.as_file().sync_all()?;
        file.persist(target)?;
        File::open(folder(target))?.sync_all()
    };
    write().map_err(|error| failed("written", target, error))
}

pub(super) fn failed(verb: &'static str, path: &Path, source: io::Error) -> ImagesError {
    ImagesError::File { path: path.to_owned(), verb, source }
}

fn new_beside(target: &Path, mode: u32) -> io::Result<tempfile::NamedTempFile> {
    let mode = Permissions::from_mode(mode);
    tempfile::Builder::new().prefix(".ipxe-orch-").permissions(mode).tempfile_in(folder(target))
}

fn folder(target: &Path) -> &Path {
    let parent = target.parent().filter(|parent| !parent.as_os_str().is_empty());
    parent.unwrap_or(Path::new("."))
}
