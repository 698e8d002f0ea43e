//! A reader of ISO 9660 and FAT that shares no code with the writer of images.

use std::collections::BTreeMap;

type Files = BTreeMap<String, Vec<u8>>;

fn u16_at(bytes: &[u8], at: usize) -> usize {
    usize::from(u16::from_le_bytes(bytes[at..at + 2].try_into().unwrap()))
}

fn u32_at(bytes: &[u8], at: usize) -> usize {
    usize::try_from(u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap())).unwrap()
}

/// The files of the root directory by name. Also checks that the volume is as large as the image.
pub(crate) fn read_iso(image: &[u8]) -> Files {
    let descriptor = &image[16 * 2048..17 * 2048];
    assert_eq!(descriptor[..6], *b"\x01CD001");
    assert_eq!(u32_at(descriptor, 80) * 2048, image.len());
    let root = u32_at(descriptor, 158) * 2048;
    let mut directory = &image[root..root + 2048];
    let mut files = Files::new();
    while directory[0] != 0 {
        let (record, rest) = directory.split_at(usize::from(directory[0]));
        directory = rest;
        if record[25] & 2 == 0 {
            let name = str::from_utf8(&record[33..33 + usize::from(record[32])]).unwrap();
            let start = u32_at(record, 2) * 2048;
            files.insert(name.to_owned(), image[start..start + u32_at(record, 10)].to_vec());
        }
    }
    files
}

/// The sector and the length in bytes of what UEFI boots, from the boot catalogue.
pub(crate) fn uefi_entry(image: &[u8]) -> (usize, usize) {
    let catalogue = u32_at(image, 17 * 2048 + 0x47) * 2048;
    let entry = &image[catalogue + 96..catalogue + 128];
    assert_eq!((image[catalogue + 64], image[catalogue + 65], entry[0]), (0x91, 0xEF, 0x88));
    (u32_at(entry, 8), u16_at(entry, 6) * 512)
}

/// An entry of a master boot record. Its blocks have 512 bytes.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Partition {
    pub(crate) active: bool,
    pub(crate) kind: u8,
    pub(crate) start: usize,
    pub(crate) len: usize,
}

/// The partitions of a disk.
pub(crate) fn read_mbr(disk: &[u8]) -> Vec<Partition> {
    assert_eq!(disk[510..512], [0x55, 0xAA]);
    let entry = |at: usize| {
        let entry = &disk[446 + at * 16..462 + at * 16];
        let (start, len) = (u32_at(entry, 8), u32_at(entry, 12));
        Partition { active: entry[0] == 0x80, kind: entry[4], start, len }
    };
    (0..4).map(entry).filter(|partition| partition.kind != 0).collect()
}

/// The block that the code in the master boot record loads.
pub(crate) fn loader_block(disk: &[u8]) -> usize {
    assert_eq!(u32_at(disk, 436), 0);
    u32_at(disk, 432)
}

/// A FAT12 or FAT16 volume.
struct Fat<'a> {
    bytes: &'a [u8],
    table: Vec<usize>,
    data: usize,
    cluster_len: usize,
}

impl<'a> Fat<'a> {
    fn new(bytes: &'a [u8]) -> Self {
        let table_len = u16_at(bytes, 22) * 512;
        let table_start = u16_at(bytes, 14) * 512;
        let data = table_start + 2 * table_len + u16_at(bytes, 17) * 32;
        let cluster_len = usize::from(bytes[13]) * 512;
        let clusters = (u16_at(bytes, 19) * 512 - data) / cluster_len;
        let (table, copy) = bytes[table_start..].split_at(table_len);
        assert!(*table == copy[..table_len], "both tables are the same");
        let entry = |number| match clusters {
            4085.. => u16_at(table, 2 * number),
            _ if number % 2 == 0 => u16_at(table, number / 2 * 3) & 0xFFF,
            _ => u16_at(table, number / 2 * 3 + 1) >> 4,
        };
        Self { bytes, table: (0..clusters + 2).map(entry).collect(), data, cluster_len }
    }

    fn chain(&self, mut cluster: usize) -> Vec<u8> {
        let mut content = Vec::new();
        while cluster < self.table.len() {
            let start = self.data + (cluster - 2) * self.cluster_len;
            content.extend_from_slice(&self.bytes[start..start + self.cluster_len]);
            cluster = self.table[cluster];
        }
        content
    }

    fn walk(&self, path: &str, directory: &[u8], files: &mut Files) {
        for entry in directory.chunks(32).take_while(|entry| entry[0] != 0) {
            if entry[11] == 0x0F || entry[0] == b'.' {
                continue;
            }
            let name = format!("{path}/{}", str::from_utf8(&entry[..11]).unwrap());
            let mut content = self.chain(u16_at(entry, 26));
            if entry[11] & 0x10 == 0 {
                content.truncate(u32_at(entry, 28));
                files.insert(name, content);
            } else {
                self.walk(&name, &content, files);
            }
        }
    }
}

/// All files with their full paths in short names.
pub(crate) fn read_fat(volume: &[u8]) -> Files {
    let fat = Fat::new(volume);
    let mut files = Files::new();
    let root = &volume[fat.data - u16_at(volume, 17) * 32..fat.data];
    fat.walk("", root, &mut files);
    files
}
