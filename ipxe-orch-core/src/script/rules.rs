//! What a script is for: the measure of the linter and the proof.

use crate::image::Medium;
use serde::{Deserialize, Serialize};
use std::fmt;

/// The firmware that runs iPXE, as its settings tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Firmware {
    /// BIOS, or UEFI's compatibility module: `${platform}` is `pcbios`.
    Bios,
    /// UEFI on x86-64: `${platform}` is `efi`.
    Uefi,
    /// UEFI on 64-bit ARM: `${platform}` is `efi` as well.
    Arm64,
}

impl Firmware {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Bios, Self::Uefi, Self::Arm64];

    /// What iPXE's `${platform}` and `${buildarch}` tell; nothing for what it never says.
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
    /// In a boot image attached as this: its end is the firmware's turn.
    Image(Medium),
    /// Chained by a boot image: it may end, and the image goes on. It must leave alone the
    /// settings of the image.
    Server,
}

/// The build of iPXE that is to run a script.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Release {
    /// Debian 13's, 1.21.1+git20250501.
    #[default]
    Debian13,
    /// v2.0.0 as released.
    V2,
}

/// What is asked of a script.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rules {
    /// Where it runs.
    pub role: Role,
    /// Whether nothing may boot without a claim before it: install scripts with the claim rule
    /// `boot`.
    pub claim: bool,
    /// What is to run it.
    pub release: Release,
}

impl Rules {
    /// For a script in a boot image.
    pub fn image(medium: Medium) -> Self {
        Self { role: Role::Image(medium), claim: false, release: Release::Debian13 }
    }

    /// For the answer of a server.
    pub fn server() -> Self {
        Self { role: Role::Server, claim: false, release: Release::Debian13 }
    }

    /// For the answer of a server that installs, with the claim rule `boot`.
    pub fn install() -> Self {
        Self { claim: true, ..Self::server() }
    }
}

/// The setting by which a server says that its answer is the last word.
pub(super) const ANSWER: &str = "orch-answer";

/// Whether only the image sets this setting: its loops count with it.
pub(super) fn is_reserved(path: &str) -> bool {
    path == "idx" || (path.starts_with("orch-") && path != ANSWER)
}
