//! Whether hosts' boot images are up to date.

use super::{Caller, Orchestrator, OrchestratorError, image::Scripts};
use crate::{digest::Digest, lease::ImageBuild, stores::HostRecord};

/// Whether the last image of a host is up to date.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ImageState {
    /// None was built with this database.
    None,
    /// An image that was built now for the same servers would have the same script.
    Current(ImageBuild),
    /// It would have another script: the host, its image key, its installed loader, or a loader of
    /// the profiles was changed since.
    Outdated(ImageBuild),
    /// This cannot be said, because no image can be made now: the host's image key is not there,
    /// or a profile cannot be read.
    Unknown(ImageBuild),
}

impl Orchestrator {
    /// Whether the images of these hosts are up to date, in their order. Profiles and keys are
    /// read once for all of them.
    ///
    /// It compares scripts, and so everything that differs between hosts. It does not see that the
    /// files of iPXE were replaced, and it does not see which image a machine has: a boot event
    /// tells that ([`BootEvent::outdated_image`](crate::stores::BootEvent::outdated_image)).
    ///
    /// # Errors
    /// [`OrchestratorError::Denied`] without the permission to see hosts.
    pub async fn image_states(
        &self,
        caller: &Caller,
        hosts: &[HostRecord],
    ) -> Result<Vec<ImageState>, OrchestratorError> {
        let see = self.authorize(caller, "hosts.list").await?;
        if hosts.iter().all(|host| host.image.is_none()) {
            return Ok(vec![ImageState::None; hosts.len()]);
        }
        // Hosts can be looked at even if no image can be made.
        let mut scripts = Scripts::new(self, &see).await.ok();
        let mut states = Vec::with_capacity(hosts.len());
        for host in hosts {
            states.push(state(host, scripts.as_mut()).await);
        }
        Ok(states)
    }
}

async fn state(host: &HostRecord, scripts: Option<&mut Scripts<'_>>) -> ImageState {
    let Some(build) = host.image.clone() else { return ImageState::None };
    let Some(scripts) = scripts else { return ImageState::Unknown(build) };
    match scripts.script(host, &build.servers, build.medium).await {
        Ok(script) if Digest::of(&script.text) == build.script => ImageState::Current(build),
        Ok(_) => ImageState::Outdated(build),
        Err(_) => ImageState::Unknown(build),
    }
}
