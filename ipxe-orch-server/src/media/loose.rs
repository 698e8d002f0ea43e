//! Loose files in the media folder.

use super::MediaError;
use std::{
    fs,
    io::{self, ErrorKind},
    path::Path,
};

/// Opens a regular file below `root`. Links must not lead out of it.
pub(super) fn open(root: &Path, path: &str) -> Result<(fs::File, fs::Metadata), MediaError> {
    let name = || path.to_owned();
    let failed = |error: io::Error| match error.kind() {
        ErrorKind::NotFound | ErrorKind::NotADirectory => MediaError::Missing(name()),
        _ => MediaError::Unreadable(name(), error),
    };
    let root = fs::canonicalize(root).map_err(|e| MediaError::Folder(root.to_path_buf(), e))?;
    let full = fs::canonicalize(root.join(path)).map_err(failed)?;
    if !full.starts_with(&root) {
        return Err(MediaError::Outside(name()));
    }
    // Checked before opening: opening a pipe would wait for its writer.
    if !fs::metadata(&full).map_err(failed)?.is_file() {
        return Err(MediaError::NotRegular(name()));
    }
    let file = fs::File::open(&full).map_err(failed)?;
    let about = file.metadata().map_err(failed)?;
    if about.is_file() { Ok((file, about)) } else { Err(MediaError::NotRegular(name())) }
}
