//! Boot images.

use super::FirmwareView;
use crate::{
    firmware::FoundFirmware,
    service::images::{Enrolled, ImageRecipe, WrittenImages},
};
use ipxe_orch_core::{boot::ServerUrl, ids::KeyId};
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

fn shown(path: &Path) -> String {
    path.display().to_string()
}
