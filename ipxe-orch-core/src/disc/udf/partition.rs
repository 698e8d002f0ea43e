//! Partitions, which say where the blocks of a logical volume are.

use super::{Icb, MISPLACED, Volume};
use crate::disc::{DiscError, Span, field::Fields, file::cut, limits, source::Source};

/// The address of a logical block (4/7.1). The partition is given by the number of its map.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Address {
    pub(super) block: u32,
    pub(super) partition: u16,
}

impl Address {
    /// The address in a long allocation descriptor (4/14.14.2).
    pub(super) fn long<B: AsRef<[u8]>>(fields: &Fields<B>, at: usize) -> Result<Self, DiscError> {
        Ok(Self { block: fields.u32(at + 4)?, partition: fields.u16(at + 8)? })
    }
}

/// A partition, as the places of its blocks in order.
pub(super) struct Partition(Vec<Span>);

impl Partition {
    /// The places of the `len` bytes from a block on. `size` is the length of a block.
    pub(super) fn locate(&self, block: u32, len: u64, size: u64) -> Result<Vec<Span>, DiscError> {
        cut(&self.0, u64::from(block) * size, len).ok_or(MISPLACED)
    }
}

/// The partitions that the maps of a logical volume name (3/10.6.9).
pub(super) fn read(
    source: &Source<'_>,
    logical: &Fields<[u8; 2048]>,
    known: &[(u16, u64, u64)],
    sector: u64,
    block: u64,
) -> Result<Vec<Partition>, DiscError> {
    let mut partitions = Vec::new();
    let (mut at, end) = (440, logical.count(264)?.saturating_add(440));
    while at < end {
        let bytes = logical.bytes(at, usize::from(logical.u8(at + 1)?))?;
        let map = Fields { bytes, what: "a partition map", at: logical.at };
        let partition = match (map.u8(0)?, map.bytes.len()) {
            // 3/10.7.2
            (1, 6) => physical(known, map.u16(4)?, sector)?,
            // UDF 2.2.10
            (2, 64) if map.bytes(5, 23)? == b"*UDF Metadata Partition" => {
                let base = physical(known, map.u16(38)?, sector)?;
                metadata(source, base, map.u32(40)?, block)?
            }
            (2, 64) => {
                let what = "UDF with a virtual or sparable partition";
                return Err(DiscError::Unsupported { what });
            }
            _ => return Err(map.damaged("it has an unknown kind")),
        };
        partitions.push(partition);
        at += map.bytes.len();
    }
    Ok(partitions)
}

fn physical(known: &[(u16, u64, u64)], number: u16, sector: u64) -> Result<Partition, DiscError> {
    let found = known.iter().find(|(other, ..)| *other == number);
    let (_, first, sectors) = found.ok_or(MISPLACED)?;
    Ok(Partition(vec![Span { at: Some(first * sector), len: sectors * sector }]))
}

/// A partition that is a file in another partition (UDF 2.2.10.1). It keeps all file entries and
/// directories together.
fn metadata(
    source: &Source<'_>,
    base: Partition,
    file: u32,
    block: u64,
) -> Result<Partition, DiscError> {
    let root = Address { block: file, partition: 0 };
    let (label, partitions) = (String::new(), vec![base]);
    let volume = Volume { source, label, block, partitions, root };
    let spans = Icb::read(&volume, root)?.spans;
    if spans.len() > limits::METADATA {
        let limit = u64::try_from(limits::METADATA).unwrap_or(u64::MAX);
        return Err(DiscError::TooMuch { what: "extents of metadata", limit });
    }
    Ok(Partition(spans))
}
