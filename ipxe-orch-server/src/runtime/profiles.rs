//! Profiles: those that come with the program and those of folders, stored when somebody applies
//! them.

use super::{Runtime, RuntimeError};
use crate::{
    config::{Config, SetBy},
    profiles::built_in,
};
use ipxe_orch_backends::local::{FileError, profile_folders, read_profile};
use ipxe_orch_core::{
    names::ProfileName,
    orchestrator::{Caller, OrchestratorError},
    profile::ProfileVersion,
};

/// The profiles that this program has at hand, stored or not.
#[derive(Debug, Default)]
pub struct AtHand {
    /// Those that can be read, in no special order; each name once.
    pub versions: Vec<ProfileVersion>,
    /// Why others cannot be read: each names its file.
    pub problems: Vec<FileError>,
}

/// The built-in profiles, then those of `profile_dirs`: the last one of a name counts. A folder
/// that is no profile, such as one that somebody is still writing, does not hide the others.
pub fn at_hand(config: &Config) -> AtHand {
    let mut found = AtHand { versions: built_in(), problems: Vec::new() };
    for folder in &config.profile_dirs.value {
        if config.profile_dirs.set_by == SetBy::Default && !folder.exists() {
            continue;
        }
        match profile_folders(folder) {
            Ok(folders) => folders.iter().for_each(|folder| found.add(read_profile(folder))),
            Err(error) => found.problems.push(error),
        }
    }
    found
}

impl AtHand {
    fn add(&mut self, read: Result<ProfileVersion, FileError>) {
        match read {
            Ok(version) => {
                let name = &version.profile().name;
                self.versions.retain(|other| other.profile().name != *name);
                self.versions.push(version);
            }
            Err(problem) => self.problems.push(problem),
        }
    }
}

/// What came of a profile that was applied.
#[derive(Debug)]
pub struct Applied {
    /// Its name.
    pub name: ProfileName,
    /// Whether it was stored now, was stored already, or why not: the stored version stays then.
    pub stored: Result<bool, RuntimeError>,
    /// The version, with the contents of its media.
    pub version: ProfileVersion,
}

impl Runtime {
    /// Stores profiles as current versions, pinned to the media that are here. One that is refused
    /// leaves its stored version as it is, and does not keep the others from being stored.
    ///
    /// # Errors
    /// [`RuntimeError`] if the media folder or the store cannot be read.
    pub async fn apply_profiles(
        &self,
        caller: &Caller,
        versions: Vec<ProfileVersion>,
    ) -> Result<Vec<Applied>, RuntimeError> {
        let mut applied = Vec::new();
        for version in versions {
            let version = self.pinned(caller, version).await?;
            let stored = self.orchestrator.put_profile(caller, &version).await;
            if let Err(OrchestratorError::Store(_) | OrchestratorError::Denied(_)) = stored {
                stored?;
                continue;
            }
            let name = version.profile().name.clone();
            applied.push(Applied { name, stored: stored.map_err(RuntimeError::from), version });
        }
        Ok(applied)
    }

    /// Pins the stored profiles to the media that are here now, where these are others; gives the
    /// names of the profiles that got a new version.
    ///
    /// # Errors
    /// [`RuntimeError`] for one that cannot be stored; those before it are.
    pub async fn pin_media(&self, caller: &Caller) -> Result<Vec<ProfileName>, RuntimeError> {
        let stored = self.orchestrator.profiles(caller).await?;
        let mut pinned = Vec::new();
        for applied in self.apply_profiles(caller, stored).await? {
            if applied.stored? {
                pinned.push(applied.name);
            }
        }
        Ok(pinned)
    }

    /// With the contents of the media that are here. Of those that are not, the stored version's
    /// stay if it is the same otherwise: another server may have them.
    async fn pinned(
        &self,
        caller: &Caller,
        version: ProfileVersion,
    ) -> Result<ProfileVersion, RuntimeError> {
        let mut lock = self.media.lock(&version).await?;
        let stored = self.orchestrator.profile(caller, &version.profile().name).await?;
        if let Some(stored) = stored.filter(|stored| stored.is_like(&version)) {
            for (name, content) in &stored.lock().0 {
                lock.0.entry(name.clone()).or_insert(*content);
            }
        }
        Ok(version.with_lock(lock))
    }
}
