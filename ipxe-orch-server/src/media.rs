//! The folder with kernels, initrds and images.

use async_trait::async_trait;
use ipxe_orch_core::{orchestrator::MediaLibrary, profile::MediaPath, stores::StoreError};
use std::{
    fs,
    io::{self, ErrorKind},
    path::{Path, PathBuf},
    sync::Arc,
    time::SystemTime,
};

/// A folder of files that profiles name by [`MediaPath`].
///
/// Only regular files are served. A symbolic link may point to another place *in* the folder; one
/// that leaves it is refused. Whoever may write to the folder is trusted not to race with that.
#[derive(Clone, Debug)]
pub struct MediaDir(Arc<Path>);

/// An open file of the folder, as it was when it was opened.
#[derive(Debug)]
#[non_exhaustive]
pub struct MediaFile {
    /// The file itself, at its start.
    pub file: tokio::fs::File,
    /// Its length in bytes.
    pub len: u64,
    /// When it was last written; the Unix epoch where the file system cannot tell.
    pub modified: SystemTime,
}

/// Why a file cannot be served.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MediaError {
    /// The folder itself is not there, or cannot be read.
    #[error("the media folder {path} cannot be read", path = .0.display())]
    Folder(PathBuf, #[source] io::Error),
    /// There is no such file.
    #[error("the media folder has no file {0}")]
    Missing(String),
    /// A link points out of the folder.
    #[error("{0} leaves the media folder through a link")]
    Outside(String),
    /// A folder, device, socket or pipe.
    #[error("{0} is no regular file")]
    NotRegular(String),
    /// It is there, but cannot be read.
    #[error("{0} cannot be read")]
    Unreadable(String, #[source] io::Error),
}

impl MediaDir {
    /// The folder at `path`; it need not exist yet.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self(path.into().into())
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Opens a file.
    ///
    /// # Errors
    /// [`MediaError`] says why it cannot be served.
    pub async fn open(&self, path: &MediaPath) -> Result<MediaFile, MediaError> {
        let (root, path) = (self.0.clone(), path.as_str().to_owned());
        let (file, about) = blocking(move || open(&root, &path)).await?;
        let modified = about.modified().unwrap_or(SystemTime::UNIX_EPOCH);
        Ok(MediaFile { file: file.into(), len: about.len(), modified })
    }

    /// Whether the folder can be listed.
    ///
    /// # Errors
    /// [`MediaError::Folder`] if not.
    pub async fn check(&self) -> Result<(), MediaError> {
        let root = self.0.clone();
        blocking(move || match fs::read_dir(&root) {
            Ok(_) => Ok(()),
            Err(error) => Err(MediaError::Folder(root.to_path_buf(), error)),
        })
        .await
    }
}

#[async_trait]
impl MediaLibrary for MediaDir {
    async fn contains(&self, path: &MediaPath) -> Result<bool, StoreError> {
        match self.open(path).await {
            Ok(_) => Ok(true),
            Err(MediaError::Missing(_)) => Ok(false),
            Err(error @ MediaError::Folder(..)) => Err(StoreError::Unavailable(Box::new(error))),
            Err(error) => {
                tracing::warn!(%error, "a file of the media folder is passed over");
                Ok(false)
            }
        }
    }
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, MediaError> + Send + 'static,
) -> Result<T, MediaError> {
    let done = tokio::task::spawn_blocking(work).await;
    done.unwrap_or_else(|e| Err(MediaError::Unreadable("a file".to_owned(), io::Error::other(e))))
}

fn open(root: &Path, path: &str) -> Result<(fs::File, fs::Metadata), MediaError> {
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
    // Asked before it is opened: opening a pipe waits for its writer.
    if !fs::metadata(&full).map_err(failed)?.is_file() {
        return Err(MediaError::NotRegular(name()));
    }
    let file = fs::File::open(&full).map_err(failed)?;
    let about = file.metadata().map_err(failed)?;
    if about.is_file() { Ok((file, about)) } else { Err(MediaError::NotRegular(name())) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(text: &str) -> MediaPath {
        MediaPath::try_from(text.to_owned()).unwrap()
    }

    async fn outcome(dir: &MediaDir, text: &str) -> String {
        match dir.open(&path(text)).await {
            Ok(file) => format!("{} bytes", file.len),
            Err(error) => error.to_string(),
        }
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn only_regular_files_in_the_folder_are_opened() {
        use std::os::unix::{fs::symlink, net::UnixListener};
        let temp = tempfile::tempdir().unwrap();
        let (root, outside) = (temp.path().join("media"), temp.path().join("secret"));
        fs::create_dir_all(root.join("tiny")).unwrap();
        fs::write(root.join("tiny/kernel"), "bytes").unwrap();
        fs::write(&outside, "secret").unwrap();
        symlink("tiny/kernel", root.join("inside")).unwrap();
        symlink(&outside, root.join("out")).unwrap();
        symlink(temp.path(), root.join("up")).unwrap();
        let _socket = UnixListener::bind(root.join("socket")).unwrap();
        let dir = MediaDir::new(&root);
        assert_eq!(outcome(&dir, "tiny/kernel").await, "5 bytes");
        assert_eq!(outcome(&dir, "inside").await, "5 bytes");
        assert_eq!(outcome(&dir, "absent").await, "the media folder has no file absent");
        assert_eq!(
            outcome(&dir, "tiny/kernel/x").await,
            "the media folder has no file tiny/kernel/x"
        );
        assert_eq!(outcome(&dir, "out").await, "out leaves the media folder through a link");
        assert_eq!(
            outcome(&dir, "up/secret").await,
            "up/secret leaves the media folder through a link"
        );
        assert_eq!(outcome(&dir, "tiny").await, "tiny is no regular file");
        assert_eq!(outcome(&dir, "socket").await, "socket is no regular file");
        for (name, there) in [("tiny/kernel", true), ("absent", false), ("out", false)] {
            assert_eq!(dir.contains(&path(name)).await.unwrap(), there, "{name}");
        }
    }

    #[tokio::test]
    async fn without_its_folder_nothing_can_be_told() {
        let temp = tempfile::tempdir().unwrap();
        let dir = MediaDir::new(temp.path().join("absent"));
        assert!(dir.check().await.is_err());
        let error = dir.contains(&path("kernel")).await.unwrap_err();
        assert!(matches!(error, StoreError::Unavailable(_)), "{error:?}");
        assert!(MediaDir::new(temp.path()).check().await.is_ok());
    }
}
