//! Which images of a host count: a new generation, revocation, and what a key is needed for.

use super::{Caller, HostInput, Orchestrator, OrchestratorError, image::too_many_images};
use crate::{
    audit::AuditOutcome,
    auth::{Granted, ManageKeys, SeeHosts},
    host::FieldChange,
    ids::{ImageGeneration, KeyId},
    keys::{Key, Purpose},
    names::HostName,
    stores::{HostFilter, HostKey, HostRecord, PutHost, StoreError},
};

/// Tries of one change; each conflict costs one.
const TRIES: u32 = 5;

/// What still needs a key. Whoever retires the key should know it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct KeyUse {
    /// For an image key, the hosts with an image that would not be believed any more. For a ticket
    /// key, the hosts with an offer or an install under way, which would fail. For a master key,
    /// the hosts with secrets that nobody could open.
    pub hosts: Vec<HostName>,
    /// For a master key: whether secrets are sealed with it. They must be sealed again first.
    pub sealed: bool,
}

impl Orchestrator {
    /// The id of the key with which images are made, if there is one.
    pub(super) async fn active_image_key(&self) -> Result<Option<KeyId>, StoreError> {
        match self.parts.keys.active(Purpose::Image).await {
            Err(StoreError::NotFound) => Ok(None),
            active => Ok(Some(active?.id)),
        }
    }

    /// Gives the host's image the next generation. Earlier images still count until
    /// [`Self::revoke_images`]; so build and attach the new one in between. The new image is made
    /// with the active image key, also if the earlier one was made without a database.
    ///
    /// # Errors
    /// [`OrchestratorError::Refused`] if too many earlier images count.
    pub async fn rotate_image(
        &self,
        caller: &Caller,
        host: &HostKey,
        reason: Option<String>,
    ) -> Result<HostRecord, OrchestratorError> {
        let image_key = match self.active_image_key().await? {
            None => return Err(OrchestratorError::NoImageKey),
            key => key,
        };
        let put = |host: &HostRecord| {
            if host.has_too_many_images() {
                return Err(too_many_images(host));
            }
            let (id, generation) = (host.id, host.lease.generation);
            Ok(PutHost::RotateImage { id, generation, image_key })
        };
        self.change_images(caller, host, "image.rotate", reason, put).await
    }

    /// Refuses the host's earlier images from now on: those of earlier generations, and those with
    /// earlier keys. A machine that boots from one boots its own disk.
    ///
    /// # Errors
    /// [`OrchestratorError::NothingToDo`] if no earlier image counts.
    pub async fn revoke_images(
        &self,
        caller: &Caller,
        host: &HostKey,
        reason: Option<String>,
    ) -> Result<HostRecord, OrchestratorError> {
        let put = |host: &HostRecord| {
            if host.has_no_earlier_images() {
                let (name, now) = (&host.spec.name, host.image_generation.0);
                return Err(OrchestratorError::NothingToDo(format!(
                    "host {name} has no images before those of generation {now} that count"
                )));
            }
            Ok(PutHost::RevokeImages { id: host.id, generation: host.lease.generation })
        };
        self.change_images(caller, host, "image.revoke", reason, put).await
    }

    /// The host after the change that `put` makes of it. Boots of the machine at the same time do
    /// not disturb it.
    async fn change_images(
        &self,
        caller: &Caller,
        host: &HostKey,
        action: &str,
        reason: Option<String>,
        put: impl Fn(&HostRecord) -> Result<PutHost, OrchestratorError> + Send + Sync,
    ) -> Result<HostRecord, OrchestratorError> {
        let resource = Some(host.resource());
        let grant = self.authorize_for::<ManageKeys>(caller, action, resource).await?;
        let see = self.authorize_for::<SeeHosts>(caller, action, resource).await?;
        let mut tries = 0;
        loop {
            let before = self.known(&see, host).await?;
            let mut entry = self.entry(caller, action);
            (entry.host, entry.host_name) = (Some(before.id), Some(before.spec.name.clone()));
            entry.reason.clone_from(&reason);
            let put = match put(&before) {
                Ok(put) => put,
                Err(error) => {
                    entry.outcome = AuditOutcome::Refused;
                    self.append(&[entry]).await?;
                    return Err(error);
                }
            };
            let grant = grant.clone().into();
            let after = put.apply_to(&grant, Some(&before))?;
            entry.generation = put.generation();
            entry.detail = Some(told(&after));
            match self.put(&grant, &[(put, entry)]).await {
                Err(OrchestratorError::Store(StoreError::Conflict)) if tries + 1 < TRIES => {
                    tries += 1;
                }
                done => return done.map(|()| after),
            }
        }
    }

    /// What needs this key.
    ///
    /// # Errors
    /// [`OrchestratorError::Denied`] without the permissions to manage keys and to see all hosts.
    pub async fn key_use(&self, caller: &Caller, key: &Key) -> Result<KeyUse, OrchestratorError> {
        const ACTION: &str = "keys.retire";
        let grant = self.authorize_for_all::<ManageKeys>(caller, ACTION, None).await?;
        let see = self.authorize_for_all::<SeeHosts>(caller, ACTION, None).await?;
        let mut found = KeyUse::default();
        if key.purpose == Purpose::Master {
            found.sealed = self.is_sealed_with(&see, &grant, key.id).await?;
        }
        for host in self.list_all(&see, HostFilter::default()).await? {
            if needs(&host, key) {
                found.hosts.push(host.spec.name);
            }
        }
        found.sealed |= key.purpose == Purpose::Master && !found.hosts.is_empty();
        Ok(found)
    }

    /// Whether defaults, marks or attempts have secrets that are sealed with this master key.
    async fn is_sealed_with(
        &self,
        see: &Granted<SeeHosts>,
        grant: &Granted<ManageKeys>,
        key: KeyId,
    ) -> Result<bool, OrchestratorError> {
        let active = self.parts.keys.active(Purpose::Master).await?.id;
        // What is sealed with yet another key is left for the same remedy.
        if !self.parts.store.list_sealed_pins(grant, active).await?.is_empty() {
            return Ok(true);
        }
        let defaults = self.parts.store.list_defaults(see, None).await?;
        let mut values = defaults.iter().flat_map(|defaults| defaults.values.values());
        Ok(values.any(|value| value.sealed().is_some_and(|sealed| sealed.key() == key)))
    }
}

fn needs(host: &HostRecord, key: &Key) -> bool {
    match key.purpose {
        Purpose::Image => host.uses_image_key(key.id, key.imported),
        Purpose::Ticket => host.lease.open_attempt().is_some_and(|attempt| {
            // An attempt of release 0.1 does not tell its key.
            attempt.ticket_key().is_none_or(|of| of == key.id)
        }),
        Purpose::Master => {
            let mut values = host.spec.values.values();
            values.any(|value| value.sealed().is_some_and(|sealed| sealed.key() == key.id))
        }
        Purpose::AuditHead | Purpose::MediaSync | Purpose::Token => false,
    }
}

/// Which images count, for the audit.
fn told(host: &HostRecord) -> String {
    let key = host.image_key.map_or_else(|| "-".to_owned(), |key| key.to_string());
    let (now, least) = (host.image_generation.0, host.lease.min_image_generation.0);
    format!("image generation {now}, key {key}; the least is {least}")
}

/// The key of a newer image that was made without a database. An image that counts already, or one
/// of an earlier generation, is nothing new.
pub(super) fn enrolled(
    known: &HostRecord,
    input: &HostInput,
) -> Result<Option<KeyId>, OrchestratorError> {
    let generation = input.image_generation;
    let newer = |key: &KeyId| {
        generation > known.image_generation
            || (generation == known.image_generation
                && !known.accepts_image(generation, *key, true))
    };
    match input.image_key.filter(newer) {
        Some(_) if known.has_too_many_images() => Err(too_many_images(known)),
        key => Ok(key),
    }
}

pub(super) fn image_change(
    known: &HostRecord,
    generation: ImageGeneration,
    key: KeyId,
) -> FieldChange {
    let told = |generation: ImageGeneration, key: Option<KeyId>| {
        let key = key.map_or_else(|| "-".to_owned(), |key| key.to_string());
        Some(format!("generation {}, key {key}", generation.0))
    };
    let from = told(known.image_generation, known.image_key);
    FieldChange { field: "image".to_owned(), from, to: told(generation, Some(key)) }
}
