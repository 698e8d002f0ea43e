//! What all images of a run share: firmware, encoded once, and the servers.

use crate::firmware::{FirmwareError, FoundFirmware, Part, Skipped, Source, find};
use ipxe_orch_core::{
    boot::{ServerUrl, Timing},
    image::{ImageBuilder, ImageError, Layout, Medium},
};
use std::{
    fmt,
    path::{Path, PathBuf},
    sync::Arc,
};

/// Of what images are made, and whom they ask.
#[derive(Clone)]
pub struct ImageRecipe {
    /// Makes the image of a script.
    pub builder: Arc<dyn ImageBuilder>,
    /// What the images are attached as: `builder` makes images of this medium.
    pub medium: Medium,
    /// The servers that they ask, in this order.
    pub servers: Vec<ServerUrl>,
    /// What will keep all machines from one of these servers.
    pub warnings: Vec<RecipeWarning>,
}

/// What will probably keep all machines from a server. The images are made nevertheless.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RecipeWarning {
    /// The server is asked over HTTPS, and the build of iPXE trusts no authority of the site.
    ForeignAuthority {
        /// The server.
        server: ServerUrl,
        /// The build.
        path: PathBuf,
    },
}

impl fmt::Display for RecipeWarning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self::ForeignAuthority { server, path } = self;
        write!(
            f,
            "server {server} is asked over HTTPS, and {} trusts the certificate authority of the \
             iPXE project alone. It refuses a self-signed certificate and one of your own \
             authority, and the machine boots its own disk. Give a server with http://, or a build \
             of iPXE that was made with TRUST=",
            path.display()
        )
    }
}

/// Which images are wanted.
#[derive(Clone, Debug)]
pub struct WantedImages {
    /// Where firmware files are looked for, in this order.
    pub dirs: Vec<PathBuf>,
    /// What the images are attached as.
    pub medium: Medium,
    /// Whether they start on 64-bit ARM, too.
    pub arm64: bool,
    /// The servers that they ask, in this order.
    pub servers: Vec<ServerUrl>,
}

/// Why the firmware that is there does not do.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RecipeError {
    /// Files that every image needs are missing.
    #[error(transparent)]
    Firmware(#[from] FirmwareError),
    /// A file that these images need is missing.
    #[error("these images need {}", .part.where_from())]
    Missing {
        /// The file.
        part: Part,
        /// What was found of it, and cannot be used.
        skipped: Vec<Skipped>,
    },
    /// A build of iPXE that would never reach one of the servers.
    #[error(
        "{} has no HTTPS, and server {server} is asked over it: give another build of iPXE, or a \
         server with http://",
        .path.display()
    )]
    NoHttps {
        /// The build.
        path: PathBuf,
        /// The server.
        server: ServerUrl,
    },
    /// The files cannot be encoded.
    #[error(transparent)]
    Image(#[from] ImageError),
}

impl ImageRecipe {
    /// Finds the firmware for the wanted images and encodes it; also gives what was found.
    ///
    /// # Errors
    /// [`RecipeError`] names what is missing.
    pub fn find(wanted: WantedImages) -> Result<(Self, FoundFirmware), RecipeError> {
        let mut found = find(&wanted.dirs)?;
        choose(&mut found, &wanted)?;
        check_https(&found, &wanted.servers)?;
        let WantedImages { medium, servers, .. } = wanted;
        let builder = Arc::new(Layout::for_medium(&found.firmware, medium)?);
        let warnings = foreign_authorities(&found, &servers);
        Ok((Self { builder, medium, servers, warnings }, found))
    }

    /// How the file of a host's image is called: `NAME.iso` or `NAME.img`.
    pub fn file_name(&self, host: impl std::fmt::Display) -> PathBuf {
        let extension = match self.medium {
            Medium::Disk => "img",
            Medium::Cd => "iso",
        };
        Path::new(&format!("{host}.{extension}")).to_owned()
    }

    /// How long a host with so many NICs waits at most.
    pub fn timing(&self, nics: usize) -> Timing {
        Timing::new(self.servers.len(), nics)
    }
}

/// Leaves out what these images do not need, and wants what they do.
fn choose(found: &mut FoundFirmware, images: &WantedImages) -> Result<(), RecipeError> {
    let wanted = |part| match part {
        Part::IpxeEfiArm64 => images.arm64,
        Part::Isohdpfx => images.medium == Medium::Disk,
        _ => true,
    };
    for part in [Part::IpxeEfiArm64, Part::Isohdpfx] {
        if wanted(part) && found.source(part).is_none() {
            let skipped = std::mem::take(&mut found.skipped);
            let skipped = skipped.into_iter().filter(|file| file.part == part).collect();
            return Err(RecipeError::Missing { part, skipped });
        }
    }
    found.sources.retain(|source| wanted(source.part));
    if !images.arm64 {
        found.firmware.ipxe_efi_arm64 = None;
    }
    Ok(())
}

/// A build without HTTPS would never reach such a server. Builds for BIOS do not tell.
fn check_https(found: &FoundFirmware, servers: &[ServerUrl]) -> Result<(), RecipeError> {
    let Some(server) = servers.iter().find(|server| server.is_https()) else { return Ok(()) };
    let lacks = |source: &&Source| source.about.has_feature("HTTPS") == Some(false);
    match found.sources.iter().find(lacks) {
        None => Ok(()),
        Some(source) => {
            Err(RecipeError::NoHttps { path: source.path.clone(), server: server.clone() })
        }
    }
}

/// A build without `TRUST=` takes no certificate of a site's own authority. Builds for BIOS do not
/// tell; they are usually made together with the others.
fn foreign_authorities(found: &FoundFirmware, servers: &[ServerUrl]) -> Vec<RecipeWarning> {
    let foreign = found.sources.iter().find(|source| source.about.trusts_ipxe == Some(true));
    let Some(Source { path, .. }) = foreign else { return Vec::new() };
    let over_tls = servers.iter().filter(|server| server.is_https());
    let warning = |server: &ServerUrl| RecipeWarning::ForeignAuthority {
        server: server.clone(),
        path: path.clone(),
    };
    over_tls.map(warning).collect()
}
