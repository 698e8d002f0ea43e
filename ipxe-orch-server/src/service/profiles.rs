//! Profiles are stored, and pinned to the media that are here.

use super::ServiceError;
use crate::media::{MediaDir, MediaError};
use ipxe_orch_core::{
    auth::ChangeHosts,
    names::ProfileName,
    orchestrator::{Caller, Orchestrator, OrchestratorError},
    profile::ProfileVersion,
};
use std::sync::Arc;

/// Stores profiles with the digests of their media.
#[derive(Clone)]
pub struct ProfileService {
    orchestrator: Arc<Orchestrator>,
    media: MediaDir,
}

/// The result for a profile that was applied.
#[derive(Debug)]
pub struct Applied {
    /// Its name.
    pub name: ProfileName,
    /// Whether it was stored now or was stored already, or why not. The stored version stays then.
    pub stored: Result<bool, OrchestratorError>,
    /// The version, with the digests of its media.
    pub version: ProfileVersion,
}

type Result<T, E = ServiceError<MediaError>> = std::result::Result<T, E>;

impl ProfileService {
    /// For the profiles of `orchestrator` and the media in `media`.
    pub const fn new(orchestrator: Arc<Orchestrator>, media: MediaDir) -> Self {
        Self { orchestrator, media }
    }

    /// Stores profiles as current versions, pinned to the media that are here. A profile that is
    /// refused leaves its stored version as it is. The others are stored.
    ///
    /// # Errors
    /// [`ServiceError`]: denied, or the media folder or the store cannot be read.
    pub async fn apply(
        &self,
        caller: &Caller,
        versions: Vec<ProfileVersion>,
    ) -> Result<Vec<Applied>> {
        self.may_store(caller).await?;
        let mut applied = Vec::new();
        for version in versions {
            let version = self.pinned(caller, version).await?;
            let stored = self.orchestrator.put_profile(caller, &version).await;
            if let Err(OrchestratorError::Store(_) | OrchestratorError::Denied(_)) = stored {
                stored?;
                continue;
            }
            let name = version.profile().name.clone();
            applied.push(Applied { name, stored, version });
        }
        Ok(applied)
    }

    /// Pins the stored profiles to the media that are here now. Returns the names of the profiles
    /// that got a new version.
    ///
    /// # Errors
    /// [`ServiceError`]: denied, or a profile cannot be stored. The profiles before it are stored.
    pub async fn pin(&self, caller: &Caller) -> Result<Vec<ProfileName>> {
        self.may_store(caller).await?;
        let stored = self.orchestrator.profiles(caller).await?;
        let mut pinned = Vec::new();
        for applied in self.apply(caller, stored).await? {
            if applied.stored? {
                pinned.push(applied.name);
            }
        }
        Ok(pinned)
    }

    async fn may_store(&self, caller: &Caller) -> Result<()> {
        let granted =
            self.orchestrator.authorize_for_all::<ChangeHosts>(caller, "profile.put", None);
        Ok(granted.await.map(drop)?)
    }

    /// The version with the digests of the media that are here. For media that are not here, the
    /// stored version's digests stay if it is the same otherwise: another server may have them.
    async fn pinned(&self, caller: &Caller, version: ProfileVersion) -> Result<ProfileVersion> {
        let lock = self.media.lock(&version).await;
        let mut lock = lock.map_err(ServiceError::Work)?;
        let stored = self.orchestrator.profile(caller, &version.profile().name).await?;
        if let Some(stored) = stored.filter(|stored| stored.is_like(&version)) {
            for (name, content) in &stored.lock().0 {
                lock.0.entry(name.clone()).or_insert(*content);
            }
        }
        Ok(version.with_lock(lock))
    }
}
