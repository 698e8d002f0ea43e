//! Images without a database: ids come from a file, or are made.

use super::{BuiltImage, ImageRecipe, ImagesError, WrittenImages, enrolment, write};
use crate::service::{ServiceError, work::blocking};
use ipxe_orch_backends::local::{read_key_file, write_new_key_file};
use ipxe_orch_core::{
    boot::{ImageIdentity, ImageScript, image_script},
    fleet::FleetHost,
    ids::{HostId, KeyId},
    keys::{Key, KeyProvider as _, KeyRing, Purpose},
    profile::{ProfileVersion, loaders},
    stores::StoreError,
    time::{Clock, Random},
};
use std::path::{Path, PathBuf};

/// Hosts of a file, their images and the key of these.
#[derive(Clone, Debug)]
pub struct EnrolHosts {
    /// The hosts; those of an earlier run have its ids.
    pub hosts: Vec<FleetHost>,
    /// The key file; made if it is not there.
    pub key: PathBuf,
    /// The folder of images and `enrolment.csv`; it is made if it is not there.
    pub folder: PathBuf,
    /// The profiles whose loaders the images look for.
    pub profiles: Vec<ProfileVersion>,
    /// Replace files that are no boot images, and an `enrolment.csv` of other hosts.
    pub force: bool,
}

/// How far a run is.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum EnrolStep {
    /// The key file was made, with this key.
    NewKey(KeyId),
    /// So many images are written, of so many.
    Written(usize, usize),
}

/// Images that were written without a database.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Enrolled {
    /// The images.
    pub written: WrittenImages,
    /// The rows with the ids that are in the images.
    pub enrolment: PathBuf,
    /// The key of new images.
    pub key: KeyId,
}

/// Writes images of hosts that no database has, and `enrolment.csv` beside them, by which a server
/// gets to know them. All are made before anything is written. There is nobody to ask and no audit:
/// the images count on a server once somebody who may imports their key and hosts there.
///
/// # Errors
/// [`ImagesError`] by [`ServiceError::Work`]: an image cannot be made, a key is missing, or a file
/// stands in the way or cannot be written.
pub async fn enrol(
    request: EnrolHosts,
    recipe: &ImageRecipe,
    clock: &dyn Clock,
    random: &dyn Random,
    mut told: impl FnMut(EnrolStep) + Send + 'static,
) -> Result<Enrolled, ServiceError<ImagesError>> {
    let EnrolHosts { mut hosts, key, folder, mut profiles, force } = request;
    // In the order in which a store lists them: an image is the same with a database and without.
    profiles.sort_by(|one, other| one.profile().name.cmp(&other.profile().name));
    let (ring, is_new) = ring(&key, clock, random).map_err(ServiceError::Work)?;
    let planning = Planning { ring: &ring, path: &key, profiles: &profiles, recipe };
    let active = planning.active().await.map_err(ServiceError::Work)?;
    let mut built = Vec::with_capacity(hosts.len());
    for host in &mut hosts {
        let id = host.id.unwrap_or_else(|| HostId::generate(clock.now(), random));
        built.push(planning.image(host, id, &active).await.map_err(ServiceError::Work)?);
    }
    let recipe = recipe.clone();
    blocking(move || {
        write::prepare(&folder, &built, &recipe, force)?;
        enrolment::check(&folder, &hosts, force)?;
        if is_new {
            write_new_key_file(&key, &ring)?;
            told(EnrolStep::NewKey(active.id));
        }
        // First the ids: without them the images would be of nobody.
        enrolment::write(&folder, &hosts)?;
        let mut progress = |done, total| told(EnrolStep::Written(done, total));
        write::write_all(&folder, &built, &recipe, &mut progress)?;
        let enrolment = enrolment::path(&folder);
        let written = WrittenImages::new(folder, &built, &recipe);
        Ok(Enrolled { written, enrolment, key: active.id })
    })
    .await
}

/// The keys of the file; new ones, not written yet, if there is no file.
fn ring(
    path: &Path,
    clock: &dyn Clock,
    random: &dyn Random,
) -> Result<(KeyRing, bool), ImagesError> {
    match read_key_file(path) {
        Ok(ring) => Ok((ring, false)),
        Err(error) if error.is_not_found() => {
            Ok((KeyRing::generate_image_key(clock.now(), random), true))
        }
        Err(error) => Err(error.into()),
    }
}

struct Planning<'a> {
    ring: &'a KeyRing,
    /// The ring's file, for messages.
    path: &'a Path,
    profiles: &'a [ProfileVersion],
    recipe: &'a ImageRecipe,
}

impl Planning<'_> {
    async fn active(&self) -> Result<Key, ImagesError> {
        match self.ring.active(Purpose::Image).await {
            Err(StoreError::NotFound) => Err(ImagesError::NoActiveKey(self.path.to_owned())),
            active => Ok(active?),
        }
    }

    /// The image of a host, whose row is completed with what is in it.
    async fn image(
        &self,
        host: &mut FleetHost,
        id: HostId,
        active: &Key,
    ) -> Result<BuiltImage, ImagesError> {
        let key = self.key_of(host, active).await?;
        let generation = host.generation.unwrap_or_default();
        (host.id, host.generation, host.key_id) = (Some(id), Some(generation), Some(key.id));
        let identity = &ImageIdentity::derive(&key, id, generation);
        let loaders = &loaders(self.profiles, &host.spec, None);
        let ImageRecipe { servers, medium, .. } = self.recipe;
        let (servers, medium) = (servers.as_slice(), *medium);
        let image = ImageScript { identity, host: &host.spec, servers, loaders, medium };
        let wrong = |source| ImagesError::Script { host: host.spec.name.clone(), source };
        self.recipe.build(&host.spec, image_script(&image).map_err(wrong)?)
    }

    /// The key of the host's earlier image, else the active one.
    async fn key_of(&self, host: &FleetHost, active: &Key) -> Result<Key, ImagesError> {
        let Some(key) = host.key_id else { return Ok(active.clone()) };
        let found = self.ring.lookup(Purpose::Image, key).await?;
        let (host, path) = (host.spec.name.clone(), self.path.to_owned());
        found.ok_or(ImagesError::NoKey { host, key, path })
    }
}
