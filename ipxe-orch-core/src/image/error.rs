use thiserror::Error;

/// Why a layout or an image cannot be made. All lengths are in bytes.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ImageError {
    /// A firmware file is empty, or too short to be what it should be.
    #[error("{file} has {len} bytes, but needs at least {min}")]
    FirmwareTooSmall {
        /// The field of [`Bootloaders`](super::Bootloaders).
        file: &'static str,
        /// Its length.
        len: u64,
        /// The least length.
        min: u64,
    },
    /// A firmware file is far larger than any known build.
    #[error("{file} has {len} bytes, but at most {max} are supported")]
    FirmwareTooLarge {
        /// The field of [`Bootloaders`](super::Bootloaders).
        file: &'static str,
        /// Its length.
        len: u64,
        /// The greatest length.
        max: u64,
    },
    /// The UEFI loaders together outgrow what a boot catalogue entry can describe.
    #[error(
        "the EFI system partition would have {len} bytes, but a boot catalogue describes at most \
         {max}; use smaller UEFI loaders"
    )]
    EspTooLarge {
        /// The length of the FAT volume.
        len: u64,
        /// The greatest length.
        max: u64,
    },
    /// A disk needs `isohdpfx`.
    #[error("a disk needs a master boot record, isohdpfx.bin of ISOLINUX")]
    NoBootRecord,
    /// The script does not fit into the image's script region.
    #[error("the script has {len} bytes, but the script region of an image holds {max}")]
    ScriptTooLarge {
        /// The length of the script.
        len: usize,
        /// The length of the region.
        max: usize,
    },
    /// iPXE would not recognise the script.
    #[error("the script does not start with a line `#!ipxe`")]
    NotAScript,
    /// iPXE would end a line at the NUL and lose what follows.
    #[error("the script contains a NUL character at byte {at}")]
    ScriptContainsNul {
        /// The offset of the first NUL.
        at: usize,
    },
}
