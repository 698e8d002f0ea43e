use super::{
    geometry::{CLUSTER_SECTORS, Geometry, Kind, SECTOR},
    table::MEDIA,
};
use crate::image::{
    mbr::Block,
    num::{Record, U16Le, U32Le},
};

/// The serial number of the volume, "ORCH". It is the same for all volumes, because a machine has
/// only one of them.
const SERIAL: u32 = 0x4843_524F;

/// Code for the case that a BIOS starts this volume: `int 18h` tries the next device; then the
/// processor halts.
const BOOT_CODE: [u8; 5] = [0xCD, 0x18, 0xF4, 0xEB, 0xFD];

/// The boot sector ("Boot Sector and BPB"), 512 bytes, one line for each field.
pub(super) fn encode(geometry: &Geometry, hidden: Block) -> Vec<u8> {
    let kind = match geometry.kind {
        Kind::Fat12 => "FAT12",
        Kind::Fat16 => "FAT16",
    };
    Record::default()
        .put([0xEB, 0x3C, 0x90]) // jump to the boot code
        .text("IPXEORCH", 8)
        .put(U16Le::from(SECTOR))
        .put([CLUSTER_SECTORS])
        .put(U16Le::from(1)) // reserved sectors: this one
        .put([2]) // tables
        .put(U16Le::from(geometry.root_entries))
        .put(U16Le::from(geometry.sectors))
        .put([MEDIA])
        .put(U16Le::from(geometry.table_sectors))
        .put(U16Le::from(u16::from(CLUSTER_SECTORS))) // sectors per track: mtools wants it to divide
        .put(U16Le::from(1)) // heads
        .put(U32Le::from(hidden.0)) // sectors before the volume, if it is a partition
        .put(U32Le::from(0)) // the 16-bit count of sectors is valid
        .put([0x80]) // drive
        .zeros(1)
        .put([0x29]) // the next three fields are there
        .put(U32Le::from(SERIAL))
        .text("NO NAME", 11)
        .text(kind, 8)
        .put(BOOT_CODE)
        .fill_to(510)
        .put([0x55, 0xAA])
        .finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::num::hex;

    /// Bytes 11 to 61 of volumes that mkfs.fat 4.2 made: `mkfs.fat -F 12 -s 4 -f 2 -r 48 -R 1 -S
    /// 512 -i 4843524f -g 1/4 -M 0xF8 -a -C x.img 998` and with `-F 16` and 9000, then `xxd -s 11
    /// -l 51 -p x.img`.
    const MKFS_12: &str = "0002040100023000cc07f802000400010000000000000000008000294f524348
        4e4f204e414d45202020204641543132202020";
    const MKFS_16: &str = "00020401000230005046f812000400010000000000000000008000294f524348
        4e4f204e414d45202020204641543136202020";

    #[test]
    fn parameters_are_those_of_mkfs_fat() {
        for (clusters, expected) in [(497, MKFS_12), (4490, MKFS_16)] {
            let sector = encode(&Geometry::new(clusters).unwrap(), Block(0));
            assert_eq!(sector.len(), 512);
            assert_eq!(sector[11..62], hex(expected), "{clusters} clusters");
            assert_eq!(sector[510..], [0x55, 0xAA]);
            let partition = encode(&Geometry::new(clusters).unwrap(), Block(0x1234));
            assert_eq!(partition[28..32], [0x34, 0x12, 0, 0]);
        }
    }
}
