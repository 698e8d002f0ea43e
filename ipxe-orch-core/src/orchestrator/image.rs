//! The script of a host's boot image.

use super::{Caller, Orchestrator, OrchestratorError};
use crate::{
    auth::{BuildImages, Granted, SeeHosts},
    boot::{BuiltScript, ImageIdentity, ImageScript, ServerUrl, image_script},
    digest::Digest,
    host::LoaderPath,
    image::Medium,
    keys::Purpose,
    profile::ProfileVersion,
    stores::{HostKey, HostRecord, StoreError},
};

impl Orchestrator {
    /// The script for the image of `host`, which asks `servers` in turn and is attached as
    /// `medium`. It holds the host's boot secret: whoever has the image can boot as the host.
    ///
    /// # Errors
    /// [`OrchestratorError::Image`] for too few or too many servers, [`OrchestratorError::Store`]
    /// if the host's image key is gone.
    pub async fn image_script(
        &self,
        caller: &Caller,
        host: &HostKey,
        servers: &[ServerUrl],
        medium: Medium,
    ) -> Result<(HostRecord, BuiltScript), OrchestratorError> {
        let resource = Some(host.resource());
        let grant = self.authorize_for::<BuildImages>(caller, "image.build", resource).await?;
        let see = grant.see();
        let host = self.known(&see, host).await?;
        let keys = &self.parts.keys;
        let key = match host.image_key {
            None => keys.active(Purpose::Image).await?,
            Some(id) => {
                let known = keys.lookup(Purpose::Image, id).await?;
                let name = &host.spec.name;
                let text = format!("host {name} needs the image key {id}: import its key file");
                known.ok_or(OrchestratorError::Invalid(text))?
            }
        };
        let identity = ImageIdentity::derive(&key, host.id, host.image_generation);
        let loaders = self.loaders(&see, &host).await?;
        let (identity, loaders) = (&identity, &loaders);
        let image = ImageScript { identity, host: &host.spec, servers, loaders, medium };
        let script = image_script(&image)?;
        let mut entry = self.entry(caller, "image.build");
        entry.host = Some(host.id);
        entry.host_name = Some(host.spec.name.clone());
        entry.digest = Some(Digest::of(&script.text));
        self.append(&[entry]).await?;
        Ok((host, script))
    }

    /// The loaders of all profiles, the host's own first.
    async fn loaders(
        &self,
        see: &Granted<SeeHosts>,
        host: &HostRecord,
    ) -> Result<Vec<LoaderPath>, StoreError> {
        let profiles = self.parts.store.list_profiles(see).await?;
        let own = |name| host.spec.profile.as_ref() == Some(name);
        let (mut first, rest): (Vec<_>, Vec<_>) =
            profiles.iter().map(ProfileVersion::profile).partition(|profile| own(&profile.name));
        first.extend(rest);
        Ok(first.into_iter().filter_map(|profile| profile.loader.clone()).collect())
    }
}
