//! The files of an image, by the names that others give them.

use std::fmt;

/// A file of an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Part {
    /// Starts under BIOS from a CD.
    Isolinux,
    /// The rest of ISOLINUX. It does not tell its version, which must be that of `isolinux.bin`.
    Ldlinux,
    /// iPXE for BIOS.
    IpxeBios,
    /// iPXE for UEFI on x86-64.
    IpxeEfiX64,
    /// iPXE for UEFI on 64-bit ARM: for images that say so.
    IpxeEfiArm64,
    /// Starts ISOLINUX under BIOS from a disk: for images that are disks.
    Isohdpfx,
}

impl Part {
    /// All of them, in the order in which they are shown.
    pub const ALL: [Self; 6] = [
        Self::Isolinux,
        Self::Ldlinux,
        Self::IpxeBios,
        Self::IpxeEfiX64,
        Self::IpxeEfiArm64,
        Self::Isohdpfx,
    ];

    /// Whether every image has it.
    pub const fn is_needed(self) -> bool {
        !matches!(self, Self::IpxeEfiArm64 | Self::Isohdpfx)
    }

    /// Names of the file, the first one found counts: Debian's, Fedora's, upstream's.
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

    /// How discs name it, whose names tell the processor and not the program.
    pub(super) const fn names_on_discs(self) -> &'static [&'static str] {
        match self {
            Self::IpxeBios => &["ipxe.krn"],
            Self::IpxeEfiX64 => &["bootx64.efi"],
            // Releases of iPXE 2.x name the processor by the folder: `ipxeboot/arm64/ipxe.efi`.
            Self::IpxeEfiArm64 => &["ipxe.efi", "bootaa64.efi"],
            _ => &[],
        }
    }

    /// All names by which an import knows it.
    pub(super) fn names_anywhere(self) -> impl Iterator<Item = &'static str> {
        self.names().iter().chain(self.names_on_discs()).copied()
    }

    /// Whether files of its names may be for other processors, or be another's loader.
    pub(super) const fn is_for_one_processor(self) -> bool {
        matches!(self, Self::IpxeEfiX64 | Self::IpxeEfiArm64)
    }

    /// How an imported file is called: a name by which it is found.
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

    /// The names of its file, and which Debian package has it.
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
