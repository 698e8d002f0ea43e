//! Backups: copies of a database of any kind in a SQLite file of their own.

use super::{
    super::{
        copy::{Copied, CopyEnd, CopyError, CopyJob, CopyProgress, copy},
        error::OpenError,
    },
    connect,
    file::beside,
    options::SqliteOptions,
    side::FileSide,
};
use ipxe_orch_core::{
    audit::AuditEntry,
    ids::{ChainId, Epoch},
    time::Timestamp,
};
use std::{
    ffi::OsStr,
    fs::{self, File},
    io,
    os::unix::fs::PermissionsExt as _,
    path::Path,
};
use tempfile::TempDir;

/// Makes a backup: a new SQLite file, and the boot events in a second one beside it, named
/// `backup-events.db` for `backup.db`. Both have mode 0600. The backup has one state of the
/// database, also while servers write into it. A file with the given name is a whole backup: until
/// it is complete and on the disk, it is in a hidden folder beside it.
///
/// # Errors
/// [`CopyError`]; [`CopyError::Exists`] if there is a file already.
pub async fn backup(
    from: &CopyEnd,
    file: &Path,
    now: Timestamp,
    progress: impl FnMut(CopyProgress) + Send,
) -> Result<Copied, CopyError> {
    let target = options(file, now);
    for path in [target.events_path(), target.path.clone()] {
        if path.exists() {
            return Err(CopyError::Exists { path });
        }
    }
    let parent = file.parent().filter(|folder| !folder.as_os_str().is_empty());
    let parent = parent.unwrap_or(Path::new("."));
    let folder = folder_in(parent)?;
    let inside = options(&folder.path().join(name(file)), now);
    let end = CopyEnd::of(FileSide::new(inside.clone()).alone());
    let copied = copy(from, &end, &CopyJob::default(), progress).await?;
    // The file that is asked for comes last.
    for (made, path) in [(inside.events_path(), target.events_path()), (inside.path, target.path)] {
        publish(&made, &path).map_err(|source| CopyError::File { path, source })?;
    }
    let synced = File::open(parent).and_then(|parent| parent.sync_all());
    synced.map_err(|source| CopyError::File { path: parent.to_owned(), source })?;
    Ok(copied)
}

/// Restores a backup into an empty database. Nothing is installed with it until an operator accepts
/// it. The files of the backup are only read: they are copied into `scratch` first, where an older
/// version's tables are brought up to date. `entry` is the last entry of the audit then.
///
/// # Errors
/// [`CopyError`].
pub async fn restore(
    file: &Path,
    to: &CopyEnd,
    scratch: &Path,
    entry: Option<(ChainId, AuditEntry)>,
    now: Timestamp,
    progress: impl FnMut(CopyProgress) + Send,
) -> Result<Copied, CopyError> {
    let folder = folder_in(scratch)?;
    let (given, inside) = (options(file, now), options(&folder.path().join(name(file)), now));
    take(file, &inside.path).await?;
    // A plain copy of a file in use has a log.
    for (from, to) in [
        (beside(file, "-wal"), beside(&inside.path, "-wal")),
        (given.events_path(), inside.events_path()),
        (beside(&given.events_path(), "-wal"), beside(&inside.events_path(), "-wal")),
    ] {
        if from.exists() {
            take(&from, &to).await?;
        }
    }
    let prepared = match is_ours(&inside.path).await {
        Ok(true) => connect::prepare(&inside).await.map(drop),
        Ok(false) | Err(OpenError::Foreign { .. }) => {
            Err(OpenError::Foreign { path: file.to_owned() })
        }
        Err(error) => Err(error),
    };
    prepared.map_err(CopyError::OpenSource)?;
    let job = CopyJob { entry, restored_at: Some(now), retire_for: None };
    copy(&CopyEnd::sqlite(inside), to, &job, progress).await
}

/// Ids that nothing has: a copy takes those of its source.
fn options(path: &Path, now: Timestamp) -> SqliteOptions {
    let (chain, epoch) = (ChainId::from_bytes([0; 16]), Epoch::from_bytes([0; 16]));
    SqliteOptions::new(path.to_owned(), chain, epoch, now)
}

fn name(file: &Path) -> &OsStr {
    file.file_name().unwrap_or(OsStr::new("ipxe-orch.db"))
}

/// A folder that only we may use, deleted in the end.
fn folder_in(parent: &Path) -> Result<TempDir, CopyError> {
    let folder = tempfile::Builder::new().prefix(".ipxe-orch-").tempdir_in(parent);
    folder.map_err(|source| CopyError::File { path: parent.to_owned(), source })
}

/// Gives a complete file its name, and overwrites none.
fn publish(made: &Path, path: &Path) -> io::Result<()> {
    File::open(made)?.sync_all()?;
    match fs::hard_link(made, path) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists && !path.exists() => {
            // File systems of USB sticks have no links.
            fs::rename(made, path)
        }
        linked => linked,
    }
}

async fn take(from: &Path, to: &Path) -> Result<(), CopyError> {
    let copied = tokio::fs::copy(from, to).await;
    copied.map_err(|source| CopyError::File { path: from.to_owned(), source })?;
    let private = fs::set_permissions(to, fs::Permissions::from_mode(0o600));
    private.map_err(|source| CopyError::File { path: to.to_owned(), source })
}

/// Whether a file has our tables.
async fn is_ours(path: &Path) -> Result<bool, OpenError> {
    Ok(connect::schema(path).await?.found > 0)
}
