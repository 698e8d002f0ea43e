use super::geometry::{FIRST_CLUSTER, Geometry, Kind};
use crate::image::num::ByteLen;

/// The number of a cluster. Where a directory names its parent, 0 is the root directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Cluster(pub(super) u32);

/// The media descriptor of a disk that is not a floppy. The boot sector has it as well.
pub(super) const MEDIA: u8 = 0xF8;

/// The entries of a file allocation table, before they are encoded with 12 or 16 bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Link {
    /// Entry 0 repeats the media descriptor.
    Media,
    /// The last cluster of a chain. Entry 1 has the same value, which there means "clean, no
    /// errors".
    End,
    Next(Cluster),
}

impl Link {
    fn encode(self, kind: Kind) -> u32 {
        let ones = match kind {
            Kind::Fat12 => 0xFFF,
            Kind::Fat16 => 0xFFFF,
        };
        match self {
            Self::Media => ones & (0xFF00 | u32::from(MEDIA)),
            Self::End => ones,
            Self::Next(cluster) => cluster.0,
        }
    }
}

/// The file allocation table of a volume that is filled once, from its start.
#[derive(Debug)]
pub(super) struct Table(Vec<Link>);

impl Default for Table {
    fn default() -> Self {
        Self(vec![Link::Media, Link::End])
    }
}

impl Table {
    /// Allocates as many clusters in a row as hold `len` bytes, which must not be 0. Returns the
    /// first one.
    pub(super) fn allocate(&mut self, len: ByteLen) -> Cluster {
        let first = self.next();
        for number in 1..len.sectors() {
            self.0.push(Link::Next(Cluster(first.0 + number)));
        }
        self.0.push(Link::End);
        first
    }

    /// The number of allocated clusters.
    pub(super) fn clusters(&self) -> u32 {
        self.next().0 - FIRST_CLUSTER
    }

    fn next(&self) -> Cluster {
        Cluster(u32::try_from(self.0.len()).unwrap_or(u32::MAX))
    }

    /// The table as it is stored ("FAT Data Structure").
    pub(super) fn encode(&self, geometry: &Geometry) -> Vec<u8> {
        let values: Vec<u32> = self.0.iter().map(|link| link.encode(geometry.kind)).collect();
        let mut bytes = match geometry.kind {
            Kind::Fat12 => encode_12(&values),
            Kind::Fat16 => encode_16(&values),
        };
        bytes.resize(geometry.table_len(), 0);
        bytes
    }
}

/// Two entries in three bytes; the first one has the lower bits.
fn encode_12(values: &[u32]) -> Vec<u8> {
    let pairs =
        values.chunks(2).map(|pair| pair.iter().rev().fold(0, |sum, value| sum << 12 | value));
    pairs
        .flat_map(|pair| {
            let [low, middle, high, _] = pair.to_le_bytes();
            [low, middle, high]
        })
        .collect()
}

fn encode_16(values: &[u32]) -> Vec<u8> {
    values
        .iter()
        .flat_map(|value| {
            let [low, high, _, _] = value.to_le_bytes();
            [low, high]
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::num::hex;

    /// The table after the commands of the test in `directory.rs`: `xxd -s 512 -l 32 x.img`.
    const MTOOLS_12: &str = "f8ffff ffffff 056000 078000 09a000 0bf0ff";
    const MTOOLS_16: &str = "f8ffffffffffffff 0500060007000800 09000a000b00ffff";

    #[test]
    fn tables_are_those_of_mtools() {
        let mut table = Table::default();
        for len in [2048, 1, 16_384] {
            table.allocate(ByteLen(len));
        }
        assert_eq!(table.clusters(), 10);
        let encoded = table.encode(&Geometry::new(497).unwrap());
        assert_eq!((encoded.len(), &encoded[..18]), (1024, &hex(MTOOLS_12)[..]));
        let encoded = table.encode(&Geometry::new(4490).unwrap());
        assert_eq!((encoded.len(), &encoded[..24]), (9216, &hex(MTOOLS_16)[..]));
    }

    #[test]
    fn an_odd_table_ends_with_half_a_byte_of_zeros() {
        assert_eq!(encode_12(&[0xABC, 0xDEF, 0x123]), [0xBC, 0xFA, 0xDE, 0x23, 0x01, 0x00]);
    }
}
