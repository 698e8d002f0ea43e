//! Boot images.

mod enrol;
mod enrolment;
mod error;
mod files;
mod recipe;
mod write;

pub use enrol::{EnrolHosts, EnrolStep, Enrolled, enrol};
pub use error::ImagesError;
pub use recipe::{ImageRecipe, RecipeError, WantedImages};
pub use write::{WriteImage, WriteImages, WrittenImages};

use super::{ServiceError, work::blocking};
use crate::firmware::FoundFirmware;
use ipxe_orch_core::{
    auth::BuildImages,
    boot::{BuiltScript, Warning},
    host::HostSpec,
    image::{Image, ImageError},
    names::HostName,
    orchestrator::{Caller, Orchestrator},
    stores::{HostFilter, HostKey, HostRecord},
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
    /// Of which host.
    pub host: HostName,
    /// The image.
    pub image: Image,
    /// How many NICs it tries.
    pub nics: usize,
    /// What will keep the host from reaching a server.
    pub warnings: Vec<Warning>,
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

    /// The image of one host.
    ///
    /// # Errors
    /// [`ServiceError`]: denied, there is no such host, or no image can be made.
    pub async fn build_one(
        &self,
        caller: &Caller,
        host: &HostKey,
        recipe: &ImageRecipe,
    ) -> Result<BuiltImage> {
        let (servers, medium) = (&recipe.servers, recipe.medium);
        let (host, script) = self.orchestrator.image_script(caller, host, servers, medium).await?;
        recipe.build(&host.spec, script).map_err(ServiceError::Work)
    }

    /// The images of all hosts that `filter` wants, in the order of their names.
    ///
    /// # Errors
    /// [`ServiceError`]: denied, there is no such host, or an image cannot be made.
    pub async fn build_all(
        &self,
        caller: &Caller,
        filter: &HostFilter,
        recipe: &ImageRecipe,
    ) -> Result<Vec<BuiltImage>> {
        let (servers, medium) = (&recipe.servers, recipe.medium);
        let scripts = self.orchestrator.image_scripts(caller, filter, servers, medium).await?;
        if scripts.is_empty() {
            return Err(ServiceError::Work(ImagesError::NoHosts));
        }
        let build = |(host, script): (HostRecord, _)| recipe.build(&host.spec, script);
        scripts
            .into_iter()
            .map(build)
            .collect::<std::result::Result<_, _>>()
            .map_err(ServiceError::Work)
    }
}

impl ImageRecipe {
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
        Ok(BuiltImage { host: host.name.clone(), image, nics, warnings })
    }
}
