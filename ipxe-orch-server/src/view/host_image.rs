//! The last boot image of a host.

use super::Time;
use ipxe_orch_core::{
    boot::ServerUrl, digest::Digest, ids::ImageTag, image::Medium, orchestrator::ImageState,
    stores::ImageBuild,
};
use serde::Serialize;

/// The last image of a host.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct HostImageView {
    /// `none`, `current`, `outdated` (a new one would differ), or `unknown` (no image can be made
    /// now).
    pub state: &'static str,
    /// The build; none of a host whose image was made without a database, or not yet.
    #[serde(flatten)]
    pub build: Option<ImageBuildView>,
}

/// When an image was built, and of what.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct ImageBuildView {
    /// When it was built.
    pub built_at: Time,
    /// Digest of its script, as in the audit.
    pub digest: Digest,
    /// What the image shows of itself when it boots.
    pub tag: ImageTag,
    /// The servers that it asks, in this order.
    pub servers: Vec<ServerUrl>,
    /// What it is attached as.
    pub medium: Medium,
}

impl From<&ImageState> for HostImageView {
    fn from(state: &ImageState) -> Self {
        let (state, build) = match state {
            ImageState::Current(build) => ("current", Some(build)),
            ImageState::Outdated(build) => ("outdated", Some(build)),
            ImageState::Unknown(build) => ("unknown", Some(build)),
            _ => ("none", None),
        };
        Self { state, build: build.map(ImageBuildView::from) }
    }
}

impl From<&ImageBuild> for ImageBuildView {
    fn from(build: &ImageBuild) -> Self {
        Self {
            built_at: Time(build.at),
            digest: build.script,
            tag: build.tag,
            servers: build.servers.clone(),
            medium: build.medium,
        }
    }
}
