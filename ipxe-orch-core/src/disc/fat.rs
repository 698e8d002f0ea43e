//! FAT volumes. The standard is ECMA-107; names such as `BPB_BytsPerSec` are those of Microsoft's
//! "FAT: General Overview" 1.03.

use super::{
    DiscError, File, Span, Tree,
    field::Fields,
    limits, name,
    source::Source,
    walk::{Pending, Walk},
};

const WHAT: &str = "a FAT volume";

/// Attributes of an entry (`DIR_Attr`).
const VOLUME_ID: u8 = 0x08;
const DIRECTORY: u8 = 0x10;
const LONG_NAME: u8 = 0x0F;

struct Volume<'a> {
    source: &'a Source<'a>,
    table: Vec<u32>,
    /// The place of cluster 2 and the length of a cluster, in bytes.
    data: u64,
    cluster: u64,
    /// The root directory of FAT12 and FAT16, which is before the clusters.
    root: Vec<Span>,
}

/// A directory: the number of its first cluster, or 0 for the root of FAT12 and FAT16.
type Place = u32;

/// The files of a volume.
pub(super) fn tree(source: &Source<'_>) -> Result<Tree<File>, DiscError> {
    let (volume, root) = Volume::read(source)?;
    let mut walk = Walk::new(source, root);
    while let Some(directory) = walk.next() {
        volume.directory(&directory, &mut walk)?;
    }
    Ok(walk.finish())
}

impl<'a> Volume<'a> {
    /// Reads the boot sector (the fields `BPB_…`) and the table.
    fn read(source: &'a Source<'a>) -> Result<(Self, Place), DiscError> {
        let boot = source.fields::<512>(WHAT, 0)?;
        let sector = u64::from(boot.u16(11)?);
        let cluster = u64::from(boot.u8(13)?) * sector;
        if boot.bytes(510, 2)? != [0x55, 0xAA]
            || ![512, 1024, 2048, 4096].contains(&sector)
            || !cluster.is_power_of_two()
        {
            return Err(boot.damaged("its first sector is not a boot sector of FAT"));
        }
        let tables = u64::from(boot.u16(14)?) * sector;
        let per_table = match boot.u16(22)? {
            0 => u64::from(boot.u32(36)?),
            sectors => u64::from(sectors),
        } * sector;
        let root_at = tables + u64::from(boot.u8(16)?) * per_table;
        let root_len = u64::from(boot.u16(17)?) * 32;
        let data = root_at + root_len.next_multiple_of(sector);
        let total = match boot.u16(19)? {
            0 => u64::from(boot.u32(32)?),
            sectors => u64::from(sectors),
        } * sector;
        let clusters = total.saturating_sub(data) / cluster;
        // The number of clusters alone decides the kind ("FAT Type Determination").
        let bits = match clusters {
            0..4085 => 12,
            4085..65_525 => 16,
            _ => 32,
        };
        let table = table(source, tables, bits, clusters + 2)?;
        let (root, place) = match bits {
            32 => (Vec::new(), boot.u32(44)?),
            _ => (vec![Span { at: Some(root_at), len: root_len }], 0),
        };
        Ok((Self { source, table, data, cluster, root }, place))
    }

    /// The places of the clusters from `first` on, in the order of the chain.
    fn chain(&self, first: u32) -> Result<Vec<Span>, DiscError> {
        let damaged = |why| DiscError::Damaged { what: "a chain of clusters", at: 0, why };
        let (mut spans, mut cluster, mut len) = (Vec::<Span>::new(), first, 0);
        while cluster >= 2
            && let Some(next) = usize::try_from(cluster).ok().and_then(|at| self.table.get(at))
        {
            let at = self.data + u64::from(cluster - 2) * self.cluster;
            match spans.last_mut() {
                Some(Span { at: Some(start), len }) if *start + *len == at => *len += self.cluster,
                _ => spans.push(Span { at: Some(at), len: self.cluster }),
            }
            len += self.cluster;
            // A chain that is longer than the image has a loop.
            if len > self.source.len {
                return Err(damaged("it has no end"));
            }
            cluster = *next;
        }
        Ok(spans)
    }

    fn directory(
        &self,
        directory: &Pending<Place>,
        walk: &mut Walk<'_, Place>,
    ) -> Result<(), DiscError> {
        let spans = match directory.place {
            0 => self.root.clone(),
            first => self.chain(first)?,
        };
        walk.directory(spans.iter().map(|span| span.len).sum())?;
        let mut bytes = Vec::new();
        for span in spans {
            bytes.extend(self.source.read("a directory", span.at.unwrap_or(0), span.len)?);
        }
        let mut long = Vec::new();
        for entry in bytes.chunks_exact(32) {
            let fields = Fields { bytes: entry, what: "an entry of a directory", at: 0 };
            match (fields.u8(0)?, fields.u8(11)?) {
                (0, _) => break,
                (0xE5, _) => long.clear(),
                (_, LONG_NAME) => long = [long_part(&fields)?, long].concat(),
                // The label of the volume, and the entries `.` and `..`.
                (first, attributes) if attributes & VOLUME_ID != 0 || first == b'.' => long.clear(),
                (_, attributes) => {
                    let name = match std::mem::take(&mut long) {
                        none if none.is_empty() => short(&fields)?,
                        utf16 => name::utf16_be(&utf16),
                    };
                    self.entry(directory, name, attributes, &fields, walk)?;
                }
            }
        }
        Ok(())
    }

    fn entry(
        &self,
        directory: &Pending<Place>,
        name: Vec<u8>,
        attributes: u8,
        fields: &Fields<&[u8]>,
        walk: &mut Walk<'_, Place>,
    ) -> Result<(), DiscError> {
        let name = name::checked(name)?;
        let first = u32::from(fields.u16(20)?) << 16 | u32::from(fields.u16(26)?);
        if attributes & DIRECTORY != 0 {
            return walk.enter(directory, &name, first);
        }
        let len = u64::from(fields.u32(28)?);
        walk.file(directory, &name, File::new(self.source, len, self.chain(first)?)?)
    }
}

/// The first file allocation table, with one number for each cluster.
fn table(source: &Source<'_>, at: u64, bits: u64, clusters: u64) -> Result<Vec<u32>, DiscError> {
    let len = (clusters * bits).div_ceil(8);
    if len > limits::DIRECTORIES {
        let what = "bytes in a table of FAT";
        return Err(DiscError::TooMuch { what, limit: limits::DIRECTORIES });
    }
    let bytes = source.read(WHAT, at, len)?;
    let word = |pair: &[u8; 2]| u32::from(u16::from_le_bytes(*pair));
    Ok(match bits {
        // Two numbers of 12 bits are stored in three bytes.
        12 => (bytes.as_chunks::<3>().0.iter())
            .flat_map(|[a, b, c]| [word(&[*a, *b]) & 0xFFF, word(&[*b, *c]) >> 4])
            .collect(),
        16 => bytes.as_chunks().0.iter().map(word).collect(),
        _ => bytes.as_chunks().0.iter().map(|b| u32::from_le_bytes(*b) & 0x0FFF_FFFF).collect(),
    })
}

/// The 13 characters of one entry of a long name, as big-endian UTF-16. A directory stores the last
/// entry of a name first.
fn long_part(fields: &Fields<&[u8]>) -> Result<Vec<u8>, DiscError> {
    let mut part = Vec::new();
    for at in (1..11).chain(14..26).chain(28..32).step_by(2) {
        match fields.u16(at)? {
            0 | 0xFFFF => break,
            unit => part.extend(unit.to_be_bytes()),
        }
    }
    Ok(part)
}

/// The short name: eight and three characters, filled up with spaces (`DIR_Name`).
fn short(fields: &Fields<&[u8]>) -> Result<Vec<u8>, DiscError> {
    let (name, kind) = (fields.bytes(0, 8)?.trim_ascii_end(), fields.bytes(8, 3)?.trim_ascii_end());
    let dot: &[u8] = if kind.is_empty() { b"" } else { b"." };
    Ok([name, dot, kind].concat())
}
