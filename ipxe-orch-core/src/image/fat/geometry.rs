use super::table::Cluster;
use crate::image::{
    ImageError,
    num::{ByteLen, Sector},
};

/// Bytes per sector.
pub(super) const SECTOR: u16 = 512;

/// Sectors per cluster.
pub(super) const CLUSTER_SECTORS: u8 = 4;

/// The table has two entries more than there are clusters.
pub(super) const FIRST_CLUSTER: u32 = 2;

/// Directory entries in one sector.
const ENTRIES: u32 = 16;

/// With at least this many clusters a volume is FAT16 ("FAT Type Determination").
const FAT16_FROM: u32 = 4085;

/// Other software compares with a limit that is wrong by up to 16 clusters. The specification
/// advises to stay at least this far from the limit.
const DISTANCE: u32 = 16;

/// The width of a table entry. FAT32 begins at 65,525 clusters, which is much more than the boot
/// catalogue allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Fat12,
    Fat16,
}

impl Kind {
    fn of(clusters: u32) -> Self {
        if clusters < FAT16_FROM { Self::Fat12 } else { Self::Fat16 }
    }

    /// The number of sectors of one table ("FAT Data Structure").
    fn table_sectors(self, entries: u32) -> u32 {
        match self {
            Self::Fat12 => (entries * 3).div_ceil(2 * u32::from(SECTOR)),
            Self::Fat16 => (entries * 2).div_ceil(u32::from(SECTOR)),
        }
    }
}

/// How a volume is divided. All numbers are those of its boot sector.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Geometry {
    pub(super) kind: Kind,
    /// Number of sectors of the whole volume.
    pub(super) sectors: u16,
    /// Number of sectors of each of the two tables.
    pub(super) table_sectors: u16,
    /// Number of directory entries that the root directory has room for.
    pub(super) root_entries: u16,
    /// Number of clusters before the first cluster: boot sector, tables and root directory.
    header: u32,
}

impl Geometry {
    /// Divides a volume that has room for at least `used` clusters.
    pub(super) fn new(used: u32) -> Result<Self, ImageError> {
        let clusters = keep_off_limit(used);
        let kind = Kind::of(clusters);
        let table_sectors = kind.table_sectors(clusters + FIRST_CLUSTER);
        // The root directory takes the rest of the header's last cluster. The reserved sectors
        // could do that as well, but other software expects exactly one of them.
        let before_root = 1 + 2 * table_sectors;
        let header = (before_root + 1).div_ceil(u32::from(CLUSTER_SECTORS));
        let root_sectors = header * u32::from(CLUSTER_SECTORS) - before_root;
        let sectors = (header + clusters) * u32::from(CLUSTER_SECTORS);
        let fits = |count: u32| u16::try_from(count).map_err(|_| too_large(sectors));
        Ok(Self {
            kind,
            sectors: fits(sectors)?,
            table_sectors: fits(table_sectors)?,
            root_entries: fits(root_sectors * ENTRIES)?,
            header,
        })
    }

    /// The length of the whole volume.
    pub(super) fn len(&self) -> ByteLen {
        ByteLen(u32::from(self.sectors) * u32::from(SECTOR))
    }

    /// The place of a cluster. The first cluster has the number 2.
    pub(super) fn place(&self, cluster: Cluster) -> Sector {
        Sector(self.header + cluster.0 - FIRST_CLUSTER)
    }

    /// The length of one table in bytes.
    pub(super) fn table_len(&self) -> usize {
        usize::from(self.table_sectors) * usize::from(SECTOR)
    }
}

/// Avoids a number of clusters near the limit. The clusters that this adds stay free.
fn keep_off_limit(clusters: u32) -> u32 {
    let near = FAT16_FROM - DISTANCE..FAT16_FROM + DISTANCE;
    if near.contains(&clusters) { near.end } else { clusters }
}

fn too_large(sectors: u32) -> ImageError {
    let len = |blocks: u32| u64::from(blocks) * u64::from(SECTOR);
    ImageError::EspTooLarge { len: len(sectors), max: len(u32::from(u16::MAX)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_count_of_clusters_decides_the_kind_and_keeps_off_its_limit() {
        let of = |clusters| {
            let geometry = Geometry::new(clusters).unwrap();
            let data = u32::from(geometry.sectors) / u32::from(CLUSTER_SECTORS) - geometry.header;
            (geometry.kind, data)
        };
        assert_eq!(of(1), (Kind::Fat12, 1));
        assert_eq!(of(4068), (Kind::Fat12, 4068));
        assert_eq!(of(4069), (Kind::Fat16, 4101));
        assert_eq!(of(4100), (Kind::Fat16, 4101));
        assert_eq!(of(4102), (Kind::Fat16, 4102));
    }

    #[test]
    fn headers_are_whole_clusters() {
        for clusters in 1..16_300 {
            let geometry = Geometry::new(clusters).unwrap();
            let sectors = 1 + 2 * geometry.table_sectors + geometry.root_entries / 16;
            assert_eq!(u32::from(sectors), geometry.header * 4, "{clusters} clusters");
            assert!(geometry.root_entries >= 16);
            assert_eq!(geometry.place(Cluster(2)), Sector(geometry.header));
        }
    }

    #[test]
    fn a_volume_beyond_the_catalogue_is_refused_with_both_lengths() {
        assert_eq!(Geometry::new(16_350).unwrap().sectors, 65_532);
        assert_eq!(
            Geometry::new(16_351).unwrap_err(),
            ImageError::EspTooLarge { len: 65_536 * 512, max: 65_535 * 512 }
        );
    }
}
