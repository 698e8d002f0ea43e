//! Keys of the data directory.

use super::{ServiceError, work::end};
use ipxe_orch_backends::local::{FileError, FileKeys, write_new_key_file};
use ipxe_orch_core::{
    auth::ManageKeys,
    ids::KeyId,
    keys::{Key, KeyRing, Purpose},
    orchestrator::{Caller, Orchestrator, Resealed},
    time::{Clock, Random},
};
use std::{path::Path, sync::Arc};

/// Lists, rotates and imports keys.
#[derive(Clone)]
pub struct KeyService {
    orchestrator: Arc<Orchestrator>,
    keys: Arc<FileKeys>,
}

/// What came of an import of keys.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ImportedKeys {
    /// Those that were not known before.
    pub new: Vec<KeyId>,
    /// How many were given.
    pub given: usize,
}

/// Writes a new key file with one key of `purpose`. It needs no database and asks nobody: the key
/// counts nowhere until it is imported.
///
/// # Errors
/// [`FileError`] if there is a file already, or none can be written.
pub fn new_key_file(
    path: &Path,
    purpose: Purpose,
    clock: &dyn Clock,
    random: &dyn Random,
) -> Result<KeyId, FileError> {
    let mut ring = KeyRing::default();
    let id = ring.rotate(purpose, clock.now(), random);
    write_new_key_file(path, &ring)?;
    Ok(id)
}

impl KeyService {
    /// For the keys in `keys`.
    pub const fn new(orchestrator: Arc<Orchestrator>, keys: Arc<FileKeys>) -> Self {
        Self { orchestrator, keys }
    }

    /// The keys as they are in the file now. Do not show their secrets.
    ///
    /// # Errors
    /// [`ServiceError`]: denied, or the file cannot be read.
    pub async fn list(&self, caller: &Caller) -> Result<Vec<Key>, ServiceError<FileError>> {
        self.orchestrator.authorize_for_all::<ManageKeys>(caller, "keys.list", None).await?;
        self.keys.list().map_err(ServiceError::Work)
    }

    /// Makes a new active key; the one before still counts.
    ///
    /// # Errors
    /// [`ServiceError`]: denied, or the file cannot be written.
    pub async fn rotate(
        &self,
        caller: &Caller,
        purpose: Purpose,
    ) -> Result<KeyId, ServiceError<FileError>> {
        let detail = Some(format!("{purpose} key"));
        let task = self.orchestrator.begin::<ManageKeys>(caller, "keys.rotate", detail).await?;
        let random = self.orchestrator.random();
        let done = self.keys.rotate(purpose, random).map_err(ServiceError::Work);
        end(task, done, |id| format!("{purpose} key {id}")).await
    }

    /// Accepts the keys of `ring`.
    ///
    /// # Errors
    /// [`ServiceError`]: denied, another key has one of the ids, or the file cannot be written.
    pub async fn import(
        &self,
        caller: &Caller,
        ring: &KeyRing,
    ) -> Result<ImportedKeys, ServiceError<FileError>> {
        let given = listed(ring.keys().iter().map(|key| key.id));
        let detail = Some(format!("given: {given}"));
        let task = self.orchestrator.begin::<ManageKeys>(caller, "keys.import", detail).await?;
        let done = self.keys.import(ring).map_err(ServiceError::Work);
        let new = end(task, done, |new| format!("new: {}", listed(new.iter().copied()))).await?;
        Ok(ImportedKeys { new, given: ring.keys().len() })
    }

    /// Seals the secrets of hosts, and those that hosts share, with the active master key.
    ///
    /// # Errors
    /// [`ServiceError`]: denied, or a secret does not open; hosts before it are done.
    pub async fn reseal(&self, caller: &Caller) -> Result<Resealed, ServiceError> {
        Ok(self.orchestrator.reseal(caller).await?)
    }
}

fn listed(ids: impl Iterator<Item = KeyId>) -> String {
    let ids: Vec<_> = ids.map(|id| id.to_string()).collect();
    if ids.is_empty() { "none".to_owned() } else { ids.join(", ") }
}
