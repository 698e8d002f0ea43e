//! Private files that are written completely or not at all.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Read as _, Seek as _, SeekFrom, Write as _},
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
};
use zeroize::Zeroizing;

/// A file that cannot be used, with the remedy. The message never contains the file's content. The
/// system's error is the source.
#[derive(Debug, thiserror::Error)]
#[error("{}: {what}", .path.display())]
pub struct FileError {
    path: PathBuf,
    what: String,
    #[source]
    source: Option<io::Error>,
}

impl FileError {
    pub(super) fn new(path: &Path, what: impl Into<String>) -> Self {
        Self { path: path.to_owned(), what: what.into(), source: None }
    }

    pub(super) fn io(path: &Path, doing: &str, source: io::Error) -> Self {
        Self { path: path.to_owned(), what: doing.to_owned(), source: Some(source) }
    }

    /// The same error with another message.
    pub(super) fn because(self, what: &str) -> Self {
        Self { what: what.to_owned(), ..self }
    }

    /// The file or folder.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether the system could not give the file now, so that what it contains is not known.
    pub const fn is_unreadable(&self) -> bool {
        self.source.is_some()
    }

    /// Whether the file does not exist.
    pub fn is_not_found(&self) -> bool {
        self.source.as_ref().is_some_and(|error| error.kind() == io::ErrorKind::NotFound)
    }
}

/// Reads a file of at most `limit` bytes that nobody else may read.
pub(super) fn read_private(
    path: &Path,
    limit: u64,
) -> Result<(Zeroizing<String>, fs::Metadata), FileError> {
    read_small(path, limit, |metadata| {
        let mode = metadata.permissions().mode() & 0o777;
        if mode & 0o077 != 0 {
            let run = format!("run `chmod 600 {}`", path.display());
            let what = format!("other users may access it (mode {mode:04o}): {run}");
            return Err(FileError::new(path, what));
        }
        Ok(())
    })
}

fn read_small(
    path: &Path,
    limit: u64,
    check: impl FnOnce(&fs::Metadata) -> Result<(), FileError>,
) -> Result<(Zeroizing<String>, fs::Metadata), FileError> {
    let io = |error| FileError::io(path, "cannot be read", error);
    // Checked before opening: opening a pipe would wait for its writer.
    if !fs::metadata(path).map_err(io)?.is_file() {
        return Err(FileError::new(path, "is not a regular file"));
    }
    let file = File::open(path).map_err(io)?;
    let metadata = file.metadata().map_err(io)?;
    check(&metadata)?;
    // Enough room from the start: a text that has to grow leaves a copy of the secret in memory.
    let room = metadata.len().min(limit).saturating_add(1);
    let mut text = Zeroizing::new(String::with_capacity(usize::try_from(room).unwrap_or(0)));
    file.take(limit.saturating_add(1)).read_to_string(&mut text).map_err(io)?;
    if u64::try_from(text.len()).unwrap_or(u64::MAX) > limit {
        return Err(FileError::new(path, format!("is longer than {limit} bytes")));
    }
    Ok((text, metadata))
}

/// The longest file with a password, in bytes.
const LONGEST_PASSWORD: u64 = 4096;

/// Reads a password from the first line of a file that nobody else may read.
///
/// # Errors
/// [`FileError`] if it cannot be read, if other users may read it, or if the line is empty.
pub fn read_password(path: &Path) -> Result<Zeroizing<String>, FileError> {
    let (text, _) = read_private(path, LONGEST_PASSWORD)?;
    first_line(path, &text)
}

/// The same of a credential of systemd. Who may read it is systemd's matter: its mode may show the
/// rights of a group that has none.
///
/// # Errors
/// [`FileError`] if it cannot be read, or if the line is empty.
pub fn read_credential(path: &Path) -> Result<Zeroizing<String>, FileError> {
    let (text, _) = read_small(path, LONGEST_PASSWORD, |_| Ok(()))?;
    first_line(path, &text)
}

fn first_line(path: &Path, text: &str) -> Result<Zeroizing<String>, FileError> {
    match text.lines().next().filter(|line| !line.is_empty()) {
        Some(line) => Ok(Zeroizing::new(line.to_owned())),
        None => Err(FileError::new(path, "its first line must be the password, and is empty")),
    }
}

/// Writes a file with mode 0600. After a crash, either the old or the new file is there,
/// completely.
pub(super) fn replace_private(path: &Path, text: &[u8]) -> Result<(), FileError> {
    let file = temporary(path, text)?;
    file.persist(path).map_err(|error| FileError::io(path, "cannot be written", error.error))?;
    sync_parent(path)
}

/// The same, but refuses to overwrite a file.
pub(super) fn create_private(path: &Path, text: &[u8]) -> Result<(), FileError> {
    let file = temporary(path, text)?;
    file.persist_noclobber(path).map_err(|error| match error.error.kind() {
        io::ErrorKind::AlreadyExists => FileError {
            path: path.to_owned(),
            what: "exists already and is not overwritten".to_owned(),
            source: Some(error.error),
        },
        _ => FileError::io(path, "cannot be written", error.error),
    })?;
    sync_parent(path)
}

/// Appends a line to a file, durably, and returns the file's length. If a crash has left an
/// incomplete last line, that line is removed first.
pub(super) fn append_private(path: &Path, line: &[u8]) -> Result<u64, FileError> {
    let io = |error| FileError::io(path, "cannot be written", error);
    let new = !path.exists();
    let mut options = OpenOptions::new();
    let mut file =
        options.read(true).append(true).create(true).mode(0o600).open(path).map_err(io)?;
    drop_torn_line(&mut file).map_err(io)?;
    file.write_all(line).and_then(|()| file.sync_all()).map_err(io)?;
    if new {
        sync_parent(path)?;
    }
    file.metadata().map(|metadata| metadata.len()).map_err(io)
}

fn drop_torn_line(file: &mut File) -> io::Result<()> {
    if file.metadata()?.len() == 0 {
        return Ok(());
    }
    let mut last = [0];
    file.seek(SeekFrom::End(-1))?;
    file.read_exact(&mut last)?;
    if last == *b"\n" {
        return Ok(());
    }
    let mut all = Vec::new();
    file.rewind()?;
    file.read_to_end(&mut all)?;
    let whole = all.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
    file.set_len(u64::try_from(whole).unwrap_or(u64::MAX))
}

/// Writes a temporary file next to `path`. Temporary files have mode 0600.
fn temporary(path: &Path, text: &[u8]) -> Result<tempfile::NamedTempFile, FileError> {
    let io = |error| FileError::io(path, "cannot be written", error);
    let mut file =
        tempfile::Builder::new().prefix(".new-").tempfile_in(parent(path)).map_err(io)?;
    file.write_all(text).map_err(io)?;
    file.as_file().sync_all().map_err(io)?;
    Ok(file)
}

/// Writes the folder to disk. Without this, the name of a new file may be lost in a crash.
fn sync_parent(path: &Path) -> Result<(), FileError> {
    let folder = parent(path);
    let synced = File::open(folder).and_then(|folder| folder.sync_all());
    synced.map_err(|error| FileError::io(folder, "cannot be written", error))
}

fn parent(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Locks a file until the result is dropped, and waits for other processes. The lock is a file of
/// its own, because the locked file is replaced by a new one.
pub(super) fn lock(path: &Path) -> Result<File, FileError> {
    let mut name = path.as_os_str().to_owned();
    name.push(".lock");
    let path = PathBuf::from(name);
    let io = |error| FileError::io(&path, "cannot be locked", error);
    let mut options = OpenOptions::new();
    let file =
        options.write(true).create(true).truncate(false).mode(0o600).open(&path).map_err(io)?;
    file.lock().map_err(io)?;
    Ok(file)
}

/// Creates a folder that only we may use. An existing folder is not changed.
pub(super) fn create_private_folder(path: &Path) -> Result<(), FileError> {
    let created = fs::DirBuilder::new().recursive(true).mode(0o700).create(path);
    created.map_err(|error| FileError::io(path, "cannot be created", error))
}
