//! The boot catalogue, by which firmware finds what to boot from a CD. Figure numbers refer to the
//! "El Torito" Bootable CD-ROM Format Specification 1.0; the entry for UEFI is in UEFI
//! Specification 13.3.2.1.

use super::{
    iso9660,
    num::{Record, Sector, U16Le, U32Le},
};

/// The boot record volume descriptor has a fixed place (figure 7).
pub(super) const BOOT_RECORD: Sector = Sector(17);

/// The length of an entry of the catalogue in bytes.
const ENTRY_LEN: usize = 32;

/// Platform numbers: 0 is the PC BIOS (figure 2), 0xEF is UEFI (UEFI Specification 13.3.2.1).
const BIOS: u8 = 0;
const UEFI: u8 = 0xEF;

/// "The last header" (figure 4).
const FINAL_HEADER: u8 = 0x91;

/// "Bootable" (figure 3).
const BOOTABLE: u8 = 0x88;

/// The part of the boot loader that the BIOS loads: 2,048 bytes. The loader then loads the rest
/// itself.
const BIOS_LOAD: Blocks = Blocks(4);

/// A number of "virtual" sectors of 512 bytes, in which the catalogue counts for every medium.
#[derive(Clone, Copy, Debug)]
pub(super) struct Blocks(pub(super) u16);

/// Boot record volume descriptor (figure 7).
pub(super) fn boot_record(catalogue: Sector) -> Vec<u8> {
    iso9660::descriptor(0)
        .put("EL TORITO SPECIFICATION")
        .fill_to(0x47)
        .put(U32Le::from(catalogue.0))
        .fill_to(2048)
        .finish()
}

/// The boot catalogue: BIOS starts the loader at `bios`, UEFI the FAT volume at `uefi`.
pub(super) fn catalogue(bios: Sector, uefi: Sector, uefi_len: Blocks) -> Vec<u8> {
    Record::default()
        .put(validation_entry())
        .put(boot_entry(bios, BIOS_LOAD))
        .put(section_header(UEFI))
        .put(boot_entry(uefi, uefi_len))
        .fill_to(2048)
        .finish()
}

/// Figure 2: the sum of all its 16-bit words is 0.
fn validation_entry() -> Vec<u8> {
    let with_checksum = |checksum: u16| {
        Record::default()
            .put([1, BIOS])
            .zeros(2)
            .put("IPXE-ORCH")
            .fill_to(28)
            .put(U16Le::from(checksum))
            .put([0x55, 0xAA])
            .finish()
    };
    let sum = word_sum(&with_checksum(0));
    with_checksum(sum.wrapping_neg())
}

fn word_sum(bytes: &[u8]) -> u16 {
    bytes.as_chunks().0.iter().fold(0, |sum: u16, word| sum.wrapping_add(u16::from_le_bytes(*word)))
}

/// Figures 3 and 5. The fields that are used here are the same in both: no emulation, the default
/// load segment.
fn boot_entry(at: Sector, len: Blocks) -> Vec<u8> {
    Record::default()
        .put([BOOTABLE])
        .zeros(5) // no emulation, default segment, no system type
        .put(U16Le::from(len.0))
        .put(U32Le::from(at.0))
        .fill_to(ENTRY_LEN)
        .finish()
}

/// Figure 4: there is one section, with one entry.
fn section_header(platform: u8) -> Vec<u8> {
    Record::default().put([FINAL_HEADER, platform]).put(U16Le::from(1)).fill_to(ENTRY_LEN).finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::num::hex;

    /// The catalogue that xorriso 1.5.4 writes, without its validation entry, in which xorriso
    /// leaves the name empty: `xorriso -as mkisofs -o y.iso -b loader.bin -c boot.cat -no-emul-boot
    /// -boot-load-size 4 -eltorito-alt-boot -e a.img -no-emul-boot tree`, then `xxd -s $((33 *
    /// 2048)) -l 128`.
    const XORRISO: &str = "8800000000000400240000000000000000000000000000000000000000000000
        91ef010000000000000000000000000000000000000000000000000000000000
        8800000000000800220000000000000000000000000000000000000000000000";

    #[test]
    fn the_catalogue_is_that_of_xorriso() {
        let catalogue = catalogue(Sector(0x24), Sector(0x22), Blocks(8));
        assert_eq!(catalogue.len(), 2048);
        assert_eq!(catalogue[32..128], hex(XORRISO));
        assert_eq!(catalogue[128..], [0; 1920]);
    }

    #[test]
    fn the_words_of_the_validation_entry_add_up_to_0() {
        let entry = validation_entry();
        assert_eq!(entry.len(), 32);
        assert_eq!(word_sum(&entry), 0);
        assert_eq!(entry[30..], [0x55, 0xAA]);
    }

    #[test]
    fn the_boot_record_points_to_the_catalogue() {
        let record = boot_record(Sector(25));
        assert_eq!(record.len(), 2048);
        assert_eq!(record[..32], *b"\0CD001\x01EL TORITO SPECIFICATION\0\0");
        assert_eq!(record[0x47..0x4B], [25, 0, 0, 0]);
    }
}
