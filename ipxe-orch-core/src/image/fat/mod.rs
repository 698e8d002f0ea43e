//! The EFI system partition: a FAT12 or FAT16 volume whose clusters are sectors of the ISO.
//!
//! Names in quotes are sections of Microsoft's "FAT: General Overview of On-Disk Format", version
//! 1.03.

mod boot_sector;
mod directory;
mod geometry;
mod table;

use bytes::Bytes;

pub(super) use self::directory::ShortName;
use self::{
    directory::Attributes,
    geometry::Geometry,
    table::{Cluster, Table},
};
use super::{
    DefaultLoader, ImageError,
    eltorito::Blocks,
    mbr::Block,
    num::{ByteLen, Sector},
    part::Part,
    plan::REGION,
};

/// A cluster is as long as a sector of the ISO, so that a file can be part of both.
const CLUSTER: u32 = Sector::SIZE;

/// A loader in the directory `\EFI\BOOT`.
#[derive(Debug)]
pub(super) struct Loader {
    pub(super) which: DefaultLoader,
    /// Not empty.
    pub(super) bytes: Bytes,
}

/// The parts of the volume. Sectors are counted from the start of the volume.
#[derive(Debug)]
pub(super) struct Volume {
    pub(super) len: ByteLen,
    pub(super) script: Sector,
    pub(super) parts: Vec<Part>,
    geometry: Geometry,
}

impl Volume {
    /// The volume with the script region as `\autoexec.ipxe`. On a disk it is a partition, with
    /// `hidden` blocks before it.
    pub(super) fn new(loaders: &[Loader], hidden: Block) -> Result<Self, ImageError> {
        let mut table = Table::default();
        let efi = table.allocate(ByteLen(CLUSTER));
        let boot = table.allocate(ByteLen(CLUSTER));
        let script = table.allocate(REGION);
        let placed: Vec<_> = loaders
            .iter()
            .map(|loader| (loader, table.allocate(ByteLen::of(&loader.bytes))))
            .collect();

        let geometry = Geometry::new(table.clusters())?;
        let boot_sector = boot_sector::encode(&geometry, hidden);
        let place = |cluster: Cluster| geometry.place(cluster);
        let mut parts = vec![
            Part::shared(Sector(0), header(boot_sector, &geometry, &table, efi, script)),
            Part::shared(place(efi), efi_directory(efi, boot)),
            Part::shared(place(boot), boot_directory(efi, boot, &placed)),
            Part::region(place(script)),
        ];
        parts.extend(
            placed.iter().map(|(loader, at)| Part::shared(place(*at), loader.bytes.clone())),
        );
        Ok(Self { len: geometry.len(), script: place(script), parts, geometry })
    }

    pub(super) fn blocks(&self) -> Blocks {
        Blocks(self.geometry.sectors)
    }
}

/// Everything before the first cluster: the boot sector, two equal tables, and the root directory.
fn header(
    boot_sector: Vec<u8>,
    geometry: &Geometry,
    table: &Table,
    efi: Cluster,
    script: Cluster,
) -> Vec<u8> {
    let table = table.encode(geometry);
    let root = [
        directory::entry(*b"EFI        ", Attributes::Directory, efi, ByteLen(0)),
        directory::long_name(*b"autoexec.ipxe", SCRIPT_NAME),
        directory::entry(SCRIPT_NAME, Attributes::Archive, script, REGION),
    ];
    [boot_sector, table.clone(), table, root.concat()].concat()
}

/// The short name of `autoexec.ipxe`. Its extension is too long for a short name.
const SCRIPT_NAME: ShortName = *b"AUTOEX~1IPX";

const ROOT: Cluster = Cluster(0);

fn efi_directory(efi: Cluster, boot: Cluster) -> Vec<u8> {
    let mut entries = directory::dots(efi, ROOT);
    entries.extend(directory::entry(*b"BOOT       ", Attributes::Directory, boot, ByteLen(0)));
    entries
}

fn boot_directory(efi: Cluster, boot: Cluster, loaders: &[(&Loader, Cluster)]) -> Vec<u8> {
    let mut entries = directory::dots(boot, efi);
    for (loader, at) in loaders {
        let len = ByteLen::of(&loader.bytes);
        entries.extend(directory::entry(loader.which.short_name(), Attributes::Archive, *at, len));
    }
    entries
}
