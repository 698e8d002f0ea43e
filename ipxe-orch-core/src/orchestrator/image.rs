//! The scripts of hosts' boot images.

use super::{Caller, Orchestrator, OrchestratorError};
use crate::{
    audit::AuditEntry,
    auth::{BuildImages, Granted, SeeHosts},
    boot::{BuiltScript, ImageIdentity, ImageScript, ServerUrl, image_script},
    digest::Digest,
    ids::{HostId, KeyId},
    image::Medium,
    keys::{Key, Purpose},
    lease::ImageBuild,
    profile::{ProfileVersion, loaders},
    stores::{HostFilter, HostKey, HostRecord, StoreError},
};
use std::collections::HashMap;

const ACTION: &str = "image.build";

/// The image of a host, as far as it is not bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct HostImage {
    /// Whose image it is.
    pub host: HostRecord,
    /// Its script. It holds the host's boot secret: whoever has the image can boot as the host.
    pub script: BuiltScript,
    /// What [`Orchestrator::record_images`] keeps once the image is where it belongs.
    pub build: ImageBuild,
}

/// Of which hosts a run makes images.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum WhichImages {
    /// Of all that the filter wants.
    #[default]
    All,
    /// Of those among them that have no image yet, and of those whose image would become another
    /// one: after a change of the host, of a profile's loaders, of the loader that the host's last
    /// install has named, or of the servers.
    Outdated,
}

impl Orchestrator {
    /// The script for the image of `host`. The image asks `servers` in turn, and is attached as
    /// `medium`.
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
    ) -> Result<HostImage, OrchestratorError> {
        let resource = Some(host.resource());
        let see = self.authorize_for::<BuildImages>(caller, ACTION, resource).await?.see();
        let host = self.known(&see, host).await?;
        let image = Scripts::new(self, &see).await?.image(host, servers, medium).await?;
        self.append(&[self.image_entry(caller, &image)]).await?;
        Ok(image)
    }

    /// The scripts for the images of the hosts that `filter` and `which` want, in the order of
    /// their names. Profiles and keys are read once for all of them, and one commit appends an
    /// audit entry for each.
    ///
    /// # Errors
    /// The errors of [`Self::image_script`], for the first host that has one. Then there are no
    /// scripts and no entries.
    pub async fn image_scripts(
        &self,
        caller: &Caller,
        filter: &HostFilter,
        which: WhichImages,
        servers: &[ServerUrl],
        medium: Medium,
    ) -> Result<Vec<HostImage>, OrchestratorError> {
        let see = self.authorize::<BuildImages>(caller, ACTION).await?.see();
        let mut scripts = Scripts::new(self, &see).await?;
        let mut images = Vec::new();
        for host in self.list_all(&see, filter.clone()).await? {
            let image = scripts.image(host, servers, medium).await?;
            if which == WhichImages::All || !image.is_recorded() {
                images.push(image);
            }
        }
        let entries: Vec<_> = images.iter().map(|image| self.image_entry(caller, image)).collect();
        self.append(&entries).await?;
        Ok(images)
    }

    /// Records that these images were built and are where they belong. It is called last: an image
    /// that could not be written stays outdated.
    ///
    /// # Errors
    /// [`OrchestratorError::Denied`] without the permission to build images. A host outside of it,
    /// or one that was removed meanwhile, is left out.
    pub async fn record_images(
        &self,
        caller: &Caller,
        images: &[(HostId, ImageBuild)],
    ) -> Result<(), OrchestratorError> {
        let grant = self.authorize::<BuildImages>(caller, ACTION).await?;
        let store = &self.parts.store;
        match store.record_images(&grant, self.epoch().await?, images).await {
            Err(StoreError::Conflict) => {
                self.forget_epoch();
                Ok(store.record_images(&grant, self.epoch().await?, images).await?)
            }
            done => Ok(done?),
        }
    }

    fn image_entry(&self, caller: &Caller, image: &HostImage) -> AuditEntry {
        let mut entry = self.entry(caller, ACTION);
        entry.host = Some(image.host.id);
        entry.host_name = Some(image.host.spec.name.clone());
        entry.digest = Some(image.build.script);
        entry
    }
}

impl HostImage {
    /// Whether the host's last image is the same.
    fn is_recorded(&self) -> bool {
        self.host.image.as_ref().is_some_and(|last| last.script == self.build.script)
    }
}

/// Makes scripts; what they have in common is read once.
pub(super) struct Scripts<'a> {
    orchestrator: &'a Orchestrator,
    profiles: Vec<ProfileVersion>,
    /// By the key that the host has.
    keys: HashMap<Option<KeyId>, Key>,
}

impl<'a> Scripts<'a> {
    pub(super) async fn new(
        orchestrator: &'a Orchestrator,
        see: &Granted<SeeHosts>,
    ) -> Result<Self, StoreError> {
        let profiles = orchestrator.parts.store.list_profiles(see).await?;
        Ok(Self { orchestrator, profiles, keys: HashMap::new() })
    }

    async fn image(
        &mut self,
        host: HostRecord,
        servers: &[ServerUrl],
        medium: Medium,
    ) -> Result<HostImage, OrchestratorError> {
        let key = self.key_of(&host).await?.id;
        // Its key will be recorded, and no earlier image is forgotten for that.
        if host.image_key != Some(key) && host.has_too_many_images() {
            return Err(too_many_images(&host));
        }
        let script = self.script(&host, servers, medium).await?;
        let build = ImageBuild {
            at: self.orchestrator.parts.clock.now(),
            script: Digest::of(&script.text),
            tag: script.tag,
            servers: servers.to_vec(),
            medium,
            generation: host.image_generation,
            key: Some(key),
        };
        Ok(HostImage { host, script, build })
    }

    pub(super) async fn script(
        &mut self,
        host: &HostRecord,
        servers: &[ServerUrl],
        medium: Medium,
    ) -> Result<BuiltScript, OrchestratorError> {
        let key = self.key_of(host).await?;
        let identity = &ImageIdentity::derive(&key, host.id, host.image_generation);
        let loaders = &loaders(&self.profiles, &host.spec, host.lease.loader.as_ref());
        let image = ImageScript { identity, host: &host.spec, servers, loaders, medium };
        Ok(image_script(&image)?)
    }

    /// The key of the host's image, read once for all hosts with the same.
    async fn key_of(&mut self, host: &HostRecord) -> Result<Key, OrchestratorError> {
        if let Some(key) = self.keys.get(&host.image_key) {
            return Ok(key.clone());
        }
        let key = self.read_key(host).await?;
        self.keys.insert(host.image_key, key.clone());
        Ok(key)
    }

    /// An image that was made without a database keeps its key, so that it can be made again. All
    /// others are made with the active key.
    async fn read_key(&self, host: &HostRecord) -> Result<Key, OrchestratorError> {
        let keys = &self.orchestrator.parts.keys;
        if let Some(id) = host.image_key {
            match keys.lookup(Purpose::Image, id).await? {
                Some(key) if key.imported => return Ok(key),
                None if !keys.is_retired(id).await? => {
                    let name = &host.spec.name;
                    let text = format!("host {name} needs the image key {id}: import its key file");
                    return Err(OrchestratorError::Invalid(text));
                }
                _ => {}
            }
        }
        match keys.active(Purpose::Image).await {
            Err(StoreError::NotFound) => Err(OrchestratorError::NoImageKey),
            active => Ok(active?),
        }
    }
}

/// No earlier image is forgotten in silence.
pub(super) fn too_many_images(host: &HostRecord) -> OrchestratorError {
    let (name, count) = (&host.spec.name, HostRecord::MAX_EARLIER_IMAGES);
    OrchestratorError::Refused(format!(
        "host {name} has images of {count} earlier generations or keys that count: revoke its \
         earlier images first"
    ))
}
