//! The folder with kernels, initrds, images and imported media.
//!
//! ```text
//! folder/file                      a loose file
//! sets/NAME.toml                   an imported set: paths, and the SHA-256 of each file
//! blobs/<2 digits>/<64 digits>     contents by their SHA-256; also the text of each set
//! .digests.json                    digests of loose files, by their length and times
//! .removals                        the number of removals
//! ```

mod blobs;
mod digests;
mod file;
mod folder;
mod hashes;
mod import;
mod loose;
#[cfg(feature = "services")]
mod part;
mod sets;
#[cfg(feature = "services")]
mod sync;
mod whole;

pub use import::{ImportMediaError, ImportNote, ImportOptions, Imported, Scope, add, import};
pub use sets::{Damage, Removed, SetError, Use, list, lookup, remove, verify};
#[cfg(feature = "services")]
pub use sync::{Fetched, Peer, SyncError, SyncState, fetch};

use async_trait::async_trait;
use folder::Folder;
use ipxe_orch_core::{
    digest::Digest,
    media::{MediaFault, MediaFile, MediaLibrary, Offers},
    profile::{MediaLock, PinnedMedia, ProfileVersion},
    stores::StoreError,
};
use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
};
use tokio::time::Instant;

/// A folder of media. Profiles name the media by their place and pin them by SHA-256.
///
/// Only regular files are served. A symbolic link may point to another place *in* the folder; a
/// link that leads out of it is refused. This relies on nobody changing links at the same moment:
/// everybody who may write to the folder is trusted.
#[derive(Clone, Debug)]
pub struct MediaDir(Arc<Folder>);

/// Why a file cannot be served.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MediaError {
    /// The folder itself does not exist or cannot be read.
    #[error("the media folder {path} cannot be read", path = .0.display())]
    Folder(PathBuf, #[source] io::Error),
    /// There is no such file.
    #[error("the media folder has no file {0}")]
    Missing(String),
    /// The file exists, but with another content than the pinned one.
    #[error("the media folder has {path} with another content than the pinned one, {content}")]
    Other {
        /// The file or set.
        path: String,
        /// The digest that it should have.
        content: Digest,
    },
    /// The tree has no such file, or a path was given for something that is not a tree.
    #[error("it has no file {0}")]
    NotInside(String),
    /// A link points out of the folder.
    #[error("{0} is a link out of the media folder")]
    Outside(String),
    /// It is a folder, device, socket or pipe.
    #[error("{0} is not a regular file")]
    NotRegular(String),
    /// The file exists but cannot be read.
    #[error("{0} cannot be read")]
    Unreadable(String, #[source] io::Error),
}

impl MediaDir {
    /// The folder at `path`, which need not exist yet.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self(Arc::new(Folder::new(path.into())))
    }

    /// The path of the folder.
    pub fn path(&self) -> &Path {
        &self.0.root
    }

    /// The digests of a version's media that are here, as a lock. Media that are not here are left
    /// out.
    ///
    /// # Errors
    /// [`MediaError`] for media that are here but cannot be read.
    pub async fn lock(&self, version: &ProfileVersion) -> Result<MediaLock, MediaError> {
        let (folder, media) = (self.0.clone(), version.profile().media.clone());
        blocking(move || {
            let mut lock = MediaLock::default();
            for media in media {
                match folder.current(&media.source) {
                    Ok(digest) => _ = lock.0.insert(media.name, digest),
                    Err(MediaError::Missing(_) | MediaError::Folder(..)) => {}
                    Err(error) => return Err(error),
                }
            }
            Ok(lock)
        })
        .await
    }
}

#[async_trait]
impl MediaLibrary for MediaDir {
    async fn contains(&self, media: &PinnedMedia) -> Result<bool, StoreError> {
        let (folder, media, now) = (self.0.clone(), media.clone(), Instant::now());
        match blocking(move || folder.has(&media, now)).await {
            Ok(()) => Ok(true),
            Err(MediaError::Missing(_)) => Ok(false),
            Err(error @ MediaError::Folder(..)) => Err(StoreError::Unavailable(Box::new(error))),
            Err(error) => {
                tracing::warn!(%error, "a file of the media folder cannot be used");
                Ok(false)
            }
        }
    }

    async fn open(
        &self,
        media: &PinnedMedia,
        inside: Option<&str>,
    ) -> Result<Option<MediaFile>, MediaFault> {
        let (folder, media) = (self.0.clone(), media.clone());
        let inside = inside.map(ToOwned::to_owned);
        match blocking(move || folder.open(&media, inside.as_deref())).await {
            Ok(opened) => Ok(Some(file::served(opened))),
            Err(MediaError::NotInside(_)) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    async fn content(&self, digest: &Digest) -> Result<Option<MediaFile>, MediaFault> {
        let (folder, digest) = (self.0.clone(), *digest);
        let opened = blocking(move || folder.content(&digest)).await?;
        Ok(opened.map(file::served))
    }

    async fn offers(&self) -> Result<Offers, MediaFault> {
        let folder = self.0.clone();
        Ok(blocking(move || sets::offers(&folder.root)).await?)
    }

    /// Whether the folder can be listed.
    async fn check(&self) -> Result<(), MediaFault> {
        let folder = self.0.clone();
        let listed = blocking(move || match fs::read_dir(&folder.root) {
            Ok(_) => Ok(()),
            Err(error) => Err(MediaError::Folder(folder.root.clone(), error)),
        });
        Ok(listed.await?)
    }
}

impl From<MediaError> for MediaFault {
    fn from(error: MediaError) -> Self {
        Self::new(error)
    }
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, MediaError> + Send + 'static,
) -> Result<T, MediaError> {
    let done = tokio::task::spawn_blocking(work).await;
    done.unwrap_or_else(|e| Err(MediaError::Unreadable("a file".to_owned(), io::Error::other(e))))
}

#[cfg(test)]
mod tests;
