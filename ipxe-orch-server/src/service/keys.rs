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

/// Why work on keys was not done.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeysError {
    /// There is nothing to import.
    #[error("the file holds no {} keys, but keys of these purposes: {}", joined(.wanted), joined(.found))]
    NoKeys {
        /// The purposes that were wanted.
        wanted: Vec<Purpose>,
        /// The purposes of the keys in the file, each once.
        found: Vec<Purpose>,
    },
    /// The file has other keys than image keys, and no purpose was named.
    #[error("the file holds not only image keys, but keys of these purposes: {}", joined(.0))]
    OtherPurposes(Vec<Purpose>),
    /// The key file cannot be read or written, or a different key has one of the ids.
    #[error(transparent)]
    File(#[from] FileError),
}

/// What came of an import of keys.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ImportedKeys {
    /// Those that were not known before.
    pub new: Vec<KeyId>,
    /// How many keys of the wanted purposes were given.
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

    /// Accepts the keys of `ring` that have one of the purposes `named`, and leaves out the others.
    /// Without a name, all of its keys must be image keys. Whoever else has a ticket key can claim
    /// for every machine: name other purposes only if a person asked for them.
    ///
    /// # Errors
    /// [`ServiceError`]: denied, no keys or keys of other purposes, another key has one of the
    /// ids, or the file cannot be written.
    pub async fn import(
        &self,
        caller: &Caller,
        ring: &KeyRing,
        named: &[Purpose],
    ) -> Result<ImportedKeys, ServiceError<KeysError>> {
        let given = listed(ring.keys().iter().map(|key| key.id));
        let detail = Some(format!("given: {given}; purposes: {}", joined(&ring.purposes())));
        let task = self.orchestrator.begin::<ManageKeys>(caller, "keys.import", detail).await?;
        let wanted = wanted(ring, named);
        let given = wanted.as_ref().map_or(0, |ring| ring.keys().len());
        let done = wanted.and_then(|ring| Ok(self.keys.import(&ring)?));
        let done = done.map_err(ServiceError::Work);
        let new = end(task, done, |new| format!("new: {}", listed(new.iter().copied()))).await?;
        Ok(ImportedKeys { new, given })
    }

    /// Seals the secrets of hosts, and those that hosts share, with the active master key.
    ///
    /// # Errors
    /// [`ServiceError`]: denied, or a secret does not open; hosts before it are done.
    pub async fn reseal(&self, caller: &Caller) -> Result<Resealed, ServiceError> {
        Ok(self.orchestrator.reseal(caller).await?)
    }
}

/// The keys that are to be imported.
fn wanted(ring: &KeyRing, named: &[Purpose]) -> Result<KeyRing, KeysError> {
    let found = ring.purposes();
    let image = [Purpose::Image];
    let wanted = if named.is_empty() { &image } else { named };
    if named.is_empty() && found.iter().any(|purpose| *purpose != Purpose::Image) {
        return Err(KeysError::OtherPurposes(found));
    }
    let ring = ring.only(wanted);
    if ring.keys().is_empty() {
        return Err(KeysError::NoKeys { wanted: wanted.to_vec(), found });
    }
    Ok(ring)
}

fn joined(purposes: &[Purpose]) -> String {
    let names: Vec<_> = purposes.iter().map(ToString::to_string).collect();
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}

fn listed(ids: impl Iterator<Item = KeyId>) -> String {
    let ids: Vec<_> = ids.map(|id| id.to_string()).collect();
    if ids.is_empty() { "none".to_owned() } else { ids.join(", ") }
}
