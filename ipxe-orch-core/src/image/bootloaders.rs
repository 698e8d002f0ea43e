use bytes::Bytes;
use std::ops::RangeInclusive;

use super::{ImageError, boot_info, mbr, num::ByteLen};

/// No known loader comes near this; it keeps every sector number far from its 32-bit limit.
const MAX_LEN: ByteLen = ByteLen(32 * 1024 * 1024);

/// The files of others that a boot image carries, as their projects build them.
///
/// Each file has at least 1 byte (`isolinux` 64) and at most 32 MiB (`isohdpfx` 432 bytes). What is in them is not looked
/// at: finding usable versions is the duty of whoever reads the files.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Bootloaders {
    /// `isolinux.bin`: starts from a CD under BIOS. Its boot information table is filled in.
    pub isolinux: Bytes,
    /// `ldlinux.c32`, the rest of ISOLINUX, of the same version.
    pub ldlinux: Bytes,
    /// `ipxe.lkrn`: iPXE for BIOS in the format of a Linux kernel.
    pub ipxe_bios: Bytes,
    /// `ipxe.efi` for x86-64; it must know `autoexec.ipxe`, as builds since February 2021
    /// do.
    pub ipxe_efi_x64: Bytes,
    /// `ipxe.efi` for 64-bit ARM, beside the other one: not needed.
    pub ipxe_efi_arm64: Option<Bytes>,
    /// `isohdpfx.bin` of the same ISOLINUX, 432 bytes: starts it from a disk under BIOS. Only
    /// disks need it.
    pub isohdpfx: Option<Bytes>,
}

impl Bootloaders {
    /// The firmware for x86-64 machines with BIOS or UEFI. Mind the order: all four are `Bytes`.
    pub fn new(isolinux: Bytes, ldlinux: Bytes, ipxe_bios: Bytes, ipxe_efi_x64: Bytes) -> Self {
        let (ipxe_efi_arm64, isohdpfx) = (None, None);
        Self { isolinux, ldlinux, ipxe_bios, ipxe_efi_x64, ipxe_efi_arm64, isohdpfx }
    }

    /// The same for 64-bit ARM machines with UEFI, too.
    #[must_use]
    pub fn with_arm64(self, ipxe_efi_arm64: Bytes) -> Self {
        Self { ipxe_efi_arm64: Some(ipxe_efi_arm64), ..self }
    }

    /// The same for disks, too.
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
