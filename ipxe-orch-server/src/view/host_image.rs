//! The last boot image of a host.

use super::Time;
use ipxe_orch_core::{
    boot::ServerUrl,
    digest::Digest,
    ids::{ImageGeneration, ImageTag, KeyId},
    image::Medium,
    names::HostName,
    orchestrator::ImageState,
    stores::{EarlierImage, HostRecord, ImageBuild},
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

/// Which images of a host count.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct ImageGenerationView {
    /// The host.
    pub name: HostName,
    /// The generation of its newest image.
    pub image_generation: ImageGeneration,
    /// Images of earlier generations are refused.
    pub min_image_generation: ImageGeneration,
    /// The key of its newest image.
    pub image_key: Option<KeyId>,
    /// Earlier images that still count.
    pub earlier_images: Vec<EarlierImage>,
}

impl From<&HostRecord> for ImageGenerationView {
    fn from(host: &HostRecord) -> Self {
        Self {
            name: host.spec.name.clone(),
            image_generation: host.image_generation,
            min_image_generation: host.lease.min_image_generation,
            image_key: host.image_key,
            earlier_images: host.earlier_images.clone(),
        }
    }
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
