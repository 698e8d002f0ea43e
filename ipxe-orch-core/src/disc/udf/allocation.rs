//! Allocation descriptors (4/14.14), which say where the bytes of a file are.

use super::{
    Address, Volume,
    tag::{Tag, tagged},
};
use crate::disc::{DiscError, Span, field::Fields, limits};

const WHAT: &str = "an allocation descriptor";

/// What the two upper bits of a length mean (4/14.14.1.1).
enum Extent {
    Recorded,
    Zeros,
    /// The place of further descriptors.
    Continued,
}

struct Descriptor {
    extent: Extent,
    len: u64,
    at: Address,
}

/// The spans of a list of descriptors, which are short ones (`kind` 0) or long ones (`kind` 1).
pub(super) fn read(
    volume: &Volume<'_>,
    partition: u16,
    kind: u16,
    list: &[u8],
) -> Result<Vec<Span>, DiscError> {
    let (mut spans, mut list) = (Vec::new(), list.to_vec());
    for _ in 0..limits::CONTINUATIONS {
        let mut next = None;
        for descriptor in descriptors(&list, partition, kind)? {
            let Descriptor { extent, len, at } = descriptor?;
            if len == 0 {
                break;
            }
            match extent {
                Extent::Recorded => {
                    spans.extend(volume.partition(at)?.locate(at.block, len, volume.block)?);
                }
                Extent::Zeros => spans.push(Span { at: None, len }),
                Extent::Continued => {
                    next = Some(at);
                    break;
                }
            }
        }
        let Some(at) = next else { return Ok(spans) };
        list = continued(volume, at)?;
    }
    let limit = u64::try_from(limits::CONTINUATIONS).unwrap_or(u64::MAX);
    Err(DiscError::TooMuch { what: "continuations of a list of extents", limit })
}

fn descriptors(
    list: &[u8],
    partition: u16,
    kind: u16,
) -> Result<impl Iterator<Item = Result<Descriptor, DiscError>>, DiscError> {
    let size = match kind {
        0 => 8,
        1 => 16,
        _ => return Err(DiscError::Unsupported { what: "an extended allocation descriptor" }),
    };
    Ok(list.chunks_exact(size).map(move |bytes| {
        let fields = Fields { bytes, what: WHAT, at: 0 };
        let word = fields.u32(0)?;
        let extent = match word >> 30 {
            0 => Extent::Recorded,
            1 | 2 => Extent::Zeros,
            _ => Extent::Continued,
        };
        let at = match kind {
            0 => Address { block: fields.u32(4)?, partition },
            _ => Address::long(&fields, 0)?,
        };
        Ok(Descriptor { extent, len: u64::from(word & 0x3FFF_FFFF), at })
    }))
}

/// The descriptors of an allocation extent (4/14.5). Only one block of them is read.
fn continued(volume: &Volume<'_>, at: Address) -> Result<Vec<u8>, DiscError> {
    let place = volume.place(at)?;
    let header = tagged(volume.source, WHAT, place, Tag::AllocationExtent)?;
    let len = u64::from(header.u32(20)?).min(volume.block - 24);
    volume.source.read(WHAT, place + 24, len)
}
