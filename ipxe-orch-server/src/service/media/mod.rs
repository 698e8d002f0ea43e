//! Installation media.

mod fetch;
mod take;
mod uses;

pub use fetch::{FetchMedia, FetchStep};
pub use take::{AddMedia, ImportMedia, Taken};

use super::{
    ServiceError,
    work::{blocking, end},
};
use crate::media::{self, Damage, MediaDir, Removed, SetError};
use ipxe_orch_core::{
    auth::{ChangeHosts, SeeHosts},
    media::MediaSet,
    names::SetName,
    orchestrator::{Caller, Orchestrator},
};
use std::{path::PathBuf, sync::Arc};

/// Imports, lists, verifies, removes and fetches sets of media.
#[derive(Clone)]
pub struct MediaService {
    orchestrator: Arc<Orchestrator>,
    media: MediaDir,
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
