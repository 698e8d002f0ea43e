//! Descriptor tags (3/7.2 and 4/7.2).

use crate::disc::{DiscError, field::Fields, source::Source};

/// The kind of a descriptor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tag {
    Anchor,
    Partition,
    LogicalVolume,
    Terminator,
    FileSet,
    FileIdentifier,
    AllocationExtent,
    FileEntry,
    ExtendedFileEntry,
}

impl Tag {
    /// The tag of a descriptor, if its checksum is right (3/7.2.3).
    pub(super) fn of<B: AsRef<[u8]>>(descriptor: &Fields<B>) -> Option<Self> {
        let tag = descriptor.bytes(0, 16).ok()?;
        let (before, after) = (tag.get(..4)?, tag.get(5..)?);
        let sum = before.iter().chain(after).fold(0_u8, |sum, byte| sum.wrapping_add(*byte));
        if descriptor.u8(4).ok()? != sum {
            return None;
        }
        Some(match descriptor.u16(0).ok()? {
            2 => Self::Anchor,
            5 => Self::Partition,
            6 => Self::LogicalVolume,
            8 => Self::Terminator,
            256 => Self::FileSet,
            257 => Self::FileIdentifier,
            258 => Self::AllocationExtent,
            261 => Self::FileEntry,
            266 => Self::ExtendedFileEntry,
            _ => return None,
        })
    }
}

/// Reads a descriptor that must have this tag.
pub(super) fn tagged(
    source: &Source<'_>,
    what: &'static str,
    at: u64,
    tag: Tag,
) -> Result<Fields<[u8; 512]>, DiscError> {
    let descriptor = source.fields::<512>(what, at)?;
    if Tag::of(&descriptor) == Some(tag) {
        Ok(descriptor)
    } else {
        Err(descriptor.damaged("it has another tag, or its checksum is wrong"))
    }
}
