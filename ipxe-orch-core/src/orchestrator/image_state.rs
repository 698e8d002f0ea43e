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
    /// It would have another script: the host, its image key, or a loader of the profiles was
    /// changed since. It also stands for an image that cannot be built again.
    Outdated(ImageBuild),
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
        let mut scripts = Scripts::new(self, &see).await?;
        let mut states = Vec::with_capacity(hosts.len());
        for host in hosts {
            states.push(match host.image.clone() {
                None => ImageState::None,
                Some(build) if scripts.same(host, &build).await => ImageState::Current(build),
                Some(build) => ImageState::Outdated(build),
            });
        }
        Ok(states)
    }
}

impl Scripts<'_> {
    async fn same(&mut self, host: &HostRecord, build: &ImageBuild) -> bool {
        let script = self.script(host, &build.servers, build.medium).await;
        script.is_ok_and(|script| Digest::of(&script.text) == build.script)
    }
}
