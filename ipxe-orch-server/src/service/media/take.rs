//! Discs and loose files are taken into the media folder.

use super::MediaService;
use crate::{
    media::{self, ImportMediaError, ImportOptions, Imported},
    service::{
        ServiceError,
        profiles::ProfileService,
        work::{blocking, end},
    },
};
use ipxe_orch_core::{
    media::MediaSet,
    names::{ProfileName, SetName},
    orchestrator::Caller,
};
use std::{
    error::Error,
    path::{Path, PathBuf},
};

/// A disc to be imported.
#[derive(Clone, Debug)]
pub struct ImportMedia {
    /// The disc's image.
    pub iso: PathBuf,
    /// How it is imported.
    pub options: ImportOptions,
}

/// Loose files to be taken into a set.
#[derive(Clone, Debug)]
pub struct AddMedia {
    /// Files; each has its own name in the set.
    pub files: Vec<PathBuf>,
    /// The set; it may be there already.
    pub set: SetName,
}

/// What was taken into the media folder.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Taken<T> {
    /// The media.
    pub media: T,
    /// The profiles that got a new version, because they take these media.
    pub profiles: Vec<ProfileName>,
}

impl MediaService {
    /// Takes a disc into the media folder, and pins the profiles that take files of it; `progress` is told how many bytes are done, and of how
    /// many.
    ///
    /// # Errors
    /// [`ServiceError`]: denied, or nothing was imported.
    pub async fn import(
        &self,
        caller: &Caller,
        request: ImportMedia,
        mut progress: impl FnMut(u64, u64) + Send + 'static,
    ) -> Result<Taken<Imported>, ServiceError<ImportMediaError>> {
        let ImportMedia { iso, options } = request;
        let task = self.begin(caller, "media.import", shown(&iso)).await?;
        let root = self.root();
        let done = blocking(move || media::import(&root, &iso, &options, &mut progress)).await;
        let imported = end(task, done, |Imported { set, changed, .. }| {
            let (name, files) = (&set.name, set.files.len());
            if *changed { format!("{name}: {files} files") } else { format!("{name}: unchanged") }
        });
        self.pin(caller, imported.await?).await
    }

    /// Takes loose files into a set, and pins the profiles that take them.
    ///
    /// # Errors
    /// [`ServiceError`]: denied, or no set was changed.
    pub async fn add(
        &self,
        caller: &Caller,
        request: AddMedia,
    ) -> Result<Taken<MediaSet>, ServiceError<ImportMediaError>> {
        let AddMedia { files, set } = request;
        let listed = files.iter().map(|file| shown(file)).collect::<Vec<_>>().join(", ");
        let task = self.begin(caller, "media.add", format!("{set}: {listed}")).await?;
        let root = self.root();
        let done = blocking(move || media::add(&root, &files, &set)).await;
        let set = end(task, done, |set| format!("{}: {listed}", set.name)).await?;
        self.pin(caller, set).await
    }

    /// Pins the profiles that take these media to them.
    pub(super) async fn pin<T, E: Error + 'static>(
        &self,
        caller: &Caller,
        media: T,
    ) -> Result<Taken<T>, ServiceError<E>> {
        let profiles = ProfileService::new(self.orchestrator.clone(), self.media.clone());
        match profiles.pin(caller).await {
            Ok(profiles) => Ok(Taken { media, profiles }),
            Err(error) => Err(ServiceError::Unpinned(Box::new(error))),
        }
    }
}

/// A path as the audit has it.
fn shown(path: &Path) -> String {
    path.display().to_string()
}
