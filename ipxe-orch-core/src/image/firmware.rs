use bytes::Bytes;

use super::{ImageError, boot_info, num::ByteLen};

/// No known loader comes near this; it keeps every sector number far from its 32-bit limit.
const MAX_LEN: ByteLen = ByteLen(32 * 1024 * 1024);

/// The files of others that a boot image carries, as their projects build them.
///
/// Each file has at least 1 byte (`isolinux` 64) and at most 32 MiB. What is in them is not looked
/// at: finding usable versions is the duty of whoever reads the files.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Firmware {
    /// `isolinux.bin`: starts from a CD under BIOS. Its boot information table is filled in.
    pub isolinux: Bytes,
    /// `ldlinux.c32`, the rest of ISOLINUX, of the same version.
    pub ldlinux: Bytes,
    /// `ipxe.lkrn`: iPXE for BIOS in the format of a Linux kernel.
    pub ipxe_bios: Bytes,
    /// `ipxe.efi` for x86-64; it must know `autoexec.ipxe`, as builds since February 2021
    /// do.
    pub ipxe_efi_x64: Bytes,
}

impl Firmware {
    /// The firmware for x86-64 machines with BIOS or UEFI. Mind the order: all four are `Bytes`.
    pub fn new(isolinux: Bytes, ldlinux: Bytes, ipxe_bios: Bytes, ipxe_efi_x64: Bytes) -> Self {
        Self { isolinux, ldlinux, ipxe_bios, ipxe_efi_x64 }
    }

    pub(super) fn check(&self) -> Result<(), ImageError> {
        check("isolinux", &self.isolinux, boot_info::MIN_LEN)?;
        check("ldlinux", &self.ldlinux, ByteLen(1))?;
        check("ipxe_bios", &self.ipxe_bios, ByteLen(1))?;
        check("ipxe_efi_x64", &self.ipxe_efi_x64, ByteLen(1))
    }
}

fn check(file: &'static str, bytes: &Bytes, min: ByteLen) -> Result<(), ImageError> {
    let len = ByteLen::of(bytes);
    if len < min {
        return Err(ImageError::FirmwareTooSmall { file, len: len.into(), min: min.into() });
    }
    if len > MAX_LEN {
        return Err(ImageError::FirmwareTooLarge { file, len: len.into(), max: MAX_LEN.into() });
    }
    Ok(())
}
