use std::{ops::Range, sync::Arc};

use bytes::Bytes;

use super::{
    Bootloaders, DefaultLoader, ImageError, ImagePlan, Medium, boot_info, eltorito, fat,
    iso9660::{self, Entry, Volume},
    mbr::{self, Block, Partition},
    num::{ByteLen, Sector},
    part::{self, Part},
    plan::REGION,
};

const TERMINATOR: Sector = Sector(18);
const CATALOGUE: Sector = Sector(19);
const PATH_TABLE_LE: Sector = Sector(20);
const PATH_TABLE_BE: Sector = Sector(21);
const ROOT: Sector = Sector(22);
const FIRST_FILE: Sector = Sector(23);

/// ISOLINUX looks for this file in the root directory as well. It has no `SERIAL` line, because the
/// firmware decides where the console is.
const ISOLINUX_CFG: &[u8] =
    b"PROMPT 0\nDEFAULT ipxe\nLABEL ipxe\nLINUX /IPXE.KRN\nINITRD /SCRIPT.IPX\n";

/// Everything of an image except the script of the host. It is made once for a set of boot loaders
/// and shared by any number of images.
///
/// Cloning is cheap.
///
/// # Example
///
/// ```
/// use ipxe_orch_core::image::{Bootloaders, ImageError, Layout, Medium};
/// # use bytes::Bytes;
/// # let file = |len| Bytes::from(vec![0x90; len]);
///
/// // In earnest: the bytes of isolinux.bin, ldlinux.c32, ipxe.lkrn and ipxe.efi.
/// let loaders = Bootloaders::new(file(38_912), file(100), file(200), file(300));
///
/// let cd = Layout::new(&loaders)?;
/// let web1 = cd.plan("#!ipxe\necho web1\n")?.image();
/// let web2 = cd.plan("#!ipxe\necho web2\n")?.image();
/// assert_eq!(web1.len(), web2.len());
///
/// // A disk image needs a boot record as well.
/// let error = Layout::for_medium(&loaders, Medium::Disk).unwrap_err();
/// assert_eq!(error, ImageError::NoBootRecord);
/// # Ok::<(), ImageError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Layout(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    /// Sorted by place, without gaps.
    parts: Vec<Part>,
    len: u64,
    region: Range<u64>,
}

impl Layout {
    /// The layout of a CD, as [`for_medium`](Self::for_medium) with [`Medium::Cd`].
    ///
    /// # Errors
    ///
    /// As `for_medium`.
    pub fn new(firmware: &Bootloaders) -> Result<Self, ImageError> {
        Self::for_medium(firmware, Medium::Cd)
    }

    /// Lays out the boot loaders and encodes everything that hosts share. The bytes of the loaders
    /// are kept and not copied, except those of `isolinux`.
    ///
    /// # Errors
    ///
    /// - [`ImageError::FirmwareTooSmall`] and [`ImageError::FirmwareTooLarge`] for a file outside
    ///   the limits of [`Bootloaders`];
    /// - [`ImageError::NoBootRecord`] for a disk without `isohdpfx`;
    /// - [`ImageError::EspTooLarge`] if the FAT volume with the UEFI loaders has more than
    ///   33,553,920 bytes (65,535 blocks of 512, the largest 16-bit number of an entry in the
    ///   catalogue).
    pub fn for_medium(firmware: &Bootloaders, medium: Medium) -> Result<Self, ImageError> {
        firmware.check()?;
        let mut tree = Tree::default();
        let bios = tree.next;
        tree.add("ISOLINUX.BIN;1", boot_info::fill_in(&firmware.isolinux, bios));
        tree.add("ISOLINUX.CFG;1", ISOLINUX_CFG);
        tree.add("LDLINUX.C32;1", firmware.ldlinux.clone());
        tree.add("IPXE.KRN;1", firmware.ipxe_bios.clone());
        let uefi = tree.next;
        // A FAT volume in a partition states how many blocks come before it.
        let hidden = match medium {
            Medium::Cd => Block(0),
            Medium::Disk => Block::from(uefi),
        };
        let esp = fat::Volume::new(&loaders(firmware), hidden)?;
        let uefi_len = esp.blocks();
        let region = tree.add_esp(esp);
        if medium == Medium::Disk {
            let code = firmware.isohdpfx.as_deref().ok_or(ImageError::NoBootRecord)?;
            let end = Block(hidden.0 + u32::from(uefi_len.0));
            tree.make_disk(mbr::encode(code, bios, &partitions(hidden, end)));
        }
        let catalogue = eltorito::catalogue(bios, uefi, uefi_len);
        Ok(Self(Arc::new(tree.finish(catalogue, region))))
    }

    /// Adds the script of one host to the layout.
    ///
    /// # Errors
    ///
    /// - [`ImageError::NotAScript`] if the first word is not `#!ipxe`;
    /// - [`ImageError::ScriptContainsNul`] if the script contains a NUL character;
    /// - [`ImageError::ScriptTooLarge`] if it has more than [`REGION_LEN`](super::REGION_LEN)
    ///   bytes.
    pub fn plan(&self, script: &str) -> Result<ImagePlan, ImageError> {
        ImagePlan::new(self.clone(), script)
    }

    /// The length of every image in bytes: a multiple of 2,048, for a disk a multiple of 1 MiB.
    pub fn image_len(&self) -> u64 {
        self.0.len
    }

    /// The place of the script region, in bytes from the start of an image. It starts at a multiple
    /// of 2,048.
    pub fn region(&self) -> Range<u64> {
        self.0.region.clone()
    }

    pub(super) fn parts(&self) -> &[Part] {
        &self.0.parts
    }

    pub(super) fn part_at(&self, offset: u64) -> Option<&Part> {
        let behind = self.0.parts.partition_point(|part| part.end() <= offset);
        self.0.parts.get(behind)
    }
}

fn loaders(firmware: &Bootloaders) -> Vec<fat::Loader> {
    let loader = |which, bytes: &Bytes| fat::Loader { which, bytes: bytes.clone() };
    let x64 = loader(DefaultLoader::X64, &firmware.ipxe_efi_x64);
    let arm64 = firmware.ipxe_efi_arm64.as_ref();
    let arm64 = arm64.map(|bytes| loader(DefaultLoader::Arm64, bytes));
    [x64].into_iter().chain(arm64).collect()
}

/// Two partitions: the files of the ISO before the EFI system partition, and the EFI system
/// partition.
fn partitions(esp: Block, end: Block) -> [Partition; 2] {
    [
        Partition { kind: mbr::HIDDEN, active: true, start: iso9660::PRIMARY.into(), end: esp },
        Partition { kind: mbr::EFI_SYSTEM, active: false, start: esp, end },
    ]
}

/// Disks end at a whole MiB, which hypervisors require.
const DISK_UNIT: u32 = 1024 * 1024 / Sector::SIZE;

/// Collects files one after another, each from the start of a sector.
struct Tree {
    entries: Vec<Entry>,
    parts: Vec<Part>,
    next: Sector,
}

impl Default for Tree {
    fn default() -> Self {
        Self { entries: Vec::new(), parts: Vec::new(), next: FIRST_FILE }
    }
}

impl Tree {
    fn add(&mut self, name: &'static str, bytes: impl Into<Bytes>) {
        let bytes = bytes.into();
        let (at, len) = (self.next, ByteLen::of(&bytes));
        self.entries.push(Entry { name, at, len });
        self.parts.push(Part::shared(at, bytes));
        self.next = at + len.sectors();
    }

    /// Adds the FAT volume, and its script region as a file of the ISO. Returns the place of the
    /// region.
    fn add_esp(&mut self, esp: fat::Volume) -> Sector {
        let at = self.next;
        let region = at + esp.script.0;
        self.entries.push(Entry { name: "EFI.IMG;1", at, len: esp.len });
        self.entries.push(Entry { name: "SCRIPT.IPX;1", at: region, len: REGION });
        self.parts.extend(esp.parts.into_iter().map(|part| part.moved_by(at)));
        self.next = at + esp.len.sectors();
        region
    }

    /// Puts a master boot record into the system area (ECMA-119 6.2.1).
    fn make_disk(&mut self, record: Vec<u8>) {
        self.parts.push(Part::shared(Sector(0), record));
        self.next = Sector(self.next.0.next_multiple_of(DISK_UNIT));
    }

    /// Adds the structures of the volume, which come before the files.
    fn finish(mut self, catalogue: Vec<u8>, region: Sector) -> Inner {
        let volume = Volume {
            sectors: self.next.0,
            path_table_le: PATH_TABLE_LE,
            path_table_be: PATH_TABLE_BE,
            root: ROOT,
        };
        self.parts.extend([
            Part::shared(iso9660::PRIMARY, volume.primary_descriptor()),
            Part::shared(eltorito::BOOT_RECORD, eltorito::boot_record(CATALOGUE)),
            Part::shared(TERMINATOR, iso9660::terminator()),
            Part::shared(CATALOGUE, catalogue),
            Part::shared(PATH_TABLE_LE, volume.path_table_le()),
            Part::shared(PATH_TABLE_BE, volume.path_table_be()),
            Part::shared(ROOT, volume.root_directory(&self.entries)),
        ]);
        let len = self.next.offset();
        let region = region.offset()..region.offset() + u64::from(REGION);
        Inner { parts: part::fill_gaps(self.parts, len), len, region }
    }
}
