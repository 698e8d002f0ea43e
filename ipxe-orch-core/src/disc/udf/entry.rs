//! File entries (4/14.9, 4/14.17).

use super::{Address, Tag, Volume, allocation};
use crate::disc::{DiscError, Span, field::Fields};

/// The kind of file that a file entry describes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Directory,
    File,
    Link,
    Other,
}

/// The content of a file entry ("information control block").
pub(super) struct Icb {
    pub(super) kind: Kind,
    pub(super) len: u64,
    pub(super) spans: Vec<Span>,
}

/// The offset of the length of the extended attributes. The next field is the length of the
/// allocation descriptors; then follow the attributes and the descriptors.
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
        // Strategy 4: one entry without a history (4/A.5). The ICB tag is described in 4/14.6.
        if entry.u16(20)? != 4 {
            return Err(DiscError::Unsupported { what: "a file of UDF with a history" });
        }
        let kind = match entry.u8(27)? {
            4 => Kind::Directory,
            // 249 is a file for real-time reading, 250 is the metadata file (UDF 2.3.5.2).
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
            // The content of a short file is stored in place of the descriptors.
            3 => vec![Span { at: Some(list_at), len: u64::try_from(list.len()).unwrap_or(0) }],
            kind => allocation::read(volume, address.partition, kind, list)?,
        };
        Ok(Self { kind, len, spans })
    }
}
