use super::table::Cluster;
use crate::image::num::{ByteLen, Record, U16Le, U32Le};

/// A name of 8 and an extension of 3 characters, both filled up with spaces.
pub(in crate::image) type ShortName = [u8; 11];

/// 1980-01-01 ("Date and Time Formats"). The time is 0, midnight.
const DATE: u16 = 1 << 5 | 1;

/// Marks a long name: the attributes read-only, hidden, system and volume label together.
const LONG_NAME: u8 = 0x0F;

/// The number of the last part of a long name, which here is also the first one ("FAT Long
/// Directory Entries").
const LAST_AND_FIRST: u8 = 0x40 | 1;

/// `DIR_Attr`
#[derive(Clone, Copy, Debug)]
pub(super) enum Attributes {
    Directory,
    Archive,
}

/// A directory entry ("FAT Directory Structure"), 32 bytes, one line for each field. A directory
/// has the length 0.
pub(super) fn entry(name: ShortName, attributes: Attributes, at: Cluster, len: ByteLen) -> Vec<u8> {
    let attributes = match attributes {
        Attributes::Directory => 0x10,
        Attributes::Archive => 0x20,
    };
    let [low, low2, high, high2] = at.0.to_le_bytes();
    Record::default()
        .put(name)
        .put([attributes])
        .zeros(1)
        .zeros(3) // created, time
        .put(U16Le::from(DATE)) // created
        .put(U16Le::from(DATE)) // accessed
        .put([high, high2])
        .zeros(2) // written, time
        .put(U16Le::from(DATE)) // written
        .put([low, low2])
        .put(U32Le::from(len.0))
        .finish()
}

/// The first two entries of every directory except the root.
pub(super) fn dots(own: Cluster, parent: Cluster) -> Vec<u8> {
    let mut entries = entry(*b".          ", Attributes::Directory, own, ByteLen(0));
    entries.extend(entry(*b"..         ", Attributes::Directory, parent, ByteLen(0)));
    entries
}

/// The entry that gives the file `short` a longer ASCII name; it comes before the entry of the file
/// ("FAT Long Directory Entries"). 13 characters fill the entry exactly, so neither an end mark nor
/// filler is needed.
pub(super) fn long_name(name: [u8; 13], short: ShortName) -> Vec<u8> {
    let units = name.map(|byte| [byte, 0]);
    let (first, rest) = units.split_at(5);
    let (second, third) = rest.split_at(6);
    Record::default()
        .put([LAST_AND_FIRST])
        .put(first.as_flattened())
        .put([LONG_NAME])
        .zeros(1)
        .put([checksum(short)])
        .put(second.as_flattened())
        .zeros(2)
        .put(third.as_flattened())
        .finish()
}

/// `ChkSum()` of the specification, which ties a long name to its short one.
fn checksum(short: ShortName) -> u8 {
    short.iter().fold(0, |sum: u8, byte| sum.rotate_right(1).wrapping_add(*byte))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::num::hex;

    /// The root directory after `mmd -i x.img ::/EFI ::/EFI/BOOT` and `mcopy -i x.img autoexec.ipxe
    /// ::/autoexec.ipxe` with mtools 4.0.32, from its second entry on, with our date instead of the
    /// date of that day.
    const MCOPY: &str = "41 6100750074006f006500 0f 00 a5 780065006300 2e0069007000 0000 78006500
        4155544f45587e3149505820 0000 0000 2100 2100 0000 0000 2100 0400 00400000";

    #[test]
    fn entries_are_those_of_mcopy() {
        let short = *b"AUTOEX~1IPX";
        let mut entries = long_name(*b"autoexec.ipxe", short);
        assert_eq!(entries.len(), 32);
        entries.extend(entry(short, Attributes::Archive, Cluster(4), ByteLen(16_384)));
        assert_eq!(entries, hex(MCOPY));
    }

    #[test]
    fn dots_name_the_directory_and_its_parent() {
        let entries = dots(Cluster(3), Cluster(2));
        assert_eq!(entries.len(), 64);
        assert_eq!(entries[..12], *b".          \x10");
        assert_eq!(entries[26..28], [3, 0]);
        assert_eq!(entries[32..44], *b"..         \x10");
        assert_eq!(entries[58..60], [2, 0]);
    }
}
