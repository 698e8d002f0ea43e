//! Boot images.

mod enrol;
mod enrolment;
mod error;
mod files;
mod recipe;
mod write;

pub use enrol::{EnrolHosts, EnrolStep, Enrolled, enrol};
pub use error::ImagesError;
pub use recipe::{ImageRecipe, RecipeError, RecipeWarning, WantedImages};
pub use write::{WriteImage, WriteImages, WrittenImages};

use super::{ServiceError, work::blocking};
use crate::firmware::FoundFirmware;
use ipxe_orch_core::{
    auth::BuildImages,
    boot::{BuiltScript, Warning},
    host::HostSpec,
    ids::HostId,
    image::{Image, ImageError},
    names::HostName,
    orchestrator::{Caller, HostImage, Orchestrator, WhichImages},
    stores::{HostFilter, HostKey, HostRecord, ImageBuild},
};
use std::sync::Arc;

/// Makes boot images of registered hosts. An image holds its host's boot secret: whoever has it
/// can boot as the host.
#[derive(Clone)]
pub struct ImageService {
    orchestrator: Arc<Orchestrator>,
}

/// The boot image of a host, in memory: what it shares with others is there once.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct BuiltImage {
    /// The host that it belongs to.
    pub host: HostName,
    /// The image.
    pub image: Image,
    /// How many NICs it tries.
    pub nics: usize,
    /// What will keep the host from reaching a server.
    pub warnings: Vec<Warning>,
    /// What is recorded of it; nothing of an image that is made without a database.
    record: Option<(HostId, ImageBuild)>,
}

type Result<T> = std::result::Result<T, ServiceError<ImagesError>>;

impl ImageService {
    /// For the hosts of `orchestrator`.
    pub const fn new(orchestrator: Arc<Orchestrator>) -> Self {
        Self { orchestrator }
    }

    /// Finds the firmware for the wanted images and encodes it. Also returns what was found.
    ///
    /// # Errors
    /// [`ServiceError`]: denied, before anything is looked for; or a file is missing.
    pub async fn find(
        &self,
        caller: &Caller,
        wanted: WantedImages,
    ) -> std::result::Result<(ImageRecipe, FoundFirmware), ServiceError<RecipeError>> {
        self.orchestrator.authorize::<BuildImages>(caller, "image.build").await?;
        blocking(move || ImageRecipe::find(wanted)).await
    }

    /// The image of one host, and records it as the host's last one.
    ///
    /// # Errors
    /// [`ServiceError`]: denied, there is no such host, or no image can be made.
    pub async fn build_one(
        &self,
        caller: &Caller,
        host: &HostKey,
        recipe: &ImageRecipe,
    ) -> Result<BuiltImage> {
        let built = self.make_one(caller, host, recipe).await?;
        self.record(caller, recorded(std::slice::from_ref(&built))).await?;
        Ok(built)
    }

    /// The images of all hosts that `filter` and `which` want, in the order of their names, and
    /// records each as its host's last one.
    ///
    /// # Errors
    /// [`ServiceError`]: denied, there is no such host, or an image cannot be made.
    pub async fn build_all(
        &self,
        caller: &Caller,
        filter: &HostFilter,
        which: WhichImages,
        recipe: &ImageRecipe,
    ) -> Result<Vec<BuiltImage>> {
        let built = self.make_all(caller, filter, which, recipe).await?;
        self.record(caller, recorded(&built)).await?;
        Ok(built)
    }

    /// Gives a host's image the next generation; earlier images still count.
    ///
    /// # Errors
    /// [`ServiceError`]: denied, there is no such host, or too many earlier images count.
    pub async fn rotate(
        &self,
        caller: &Caller,
        host: &HostKey,
        reason: Option<String>,
    ) -> std::result::Result<HostRecord, ServiceError> {
        Ok(self.orchestrator.rotate_image(caller, host, reason).await?)
    }

    /// Refuses a host's earlier images from now on.
    ///
    /// # Errors
    /// [`ServiceError`]: denied, there is no such host, or no earlier image counts.
    pub async fn revoke(
        &self,
        caller: &Caller,
        host: &HostKey,
        reason: Option<String>,
    ) -> std::result::Result<HostRecord, ServiceError> {
        Ok(self.orchestrator.revoke_images(caller, host, reason).await?)
    }

    async fn make_one(
        &self,
        caller: &Caller,
        host: &HostKey,
        recipe: &ImageRecipe,
    ) -> Result<BuiltImage> {
        let (servers, medium) = (&recipe.servers, recipe.medium);
        let image = self.orchestrator.image_script(caller, host, servers, medium).await?;
        recipe.build_registered(image).map_err(ServiceError::Work)
    }

    async fn make_all(
        &self,
        caller: &Caller,
        filter: &HostFilter,
        which: WhichImages,
        recipe: &ImageRecipe,
    ) -> Result<Vec<BuiltImage>> {
        let (servers, medium) = (&recipe.servers, recipe.medium);
        let orchestrator = &self.orchestrator;
        let images = orchestrator.image_scripts(caller, filter, which, servers, medium).await?;
        if images.is_empty() && which == WhichImages::All {
            return Err(ServiceError::Work(ImagesError::NoHosts));
        }
        let built = images.into_iter().map(|image| recipe.build_registered(image));
        built.collect::<std::result::Result<_, _>>().map_err(ServiceError::Work)
    }

    /// Comes last: an image that could not be written stays outdated.
    async fn record(&self, caller: &Caller, images: Vec<(HostId, ImageBuild)>) -> Result<()> {
        Ok(self.orchestrator.record_images(caller, &images).await?)
    }
}

/// What is recorded of these images.
fn recorded(built: &[BuiltImage]) -> Vec<(HostId, ImageBuild)> {
    built.iter().filter_map(|built| built.record.clone()).collect()
}

impl ImageRecipe {
    fn build_registered(&self, image: HostImage) -> std::result::Result<BuiltImage, ImagesError> {
        let record = Some((image.host.id, image.build));
        Ok(BuiltImage { record, ..self.build(&image.host.spec, image.script)? })
    }

    /// Joins what all images share with the script of a host.
    fn build(
        &self,
        host: &HostSpec,
        script: BuiltScript,
    ) -> std::result::Result<BuiltImage, ImagesError> {
        let image = self.builder.build(&script.text).map_err(|source| {
            let remedy = match source {
                ImageError::ScriptTooLarge { .. } => {
                    "; it lists the loaders of all profiles: remove profiles, or shorten their \
                     loaders"
                }
                _ => "",
            };
            ImagesError::Image { host: host.name.clone(), source, remedy }
        })?;
        let (nics, warnings) = (host.nics.len(), script.warnings);
        Ok(BuiltImage { host: host.name.clone(), image, nics, warnings, record: None })
    }
}
