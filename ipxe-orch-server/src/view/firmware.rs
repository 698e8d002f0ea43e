//! The boot loader files that images are made of.

use crate::firmware::{FoundFirmware, Imported, Skipped, Source};
use serde::Serialize;

/// What a search found, or an import copied.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FirmwareView {
    /// The files that are used.
    pub used: Vec<FirmwareFileView>,
    /// The files that cannot be used, each with the reason.
    pub skipped: Vec<String>,
}

impl FirmwareView {
    fn new(used: &[Source], skipped: &[Skipped]) -> Self {
        Self {
            used: used.iter().map(FirmwareFileView::from).collect(),
            skipped: skipped.iter().map(ToString::to_string).collect(),
        }
    }
}

impl From<&FoundFirmware> for FirmwareView {
    fn from(found: &FoundFirmware) -> Self {
        Self::new(&found.sources, &found.skipped)
    }
}

impl From<&Imported> for FirmwareView {
    fn from(imported: &Imported) -> Self {
        Self::new(&imported.sources, &imported.skipped)
    }
}

/// A boot loader file. What it does not tell is absent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct FirmwareFileView {
    /// What it is used as.
    pub part: String,
    /// The path of the file.
    pub path: String,
    /// Its version.
    pub version: Option<String>,
    /// Protocols and commands that are not in every build.
    pub features: Option<Vec<&'static str>>,
    /// Network drivers of its own.
    pub drivers: Option<Vec<&'static str>>,
    /// Whether it trusts the certificate authority of the iPXE project, and so no other one.
    pub trusts_ipxe: Option<bool>,
    /// Whether it carries a signature for Secure Boot.
    pub signed: Option<bool>,
}

impl From<&Source> for FirmwareFileView {
    fn from(source: &Source) -> Self {
        let about = &source.about;
        Self {
            part: source.part.to_string(),
            path: source.path.display().to_string(),
            version: about.version.clone(),
            features: about.features.clone(),
            drivers: about.drivers.clone(),
            trusts_ipxe: about.trusts_ipxe,
            signed: about.signed,
        }
    }
}
