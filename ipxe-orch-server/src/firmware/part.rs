//! The boot loader files of an image, with the names that their projects and distributions use.

use std::fmt;

/// A boot loader file of an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Part {
    /// `isolinux.bin`, which starts from a CD under BIOS.
    Isolinux,
    /// `ldlinux.c32`, the second part of ISOLINUX. It must have the version of `isolinux.bin`, but
    /// it does not contain its version.
    Ldlinux,
    /// iPXE for BIOS.
    IpxeBios,
    /// iPXE for UEFI on x86-64.
    IpxeEfiX64,
    /// iPXE for UEFI on 64-bit ARM. Only images that ask for it have it.
    IpxeEfiArm64,
    /// `isohdpfx.bin`, which starts ISOLINUX from a disk under BIOS. Only images for disks have it.
    Isohdpfx,
}

impl Part {
    /// All parts, in the order in which they are shown.
    pub const ALL: [Self; 6] = [
        Self::Isolinux,
        Self::Ldlinux,
        Self::IpxeBios,
        Self::IpxeEfiX64,
        Self::IpxeEfiArm64,
        Self::Isohdpfx,
    ];

    /// Whether every image needs it.
    pub const fn is_needed(self) -> bool {
        !matches!(self, Self::IpxeEfiArm64 | Self::Isohdpfx)
    }

    /// The names of the file at Debian, Fedora and upstream. The first one that is found is used.
    pub(super) const fn names(self) -> &'static [&'static str] {
        match self {
            Self::Isolinux => &["isolinux.bin"],
            Self::Ldlinux => &["ldlinux.c32"],
            Self::IpxeBios => &["ipxe.lkrn"],
            Self::IpxeEfiX64 => &["ipxe-amd64.efi", "ipxe-x86_64.efi", "ipxe.efi"],
            Self::IpxeEfiArm64 => &["ipxe-arm64.efi"],
            Self::Isohdpfx => &["isohdpfx.bin"],
        }
    }

    /// The names of the file on discs, which name the processor and not the program.
    pub(super) const fn names_on_discs(self) -> &'static [&'static str] {
        match self {
            Self::IpxeBios => &["ipxe.krn"],
            Self::IpxeEfiX64 => &["bootx64.efi"],
            // Releases of iPXE 2.x name the processor by the folder: `ipxeboot/arm64/ipxe.efi`.
            Self::IpxeEfiArm64 => &["ipxe.efi", "bootaa64.efi"],
            _ => &[],
        }
    }

    /// All names by which an import recognises it.
    pub(super) fn names_anywhere(self) -> impl Iterator<Item = &'static str> {
        self.names().iter().chain(self.names_on_discs()).copied()
    }

    /// Whether files with its names may be for another processor, or may be another loader.
    pub(super) const fn is_for_one_processor(self) -> bool {
        matches!(self, Self::IpxeEfiX64 | Self::IpxeEfiArm64)
    }

    /// The name of the file after an import. A search finds it by this name.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Isolinux => "isolinux.bin",
            Self::Ldlinux => "ldlinux.c32",
            Self::IpxeBios => "ipxe.lkrn",
            Self::IpxeEfiX64 => "ipxe-amd64.efi",
            Self::IpxeEfiArm64 => "ipxe-arm64.efi",
            Self::Isohdpfx => "isohdpfx.bin",
        }
    }

    /// The names of its file and the Debian package that has it.
    pub fn where_from(self) -> String {
        format!("{}: Debian package {}", self.names().join(" or "), self.package())
    }

    const fn package(self) -> &'static str {
        match self {
            Self::Isolinux | Self::Isohdpfx => "isolinux",
            Self::Ldlinux => "syslinux-common",
            Self::IpxeBios | Self::IpxeEfiX64 | Self::IpxeEfiArm64 => {
                "ipxe of Debian 13 (trixie) or later"
            }
        }
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Isolinux => "isolinux",
            Self::Ldlinux => "ldlinux",
            Self::IpxeBios => "ipxe_bios",
            Self::IpxeEfiX64 => "ipxe_efi_x64",
            Self::IpxeEfiArm64 => "ipxe_efi_arm64",
            Self::Isohdpfx => "isohdpfx",
        })
    }
}
