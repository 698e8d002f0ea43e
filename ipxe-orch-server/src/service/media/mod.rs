//! Installation media.

mod fetch;
mod uses;

pub use fetch::{FetchMedia, FetchStep};

use super::{
    ServiceError,
    profiles::ProfileService,
    work::{blocking, end},
};
use crate::media::{
    self, Damage, ImportMediaError, ImportOptions, Imported, MediaDir, Removed, SetError,
};
use ipxe_orch_core::{
    auth::{ChangeHosts, SeeHosts},
    media::MediaSet,
    names::{ProfileName, SetName},
    orchestrator::{Caller, Orchestrator},
};
use std::{
    error::Error,
    path::{Path, PathBuf},
    sync::Arc,
};

/// Imports, lists, verifies, removes and fetches sets of media.
#[derive(Clone)]
pub struct MediaService {
    orchestrator: Arc<Orchestrator>,
    media: MediaDir,
}

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

/// What a set was found to be when it was read again.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct VerifiedSet {
    /// The set.
    pub set: MediaSet,
    /// Its files that are not as they were imported.
    pub damage: Vec<Damage>,
}

impl MediaService {
    /// For the media in `media`.
    pub const fn new(orchestrator: Arc<Orchestrator>, media: MediaDir) -> Self {
        Self { orchestrator, media }
    }

    /// The sets, by name.
    ///
    /// # Errors
    /// [`ServiceError`]: denied, or a set cannot be read.
    pub async fn list(&self, caller: &Caller) -> Result<Vec<MediaSet>, ServiceError<SetError>> {
        self.orchestrator.authorize::<SeeHosts>(caller, "media.list").await?;
        let root = self.root();
        blocking(move || media::list(&root)).await
    }

    /// The set `name`.
    ///
    /// # Errors
    /// [`ServiceError`]: denied, or there is no such set.
    pub async fn show(
        &self,
        caller: &Caller,
        name: &SetName,
    ) -> Result<MediaSet, ServiceError<SetError>> {
        self.orchestrator.authorize::<SeeHosts>(caller, "media.show").await?;
        let (root, name) = (self.root(), name.clone());
        blocking(move || media::lookup(&root, &name)).await
    }

    /// Reads the set `name` again, or all sets, and compares them with what was imported; `each`
    /// is told of a set once it was read.
    ///
    /// # Errors
    /// [`ServiceError`]: denied, or a set cannot be read. Damaged files are no error.
    pub async fn verify(
        &self,
        caller: &Caller,
        name: Option<&SetName>,
        mut each: impl FnMut(&VerifiedSet) + Send + 'static,
    ) -> Result<Vec<VerifiedSet>, ServiceError<SetError>> {
        self.orchestrator.authorize::<SeeHosts>(caller, "media.verify").await?;
        let (root, name) = (self.root(), name.cloned());
        blocking(move || {
            let sets = match name {
                Some(name) => vec![media::lookup(&root, &name)?],
                None => media::list(&root)?,
            };
            let verified = sets.into_iter().map(|set| {
                let verified = VerifiedSet { damage: media::verify(&root, &set)?, set };
                each(&verified);
                Ok(verified)
            });
            verified.collect()
        })
        .await
    }

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

    /// Removes the set `name`, and the contents that nobody else needs. What current profiles,
    /// marks and installs under way need stays.
    ///
    /// # Errors
    /// [`ServiceError`]: denied, or somebody needs what only this set has.
    pub async fn remove(
        &self,
        caller: &Caller,
        name: &SetName,
    ) -> Result<Removed, ServiceError<SetError>> {
        let task = self.begin(caller, "media.remove", name.to_string()).await?;
        let done = match uses::all(&self.orchestrator, caller).await {
            Ok(used) => {
                let (root, name) = (self.root(), name.clone());
                blocking(move || media::remove(&root, &name, &used)).await
            }
            Err(error) => Err(error.into()),
        };
        end(task, done, |Removed { blobs, bytes, .. }| {
            format!("{name}: {blobs} contents of {bytes} bytes are gone")
        })
        .await
    }

    /// Pins the profiles that take these media to them.
    async fn pin<T, E: Error + 'static>(
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

    async fn begin<'a>(
        &'a self,
        caller: &'a Caller,
        action: &str,
        detail: String,
    ) -> Result<Task<'a>, ipxe_orch_core::orchestrator::OrchestratorError> {
        self.orchestrator.begin::<ChangeHosts>(caller, action, Some(detail)).await
    }

    fn root(&self) -> PathBuf {
        self.media.path().to_owned()
    }
}

type Task<'a> = ipxe_orch_core::orchestrator::Task<'a, ChangeHosts>;

/// A path as the audit has it.
fn shown(path: &Path) -> String {
    path.display().to_string()
}
