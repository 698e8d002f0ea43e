//! Images are written to files.

use super::{BuiltImage, ImageRecipe, ImageService, ImagesError, Result, files, recorded};
use crate::service::work::blocking;
use ipxe_orch_core::{
    boot::Timing,
    orchestrator::{Caller, WhichImages},
    stores::{HostFilter, HostKey},
};
use std::path::{Path, PathBuf};

/// The image of one host, and its file.
#[derive(Clone, Debug)]
pub struct WriteImage {
    /// The host.
    pub host: HostKey,
    /// The file, or a folder for it.
    pub to: PathBuf,
    /// Replace a file that is no boot image.
    pub force: bool,
}

/// The images of many hosts, and their folder.
#[derive(Clone, Debug)]
pub struct WriteImages {
    /// The hosts.
    pub filter: HostFilter,
    /// Of all of them, or of those whose image is outdated.
    pub which: WhichImages,
    /// The folder; it is made if it is not there.
    pub folder: PathBuf,
    /// Replace files that are no boot images.
    pub force: bool,
}

/// Images that were written.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct WrittenImages {
    /// The file of the only image, or the folder of several.
    pub to: PathBuf,
    /// How many.
    pub images: usize,
    /// Length of each.
    pub bytes: u64,
    /// How long the host with most NICs waits at most.
    pub timing: Timing,
    /// What will keep all machines from a server, and then what will keep some hosts from it, each
    /// with the host's name.
    pub warnings: Vec<String>,
}

impl ImageService {
    /// Writes the image of one host, for its owner alone. A boot image that is there is replaced.
    ///
    /// # Errors
    /// [`ServiceError`](super::ServiceError): denied, no image can be made, or another file is
    /// there.
    pub async fn write_one(
        &self,
        caller: &Caller,
        request: WriteImage,
        recipe: &ImageRecipe,
    ) -> Result<WrittenImages> {
        let WriteImage { host, to, force } = request;
        let built = self.make_one(caller, &host, recipe).await?;
        let (recipe, record) = (recipe.clone(), recorded(std::slice::from_ref(&built)));
        let written = blocking(move || {
            let target = if to.is_dir() { to.join(recipe.file_name(&built.host)) } else { to };
            files::check(&target, force)?;
            files::write(&target, &built.image)?;
            Ok(WrittenImages::new(target, &[built], &recipe))
        });
        let written = written.await?;
        self.record(caller, record).await?;
        Ok(written)
    }

    /// Writes the images of all hosts that are wanted, each for its owner alone; all are made and
    /// all files looked at before the first is written. `progress` is told how many are written,
    /// and of how many.
    ///
    /// # Errors
    /// [`ServiceError`](super::ServiceError): denied, an image cannot be made, another file is
    /// there, or a file cannot be written.
    pub async fn write_all(
        &self,
        caller: &Caller,
        request: WriteImages,
        recipe: &ImageRecipe,
        mut progress: impl FnMut(usize, usize) + Send + 'static,
    ) -> Result<WrittenImages> {
        let WriteImages { filter, which, folder, force } = request;
        let built = self.make_all(caller, &filter, which, recipe).await?;
        let (recipe, record) = (recipe.clone(), recorded(&built));
        let written = blocking(move || {
            prepare(&folder, &built, &recipe, force)?;
            write_all(&folder, &built, &recipe, &mut progress)?;
            Ok(WrittenImages::new(folder, &built, &recipe))
        });
        let written = written.await?;
        self.record(caller, record).await?;
        Ok(written)
    }
}

impl WrittenImages {
    pub(super) fn new(to: PathBuf, built: &[BuiltImage], recipe: &ImageRecipe) -> Self {
        let of_hosts = built.iter().flat_map(|built| {
            built.warnings.iter().map(|warning| format!("host {}: {warning}", built.host))
        });
        let of_all = recipe.warnings.iter().map(ToString::to_string);
        Self {
            to,
            images: built.len(),
            bytes: built.first().map_or(0, |built| built.image.len()),
            timing: recipe.timing(built.iter().map(|built| built.nics).max().unwrap_or(1)),
            warnings: of_all.chain(of_hosts).collect(),
        }
    }
}

/// Makes the folder, and looks whether all images may be written.
pub(super) fn prepare(
    folder: &Path,
    built: &[BuiltImage],
    recipe: &ImageRecipe,
    force: bool,
) -> std::result::Result<(), ImagesError> {
    files::make(folder)?;
    let check =
        |built: &BuiltImage| files::check(&folder.join(recipe.file_name(&built.host)), force);
    built.iter().try_for_each(check)
}

pub(super) fn write_all(
    folder: &Path,
    built: &[BuiltImage],
    recipe: &ImageRecipe,
    progress: &mut dyn FnMut(usize, usize),
) -> std::result::Result<(), ImagesError> {
    for (index, one) in built.iter().enumerate() {
        progress(index, built.len());
        files::write(&folder.join(recipe.file_name(&one.host)), &one.image)?;
    }
    progress(built.len(), built.len());
    Ok(())
}
