use bytes::Bytes;
use std::ops::RangeInclusive;

use super::{ImageError, boot_info, mbr, num::ByteLen};

/// Larger than any known loader. With this limit no sector number comes near 32 bits.
const MAX_LEN: ByteLen = ByteLen(32 * 1024 * 1024);

/// The boot loaders that a boot image carries, as built by their projects (SYSLINUX and iPXE).
///
/// Each file has 1 byte to 32 MiB, `isolinux` at least 64 bytes and `isohdpfx` exactly 432. Their
/// contents are not checked here: the caller that reads the files must find usable versions.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Bootloaders {
    /// `isolinux.bin` (Debian: `/usr/lib/ISOLINUX/isolinux.bin`): starts from a CD under BIOS. The image gets a copy with the boot information
    /// table filled in.
    pub isolinux: Bytes,
    /// `ldlinux.c32`, the second part of ISOLINUX, from the same version (Debian:
    /// `/usr/lib/syslinux/modules/bios/ldlinux.c32`).
    pub ldlinux: Bytes,
    /// `ipxe.lkrn` (Debian: `/usr/lib/ipxe/ipxe.lkrn`): iPXE for BIOS in the format of a Linux
    /// kernel.
    pub ipxe_bios: Bytes,
    /// `ipxe.efi` for x86-64 (Debian 13: `/usr/lib/ipxe/ipxe.efi`). It must look for
    /// `autoexec.ipxe`, as builds since February 2021 do. The one of Debian 12 does not.
    pub ipxe_efi_x64: Bytes,
    /// `ipxe.efi` for 64-bit ARM, which an image may have in addition.
    pub ipxe_efi_arm64: Option<Bytes>,
    /// `isohdpfx.bin` of the same ISOLINUX, 432 bytes: starts ISOLINUX from a disk under BIOS. Only
    /// images for [`Medium::Disk`](super::Medium::Disk) need it.
    pub isohdpfx: Option<Bytes>,
}

impl Bootloaders {
    /// The boot loaders for x86-64 machines with BIOS or UEFI. Take care of the order: all four
    /// arguments have the same type.
    pub fn new(isolinux: Bytes, ldlinux: Bytes, ipxe_bios: Bytes, ipxe_efi_x64: Bytes) -> Self {
        let (ipxe_efi_arm64, isohdpfx) = (None, None);
        Self { isolinux, ldlinux, ipxe_bios, ipxe_efi_x64, ipxe_efi_arm64, isohdpfx }
    }

    /// Adds the loader for 64-bit ARM machines with UEFI.
    #[must_use]
    pub fn with_arm64(self, ipxe_efi_arm64: Bytes) -> Self {
        Self { ipxe_efi_arm64: Some(ipxe_efi_arm64), ..self }
    }

    /// Adds the boot record for disks.
    #[must_use]
    pub fn with_boot_record(self, isohdpfx: Bytes) -> Self {
        Self { isohdpfx: Some(isohdpfx), ..self }
    }

    pub(super) fn check(&self) -> Result<(), ImageError> {
        let any = ByteLen(1)..=MAX_LEN;
        check("isolinux", &self.isolinux, boot_info::MIN_LEN..=MAX_LEN)?;
        check("ldlinux", &self.ldlinux, any.clone())?;
        check("ipxe_bios", &self.ipxe_bios, any.clone())?;
        check("ipxe_efi_x64", &self.ipxe_efi_x64, any.clone())?;
        if let Some(arm64) = &self.ipxe_efi_arm64 {
            check("ipxe_efi_arm64", arm64, any)?;
        }
        self.isohdpfx
            .iter()
            .try_for_each(|code| check("isohdpfx", code, mbr::CODE_LEN..=mbr::CODE_LEN))
    }
}

fn check(
    file: &'static str,
    bytes: &Bytes,
    limits: RangeInclusive<ByteLen>,
) -> Result<(), ImageError> {
    let (min, max) = limits.into_inner();
    let len = ByteLen::of(bytes);
    if len < min {
        return Err(ImageError::FirmwareTooSmall { file, len: len.into(), min: min.into() });
    }
    if len > max {
        return Err(ImageError::FirmwareTooLarge { file, len: len.into(), max: max.into() });
    }
    Ok(())
}
