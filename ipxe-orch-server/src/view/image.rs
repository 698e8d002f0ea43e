//! Boot images.

use super::{FirmwareView, Time};
use crate::{
    firmware::FoundFirmware,
    service::images::{Enrolled, ImageRecipe, WrittenImages},
};
use ipxe_orch_core::{
    boot::ServerUrl,
    digest::Digest,
    ids::{ImageTag, KeyId},
    image::Medium,
    orchestrator::ImageState,
    stores::ImageBuild,
};
use serde::Serialize;
use std::path::Path;

/// Images that were written.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct ImageRunView {
    /// Where they are.
    #[serde(flatten)]
    pub files: ImageFilesView,
    /// Length of each.
    pub bytes: u64,
    /// The servers that they ask, in this order.
    pub servers: Vec<ServerUrl>,
    /// What they are made of.
    pub firmware: FirmwareView,
    /// How long a machine waits at most for links.
    pub wait_for_links_seconds: f64,
    /// When a machine boots its own disk at the latest, after link-up, if no server answers.
    pub local_disk_after_seconds: f64,
    /// What will keep hosts from reaching a server.
    pub warnings: Vec<String>,
}

/// Where images are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
#[non_exhaustive]
pub enum ImageFilesView {
    /// One image.
    File {
        /// Its file.
        file: String,
    },
    /// Images of hosts that a database has.
    Registered {
        /// Their folder.
        folder: String,
        /// How many.
        images: usize,
    },
    /// Images of hosts that no database has.
    Enrolled {
        /// The rows with the ids that are in the images.
        enrolment: String,
        /// Their folder.
        folder: String,
        /// How many.
        images: usize,
        /// The key of new images.
        key: KeyId,
    },
}

impl ImageRunView {
    /// One image was written.
    pub fn one(written: &WrittenImages, recipe: &ImageRecipe, found: &FoundFirmware) -> Self {
        Self::new(ImageFilesView::File { file: shown(&written.to) }, written, recipe, found)
    }

    /// Images of registered hosts were written.
    pub fn all(written: &WrittenImages, recipe: &ImageRecipe, found: &FoundFirmware) -> Self {
        let (folder, images) = (shown(&written.to), written.images);
        Self::new(ImageFilesView::Registered { folder, images }, written, recipe, found)
    }

    /// Images were written without a database.
    pub fn enrolled(enrolled: &Enrolled, recipe: &ImageRecipe, found: &FoundFirmware) -> Self {
        let Enrolled { written, enrolment, key } = enrolled;
        let files = ImageFilesView::Enrolled {
            enrolment: shown(enrolment),
            folder: shown(&written.to),
            images: written.images,
            key: *key,
        };
        Self::new(files, written, recipe, found)
    }

    fn new(
        files: ImageFilesView,
        written: &WrittenImages,
        recipe: &ImageRecipe,
        found: &FoundFirmware,
    ) -> Self {
        Self {
            files,
            bytes: written.bytes,
            servers: recipe.servers.clone(),
            firmware: found.into(),
            wait_for_links_seconds: written.timing.worst_link_wait().as_secs_f64(),
            local_disk_after_seconds: written.timing.worst_case().as_secs_f64(),
            warnings: written.warnings.clone(),
        }
    }
}

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

fn shown(path: &Path) -> String {
    path.display().to_string()
}
