//! What firmware can boot of a disc: El Torito 1.0 (1995), to whose figures comments refer.

use super::{DiscError, field::Fields, iso::SECTOR, limits, source::Source};

/// Whose firmware boots it (figures 2 and 3; UEFI Specification 13.3.2.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Platform {
    /// BIOS on x86.
    Bios,
    /// UEFI.
    Uefi,
    /// PowerPC, Mac or what else.
    Other(u8),
}

/// An entry of the boot catalogue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct BootEntry {
    /// Whose firmware boots it.
    pub platform: Platform,
    /// Where it starts, in bytes.
    pub at: u64,
    /// How much is loaded, in bytes; what is there may be longer, or the entry does not tell (0).
    pub len: u64,
}

/// Where the catalogue is, if this descriptor says so (figure 7).
pub(super) fn catalogue(record: &Fields<[u8; 2048]>) -> Result<Option<u64>, DiscError> {
    let is = record.bytes(7, 23)? == b"EL TORITO SPECIFICATION";
    Ok(if is { Some(u64::from(record.u32(0x47)?) * SECTOR) } else { None })
}

/// The entries that say they can boot, without emulation of a disk.
pub(super) fn entries(source: &Source<'_>, at: u64) -> Result<Vec<BootEntry>, DiscError> {
    let catalogue = source.fields::<2048>("the boot catalogue", at)?;
    if catalogue.u8(0)? != 1 || catalogue.bytes(30, 2)? != [0x55, 0xAA] {
        return Err(catalogue.damaged("its first entry is none (figure 2)"));
    }
    let mut platform = catalogue.u8(1)?;
    let mut found = Vec::new();
    for number in 1..limits::BOOT_ENTRIES {
        let start = number * 32;
        match catalogue.u8(start)? {
            // Headers of further sections (figure 4); the next byte is theirs.
            0x90 | 0x91 => platform = catalogue.u8(start + 1)?,
            // Without emulation (figure 3, byte 1).
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
