//! File entries (4/14.9, 4/14.17).

use super::{Address, Tag, Volume, allocation};
use crate::disc::{DiscError, Span, field::Fields};

/// What a file entry describes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Directory,
    File,
    Link,
    Other,
}

/// A file entry.
pub(super) struct Icb {
    pub(super) kind: Kind,
    pub(super) len: u64,
    pub(super) spans: Vec<Span>,
}

/// Where a file entry has its extended attributes' length; the next field is that of its
/// allocation descriptors, then both follow.
const FILE_ENTRY: usize = 168;
const EXTENDED_FILE_ENTRY: usize = 208;

impl Icb {
    pub(super) fn read(volume: &Volume<'_>, address: Address) -> Result<Self, DiscError> {
        let (what, at) = ("a file entry", volume.place(address)?);
        let bytes = volume.source.read(what, at, volume.block)?;
        let entry = Fields { bytes: bytes.as_slice(), what, at };
        let lengths = match Tag::of(&entry) {
            Some(Tag::FileEntry) => FILE_ENTRY,
            Some(Tag::ExtendedFileEntry) => EXTENDED_FILE_ENTRY,
            _ => return Err(entry.damaged("it has another tag, or its checksum is wrong")),
        };
        // Strategy 4: one entry, no history (4/A.5). The ICB tag is 4/14.6.
        if entry.u16(20)? != 4 {
            return Err(DiscError::Unsupported { what: "a file of UDF with a history" });
        }
        let kind = match entry.u8(27)? {
            4 => Kind::Directory,
            // 249: a file for real-time reading; 250: the metadata file (UDF 2.3.5.2).
            5 | 249 | 250 => Kind::File,
            12 => Kind::Link,
            _ => Kind::Other,
        };
        let len = entry.u64(56)?;
        let start = entry.count(lengths)?.checked_add(lengths + 8);
        let start = start.ok_or_else(|| entry.damaged("its attributes are too long"))?;
        let list = entry.bytes(start, entry.count(lengths + 4)?)?;
        let list_at = at + u64::try_from(start).unwrap_or(0);
        let spans = match entry.u16(34)? & 0b111 {
            // The list is the file.
            3 => vec![Span { at: Some(list_at), len: u64::try_from(list.len()).unwrap_or(0) }],
            kind => allocation::read(volume, address.partition, kind, list)?,
        };
        Ok(Self { kind, len, spans })
    }
}
