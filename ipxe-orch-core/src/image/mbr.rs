//! The master boot record of an image for a disk. A BIOS runs its code; UEFI reads its partition
//! table (UEFI Specification 5.2.1; tables 5.1 and 5.2 name the fields).
//!
//! The code is `isohdpfx.bin` of SYSLINUX. It finds ISOLINUX by the sector number stored in the
//! record and does not read the partition table (`mbr/isohdpfx.S` of SYSLINUX). Partitions must not
//! overlap, because EDK2 ignores a table with partitions that do.

use super::num::{ByteLen, Record, Sector, U32Le};

/// The length of the code in bytes.
pub(super) const CODE_LEN: ByteLen = ByteLen(432);

/// The disk identifier, "ORCH". It is the same for all images, because a machine has only one of
/// them.
const DISK_ID: u32 = 0x4843_524F;

/// Partition type: EFI system partition.
pub(super) const EFI_SYSTEM: u8 = 0xEF;

/// Partition type "Hidden HPFS/NTFS". Hybrid images of ISOLINUX use it so that no system mounts the
/// ISO 9660 part as another file system.
pub(super) const HIDDEN: u8 = 0x17;

/// Where the partition table starts. It has room for four entries.
const TABLE: usize = 446;

/// The geometry by which a BIOS translates disk addresses. `sfdisk` uses the same one.
const HEADS: u32 = 255;
const SECTORS_PER_TRACK: u32 = 63;

/// The address of a sector of 512 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Block(pub(super) u32);

impl From<Sector> for Block {
    fn from(sector: Sector) -> Self {
        Self(sector.0 * (Sector::SIZE / 512))
    }
}

/// A partition from block `start` to the block before `end`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Partition {
    pub(super) kind: u8,
    /// Some BIOSes do not start a disk without an active partition.
    pub(super) active: bool,
    pub(super) start: Block,
    pub(super) end: Block,
}

/// The whole record, 512 bytes. Its code loads the loader at sector `loader`.
pub(super) fn encode(code: &[u8], loader: Sector, partitions: &[Partition]) -> Vec<u8> {
    let mut record = Record::default();
    record
        .put(code)
        .put(U32Le::from(Block::from(loader).0))
        .zeros(4) // the upper half of the address
        .put(U32Le::from(DISK_ID))
        .fill_to(TABLE);
    for partition in partitions {
        record.put(entry(partition));
    }
    record.fill_to(510).put([0x55, 0xAA]).finish()
}

/// A partition entry (table 5.2), 16 bytes, one line for each field.
fn entry(partition: &Partition) -> Vec<u8> {
    let Partition { kind, active, start, end } = *partition;
    Record::default()
        .put([if active { 0x80 } else { 0 }])
        .put(cylinder_head_sector(start))
        .put([kind])
        .put(cylinder_head_sector(Block(end.0.saturating_sub(1))))
        .put(U32Le::from(start.0))
        .put(U32Le::from(end.0 - start.0))
        .finish()
}

/// An address as cylinder, head and sector: 8 bits of head, 2 bits of cylinder with 6 bits of
/// sector (which counts from 1), and 8 bits of cylinder. An image is much smaller than the 8 GB at
/// which cylinder numbers end.
fn cylinder_head_sector(block: Block) -> [u8; 3] {
    let (track, sector) = (block.0 / SECTORS_PER_TRACK, block.0 % SECTORS_PER_TRACK + 1);
    let (cylinder, head) = (track / HEADS, track % HEADS);
    let [low, high, ..] = cylinder.min(1023).to_le_bytes();
    let [head, ..] = head.to_le_bytes();
    let [sector, ..] = sector.to_le_bytes();
    [head, sector | high << 6, low]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::num::hex;

    /// What sfdisk 2.38.1 writes into a file of 40 MiB of zeros (`xxd -s 440 -l 72 -p`), with the
    /// input `label: dos`, `label-id: 0x4843524f`, `start=64, size=1048, type=17, bootable`,
    /// `start=1112, size=64000, type=ef`.
    const SFDISK: &str = "4f5243480000 80010200171129004000000018040000
        00112a00ef0d21045804000000fa0000
        0000000000000000000000000000000000000000000000000000000000000000 55aa";

    fn two() -> [Partition; 2] {
        let middle = Block(1112);
        [
            Partition { kind: HIDDEN, active: true, start: Block(64), end: middle },
            Partition { kind: EFI_SYSTEM, active: false, start: middle, end: Block(65_112) },
        ]
    }

    #[test]
    fn the_table_is_that_of_sfdisk() {
        let record = encode(&[0x90; 432], Sector(23), &two());
        assert_eq!(record.len(), 512);
        assert_eq!(record[..432], [0x90; 432]);
        assert_eq!(record[440..], hex(SFDISK));
    }

    /// `xorriso -as mkisofs -o y.iso -isohybrid-mbr isohdpfx.bin -b isolinux.bin -c boot.cat
    /// -no-emul-boot -boot-load-size 4 -boot-info-table tree` (1.5.4) put ISOLINUX at sector 34;
    /// read with `xxd -s 432 -l 8 -p y.iso`.
    #[test]
    fn the_loader_is_named_as_xorriso_does() {
        let record = encode(&[0; 432], Sector(34), &two());
        assert_eq!(record[432..440], hex("8800000000000000"));
    }

    #[test]
    fn addresses_beyond_the_first_cylinder_are_those_of_a_bios() {
        assert_eq!(cylinder_head_sector(Block(0)), [0, 1, 0]);
        assert_eq!(cylinder_head_sector(Block(63)), [1, 1, 0]);
        assert_eq!(cylinder_head_sector(Block(255 * 63)), [0, 1, 1]);
        assert_eq!(cylinder_head_sector(Block(255 * 63 * 256)), [0, 0x41, 0]);
    }
}
