//! The scripts of hosts' boot images.

use super::{Caller, Orchestrator, OrchestratorError};
use crate::{
    audit::AuditEntry,
    auth::{BuildImages, Granted, SeeHosts},
    boot::{BuiltScript, ImageIdentity, ImageScript, ServerUrl, image_script},
    digest::Digest,
    ids::KeyId,
    image::Medium,
    keys::{Key, Purpose},
    profile::{ProfileVersion, loaders},
    stores::{HostFilter, HostKey, HostRecord, StoreError},
};
use std::collections::HashMap;

const ACTION: &str = "image.build";

impl Orchestrator {
    /// The script for the image of `host`. The image asks `servers` in turn, and is attached as
    /// `medium`. The script contains the host's boot secret: everybody who has the image can boot
    /// as the host.
    ///
    /// # Errors
    /// [`OrchestratorError::Image`] for too few or too many servers;
    /// [`OrchestratorError::NoImageKey`] and [`OrchestratorError::Invalid`] if the host's image
    /// key is not there.
    pub async fn image_script(
        &self,
        caller: &Caller,
        host: &HostKey,
        servers: &[ServerUrl],
        medium: Medium,
    ) -> Result<(HostRecord, BuiltScript), OrchestratorError> {
        let resource = Some(host.resource());
        let see = self.authorize_for::<BuildImages>(caller, ACTION, resource).await?.see();
        let host = self.known(&see, host).await?;
        let mut shared = Shared::new(self, &see, servers, medium).await?;
        let script = shared.script(&host).await?;
        self.append(&[self.image_entry(caller, &host, &script)]).await?;
        Ok((host, script))
    }

    /// The scripts for the images of all hosts that `filter` wants, in the order of their names.
    /// Profiles and keys are read once for all of them, and one commit appends an audit entry for
    /// each.
    ///
    /// # Errors
    /// The errors of [`Self::image_script`], for the first host that has one. Then there are no
    /// scripts and no entries.
    pub async fn image_scripts(
        &self,
        caller: &Caller,
        filter: &HostFilter,
        servers: &[ServerUrl],
        medium: Medium,
    ) -> Result<Vec<(HostRecord, BuiltScript)>, OrchestratorError> {
        let see = self.authorize::<BuildImages>(caller, ACTION).await?.see();
        let mut shared = Shared::new(self, &see, servers, medium).await?;
        let mut built = Vec::new();
        for host in self.list_all(&see, filter.clone()).await? {
            let script = shared.script(&host).await?;
            built.push((host, script));
        }
        let entry = |(host, script): &(_, _)| self.image_entry(caller, host, script);
        let entries: Vec<_> = built.iter().map(entry).collect();
        self.append(&entries).await?;
        Ok(built)
    }

    fn image_entry(&self, caller: &Caller, host: &HostRecord, script: &BuiltScript) -> AuditEntry {
        let mut entry = self.entry(caller, ACTION);
        entry.host = Some(host.id);
        entry.host_name = Some(host.spec.name.clone());
        entry.digest = Some(Digest::of(&script.text));
        entry
    }
}

/// What the images of a run have in common.
struct Shared<'a> {
    orchestrator: &'a Orchestrator,
    servers: &'a [ServerUrl],
    medium: Medium,
    profiles: Vec<ProfileVersion>,
    /// By their ids; the active one without.
    keys: HashMap<Option<KeyId>, Key>,
}

impl<'a> Shared<'a> {
    async fn new(
        orchestrator: &'a Orchestrator,
        see: &Granted<SeeHosts>,
        servers: &'a [ServerUrl],
        medium: Medium,
    ) -> Result<Self, StoreError> {
        let profiles = orchestrator.parts.store.list_profiles(see).await?;
        Ok(Self { orchestrator, servers, medium, profiles, keys: HashMap::new() })
    }

    async fn script(&mut self, host: &HostRecord) -> Result<BuiltScript, OrchestratorError> {
        let key = match self.keys.get(&host.image_key) {
            Some(key) => key.clone(),
            None => self.key(host).await?,
        };
        let identity = &ImageIdentity::derive(&key, host.id, host.image_generation);
        let loaders = &loaders(&self.profiles, host.spec.profile.as_ref());
        let (servers, medium) = (self.servers, self.medium);
        let image = ImageScript { identity, host: &host.spec, servers, loaders, medium };
        Ok(image_script(&image)?)
    }

    /// The key of the host's image, for this host and those that come.
    async fn key(&mut self, host: &HostRecord) -> Result<Key, OrchestratorError> {
        let keys = &self.orchestrator.parts.keys;
        let key = match host.image_key {
            None => match keys.active(Purpose::Image).await {
                Err(StoreError::NotFound) => return Err(OrchestratorError::NoImageKey),
                active => active?,
            },
            Some(id) => {
                let known = keys.lookup(Purpose::Image, id).await?;
                let name = &host.spec.name;
                let text = format!("host {name} needs the image key {id}: import its key file");
                known.ok_or(OrchestratorError::Invalid(text))?
            }
        };
        self.keys.insert(host.image_key, key.clone());
        Ok(key)
    }
}
