//! What firmware can boot from a disc. Figure numbers refer to El Torito 1.0 (1995).

use super::{DiscError, field::Fields, iso::SECTOR, limits, source::Source};

/// The kind of firmware that boots an entry (figures 2 and 3; UEFI Specification 13.3.2.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Platform {
    /// BIOS on x86.
    Bios,
    /// UEFI.
    Uefi,
    /// Any other platform number, such as those of PowerPC and Mac.
    Other(u8),
}

/// One entry of the boot catalogue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct BootEntry {
    /// The kind of firmware that boots it.
    pub platform: Platform,
    /// Where its content starts, in bytes from the start of the image.
    pub at: u64,
    /// How many bytes firmware loads. The content may be longer than this, and the entry may leave
    /// the length out (0).
    pub len: u64,
}

/// The place of the catalogue in bytes, if this descriptor is a boot record (figure 7).
pub(super) fn catalogue(record: &Fields<[u8; 2048]>) -> Result<Option<u64>, DiscError> {
    let is = record.bytes(7, 23)? == b"EL TORITO SPECIFICATION";
    Ok(if is { Some(u64::from(record.u32(0x47)?) * SECTOR) } else { None })
}

/// The entries that are marked as bootable and do not emulate a disk.
pub(super) fn entries(source: &Source<'_>, at: u64) -> Result<Vec<BootEntry>, DiscError> {
    let catalogue = source.fields::<2048>("the boot catalogue", at)?;
    if catalogue.u8(0)? != 1 || catalogue.bytes(30, 2)? != [0x55, 0xAA] {
        return Err(catalogue.damaged("its first entry is not a validation entry (figure 2)"));
    }
    let mut platform = catalogue.u8(1)?;
    let mut found = Vec::new();
    for number in 1..limits::BOOT_ENTRIES {
        let start = number * 32;
        match catalogue.u8(start)? {
            // Headers of further sections (figure 4). The byte after the mark is the platform.
            0x90 | 0x91 => platform = catalogue.u8(start + 1)?,
            // No emulation: the lower four bits of byte 1 are 0 (figure 3).
            0x88 if catalogue.u8(start + 1)? % 16 == 0 => {
                let at = u64::from(catalogue.u32(start + 8)?) * SECTOR;
                let len = u64::from(catalogue.u16(start + 6)?) * 512;
                source.check("what boots", at, SECTOR)?;
                let platform = match platform {
                    0 => Platform::Bios,
                    0xEF => Platform::Uefi,
                    other => Platform::Other(other),
                };
                found.push(BootEntry { platform, at, len });
            }
            0 if number > 1 => break,
            _ => {}
        }
    }
    Ok(found)
}
