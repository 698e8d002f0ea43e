//! The ISO 9660 file system, interchange level 1. Section numbers refer to the standard ECMA-119.

use super::num::{ByteLen, Record, Sector, U16Be, U16Both, U16Le, U32Be, U32Both, U32Le};

/// The volume descriptors come after the system area (6.2.1).
pub(super) const PRIMARY: Sector = Sector(16);

const SECTOR_LEN: usize = 2048;

/// The version of all volume descriptors (8.1.3).
const STANDARD_VERSION: u8 = 1;

/// The length of the path table: it has one record, for the root directory (9.4).
const PATH_TABLE_LEN: u32 = 10;

/// 1980-01-01 00:00:00, UTC, in the form of 9.1.5.
const RECORDED: [u8; 7] = [80, 1, 1, 0, 0, 0, 0];

/// The same date, in the form of 8.4.26.1.
const CREATED: &[u8; 17] = b"1980010100000000\0";

/// "Not specified" (8.4.26.1).
const NO_DATE: &[u8; 17] = b"0000000000000000\0";

/// A file or directory in the root directory.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry {
    /// A name of level 1: 8 characters, a dot, 3 characters, `;1` (7.5.1, 10.1). The root directory
    /// and its parent have the single bytes 0 and 1 as names (7.6.2).
    pub(super) name: &'static str,
    pub(super) at: Sector,
    pub(super) len: ByteLen,
}

/// What the primary volume descriptor points to.
#[derive(Clone, Copy, Debug)]
pub(super) struct Volume {
    pub(super) sectors: u32,
    pub(super) path_table_le: Sector,
    pub(super) path_table_be: Sector,
    pub(super) root: Sector,
}

impl Volume {
    /// The primary volume descriptor (8.4), one line for each field.
    pub(super) fn primary_descriptor(&self) -> Vec<u8> {
        descriptor(1)
            .zeros(1)
            .text("", 32) // system identifier
            .text("IPXE_ORCH", 32) // volume identifier
            .zeros(8)
            .put(U32Both::from(self.sectors))
            .zeros(32)
            .put(U16Both::from(1)) // volume set size
            .put(U16Both::from(1)) // volume sequence number
            .put(U16Both::from(2048)) // logical block size
            .put(U32Both::from(PATH_TABLE_LEN))
            .put(U32Le::from(self.path_table_le.0))
            .zeros(4) // no optional table
            .put(U32Be::from(self.path_table_be.0))
            .zeros(4)
            .put(record(Kind::Directory, self.root_named("\0")))
            .text("", 128) // volume set identifier
            .text("", 128) // publisher
            .text("", 128) // data preparer
            .text("IPXE-ORCH", 128) // application
            .text("", 37) // copyright file
            .text("", 37) // abstract file
            .text("", 37) // bibliographic file
            .put(CREATED)
            .put(CREATED) // modified
            .put(NO_DATE) // expires
            .put(NO_DATE) // effective
            .put([1]) // file structure version
            .fill_to(SECTOR_LEN)
            .finish()
    }

    /// The path table (9.4) with little-endian numbers (6.9.2).
    pub(super) fn path_table_le(&self) -> Vec<u8> {
        path_table(U32Le::from(self.root.0), U16Le::from(1))
    }

    /// The path table (9.4) with big-endian numbers (6.9.2).
    pub(super) fn path_table_be(&self) -> Vec<u8> {
        path_table(U32Be::from(self.root.0), U16Be::from(1))
    }

    /// The root directory with these entries, in any order. They must fit into one sector (6.8.1);
    /// 40 entries do.
    pub(super) fn root_directory(&self, entries: &[Entry]) -> Vec<u8> {
        let mut sorted = entries.to_vec();
        sorted.sort_by_key(|entry| entry.name); // 9.3
        let mut directory = Record::default();
        directory
            .put(record(Kind::Directory, self.root_named("\0")))
            .put(record(Kind::Directory, self.root_named("\x01"))); // the root is its own parent
        for entry in sorted {
            directory.put(record(Kind::File, entry));
        }
        directory.fill_to(SECTOR_LEN).finish()
    }

    fn root_named(&self, name: &'static str) -> Entry {
        Entry { name, at: self.root, len: ByteLen(Sector::SIZE) }
    }
}

/// The volume descriptor set terminator (8.3).
pub(super) fn terminator() -> Vec<u8> {
    descriptor(255).fill_to(SECTOR_LEN).finish()
}

/// The first 7 bytes, which all volume descriptors have (8.1).
pub(super) fn descriptor(kind: u8) -> Record {
    let mut record = Record::default();
    record.put([kind]).put("CD001").put([STANDARD_VERSION]);
    record
}

fn path_table(root: impl AsRef<[u8]>, parent: impl AsRef<[u8]>) -> Vec<u8> {
    Record::default()
        .put([1]) // length of the identifier
        .zeros(1) // no extended attributes
        .put(root)
        .put(parent) // the root is its own parent
        .put([0]) // identifier of the root (7.6.2)
        .zeros(1)
        .fill_to(SECTOR_LEN)
        .finish()
}

/// File flags (9.1.6).
#[derive(Clone, Copy)]
enum Kind {
    File,
    Directory,
}

/// A directory record (9.1). Its length is even.
fn record(kind: Kind, entry: Entry) -> Vec<u8> {
    let flags = match kind {
        Kind::File => 0,
        Kind::Directory => 2,
    };
    let name_len = u8::try_from(entry.name.len()).unwrap_or(u8::MAX);
    let padding = 1 - name_len % 2;
    Record::default()
        .put([33 + name_len + padding])
        .zeros(1) // no extended attributes
        .put(U32Both::from(entry.at.0))
        .put(U32Both::from(entry.len.0))
        .put(RECORDED)
        .put([flags])
        .zeros(2) // not interleaved
        .put(U16Both::from(1)) // volume sequence number
        .put([name_len])
        .put(entry.name)
        .zeros(usize::from(padding))
        .finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::num::hex;

    /// From an image with the same numbers that genisoimage 1.1.11 made for the test in
    /// `boot_info.rs`: `xxd -s 32848 -l 76` (from the volume size to the path tables), and the
    /// first record of the root directory. Here with our date and without the records of its files.
    const SIZES_TO_PATH_TABLES: &str = "b1000000000000b1
        0000000000000000000000000000000000000000000000000000000000000000
        01000001 01000001 00080800 0a0000000000000a 14000000 00000000 00000016 00000000";
    const ROOT_RECORD: &str =
        "2200 1800000000000018 0008000000000800 50010100000000 02 0000 01000001 01 00";
    const FILE_RECORD: &str = "2c00 1900000000000019 0008000000000800 50010100000000 00 0000
        01000001 0a 424f4f542e4341543b31 00";
    const PATH_TABLES: [&str; 2] = ["0100180000000100 0000", "0100000000180001 0000"];

    const VOLUME: Volume = Volume {
        sectors: 0xb1,
        path_table_le: Sector(20),
        path_table_be: Sector(22),
        root: Sector(24),
    };

    #[test]
    fn the_primary_descriptor_has_the_fields_of_genisoimage() {
        let descriptor = VOLUME.primary_descriptor();
        assert_eq!(descriptor.len(), 2048);
        assert_eq!(descriptor[..8], *b"\x01CD001\x01\0");
        assert_eq!(descriptor[80..156], hex(SIZES_TO_PATH_TABLES));
        assert_eq!(descriptor[156..190], hex(ROOT_RECORD));
        assert_eq!(descriptor[813..830], *CREATED);
        assert_eq!(descriptor[881], 1, "file structure version (8.4.30)");
    }

    #[test]
    fn the_root_directory_is_sorted_and_starts_with_itself() {
        let entry = |name| Entry { name, at: Sector(25), len: ByteLen(2048) };
        let directory =
            VOLUME.root_directory(&[entry("B.X;1"), entry("BOOT.CAT;1"), entry("A.X;1")]);
        assert_eq!(directory.len(), 2048);
        assert_eq!(directory[..34], hex(ROOT_RECORD));
        assert_eq!(directory[34 + 32..34 + 34], [1, 1], "the parent");
        assert_eq!(directory[68 + 33..68 + 38], *b"A.X;1");
        assert_eq!(directory[68 + 38 * 2..68 + 38 * 2 + 44], hex(FILE_RECORD));
    }

    #[test]
    fn path_tables_are_those_of_genisoimage() {
        assert_eq!(VOLUME.path_table_le()[..10], hex(PATH_TABLES[0]));
        assert_eq!(VOLUME.path_table_be()[..10], hex(PATH_TABLES[1]));
        assert_eq!(VOLUME.path_table_be().len(), 2048);
    }

    #[test]
    fn the_terminator_is_one_sector() {
        assert_eq!(terminator().len(), 2048);
        assert_eq!(terminator()[..7], *b"\xFFCD001\x01");
    }
}
