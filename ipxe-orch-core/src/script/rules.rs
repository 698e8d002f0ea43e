//! The purpose of a script, which decides what the linter and the proof demand.

use crate::image::Medium;
use serde::{Deserialize, Serialize};
use std::fmt;

/// The firmware that runs iPXE.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Firmware {
    /// A BIOS, or the compatibility module of UEFI. `${platform}` is `pcbios`.
    Bios,
    /// UEFI on x86-64. `${platform}` is `efi` and `${buildarch}` is `x86_64`.
    Uefi,
    /// UEFI on 64-bit ARM. `${platform}` is `efi` and `${buildarch}` is `arm64`.
    Arm64,
}

impl Firmware {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Bios, Self::Uefi, Self::Arm64];

    /// The firmware that belongs to iPXE's settings `${platform}` and `${buildarch}`; `None` for
    /// values that iPXE does not have.
    pub fn of(platform: &str, arch: &str) -> Option<Self> {
        match (platform, arch) {
            ("pcbios", _) => Some(Self::Bios),
            ("efi", "arm64") => Some(Self::Arm64),
            ("efi", "x86_64") => Some(Self::Uefi),
            _ => None,
        }
    }
}

impl fmt::Display for Firmware {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Bios => "bios",
            Self::Uefi => "uefi",
            Self::Arm64 => "arm64",
        })
    }
}

/// Where a script runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// In a boot image that is attached in this way. When the script ends, the firmware goes on.
    Image(Medium),
    /// As an answer that a boot image has chained. When the script ends, the image goes on. It must
    /// not change the settings of the image.
    Server,
}

/// The build of iPXE that runs a script.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Release {
    /// The build of Debian 13, 1.21.1+git20250501.
    #[default]
    Debian13,
    /// The release v2.0.0.
    V2,
    /// The development after v2.0.0 (commit `0ab2277c4` of August 2026).
    Master,
}

/// What is demanded of a script.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rules {
    /// Where the script runs.
    pub role: Role,
    /// Whether nothing may boot before the claim. This is demanded of install scripts with the
    /// claim rule `boot`.
    pub claim: bool,
    /// The build of iPXE that runs the script.
    pub release: Release,
}

impl Rules {
    /// The rules for the script of a boot image.
    pub fn image(medium: Medium) -> Self {
        Self { role: Role::Image(medium), claim: false, release: Release::Debian13 }
    }

    /// The rules for the answer of a server.
    pub fn server() -> Self {
        Self { role: Role::Server, claim: false, release: Release::Debian13 }
    }

    /// The rules for the answer of a server that installs, with the claim rule `boot`.
    pub fn install() -> Self {
        Self { claim: true, ..Self::server() }
    }
}

/// The setting by which a server's script says that it was an answer, so that the image asks no
/// further server.
pub(super) const ANSWER: &str = "orch-answer";

/// Whether only the image may set this setting, because its loops count with it. The scope does not
/// matter, since a name without a scope finds the settings of all scopes.
pub(super) fn is_reserved(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or_default();
    name == "idx" || (name.starts_with("orch-") && name != ANSWER)
}
