use thiserror::Error;

/// Why a layout or an image cannot be made. All lengths are in bytes.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ImageError {
    /// A boot loader file is empty, or too short to be what it should be.
    #[error("{file} has {len} bytes, but must have at least {min}: the file is not complete")]
    FirmwareTooSmall {
        /// The field of [`Bootloaders`](super::Bootloaders).
        file: &'static str,
        /// The length of the file.
        len: u64,
        /// The smallest length that is accepted.
        min: u64,
    },
    /// A boot loader file is much larger than any known build.
    #[error("{file} has {len} bytes, but at most {max} are supported: it is probably another file")]
    FirmwareTooLarge {
        /// The field of [`Bootloaders`](super::Bootloaders).
        file: &'static str,
        /// The length of the file.
        len: u64,
        /// The largest length that is accepted.
        max: u64,
    },
    /// The UEFI loaders together are larger than what an entry of the boot catalogue can describe.
    #[error(
        "the EFI system partition would have {len} bytes, but a boot catalogue describes at most \
         {max}; use smaller UEFI loaders"
    )]
    EspTooLarge {
        /// The length of the FAT volume.
        len: u64,
        /// The largest length that is possible.
        max: u64,
    },
    /// An image for a disk needs `isohdpfx`.
    #[error("a disk image needs a master boot record: give isohdpfx.bin of ISOLINUX")]
    NoBootRecord,
    /// The script does not fit into the script region of an image.
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
    /// iPXE would end a line at the NUL and lose what follows it.
    #[error("the script contains a NUL character at byte {at}")]
    ScriptContainsNul {
        /// The offset of the first NUL.
        at: usize,
    },
}
