//! Reads disc images: ISO 9660 (ECMA-119) with Rock Ridge and Joliet, UDF (ECMA-167, OSTA UDF 1.02
//! to 2.60), El Torito, and the FAT volumes that UEFI boots from.
//!
//! The content of a disc comes from somebody else, so it is not trusted. Every place is checked
//! against the length of the image; every table, name and depth has a limit; each directory is read
//! once at most. Whatever the bytes are, the result is a [`Disc`] or a [`DiscError`]. There is no
//! panic, no endless loop, and no use of memory beyond the [limits].
//!
//! Nothing is mounted or unpacked. A disc is a [`Tree`] of [`File`]s, and each file is a list of
//! [`Span`]s of the image. A [`FileReader`] reads the bytes.
//!
//! # Example
//!
//! ```
//! use ipxe_orch_core::{disc::Disc, image::{Bootloaders, Layout}};
//! use std::io::Read as _;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let file = |len| bytes::Bytes::from(vec![0x90; len]);
//! # let layout = Layout::new(&Bootloaders::new(file(38_912), file(100), file(200), file(300)))?;
//! # let boot_image = layout.plan("#!ipxe\necho hello\n")?.image();
//! let image: Vec<u8> = boot_image.chunks(0..boot_image.len()).flatten().collect();
//! let disc = Disc::open(&image)?;
//! assert_eq!(disc.label(), "IPXE_ORCH");
//!
//! let config = disc.tree().lookup("isolinux.cfg").ok_or("no such file")?;
//! let mut text = String::new();
//! config.reader(&image).read_to_string(&mut text)?;
//! assert!(text.contains("INITRD /SCRIPT.IPX"));
//! # Ok(())
//! # }
//! ```

mod eltorito;
mod error;
mod fat;
mod field;
mod file;
mod iso;
pub mod limits;
mod name;
mod source;
mod tree;
mod udf;
mod walk;

pub use eltorito::{BootEntry, Platform};
pub use error::DiscError;
pub use file::{File, FileReader, Span};
pub use source::{Part, ReadAt};
pub use tree::{Entry, Tree};

use source::Source;

/// The kind of tree that was read. A disc may have several trees, and they need not have the same
/// files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Format {
    /// ISO 9660 with the names of Rock Ridge (IEEE P1282).
    RockRidge,
    /// UDF.
    Udf,
    /// ISO 9660 with the names of Joliet.
    Joliet,
    /// ISO 9660 alone. Names are in lower case and without versions, as Linux mounts them.
    Iso9660,
}

/// The directories of a disc image.
#[derive(Clone, Debug)]
pub struct Disc {
    label: String,
    format: Format,
    tree: Tree<File>,
    boot: Vec<BootEntry>,
}

impl Disc {
    /// Reads the directories of `image`. If the disc has several trees, the first one in the order
    /// of [`Format`] is read.
    ///
    /// # Errors
    /// - [`DiscError::NoDisc`] if the image has neither an ISO 9660 nor a UDF volume;
    /// - [`DiscError::Unreadable`] if `image` cannot be read;
    /// - [`DiscError::Damaged`] and [`DiscError::CutShort`] if a structure is wrong or points
    ///   behind the end;
    /// - [`DiscError::Name`], [`DiscError::Unsupported`] and [`DiscError::TooMuch`] for a disc that
    ///   is not read here, see [`limits`].
    pub fn open(image: &dyn ReadAt) -> Result<Self, DiscError> {
        let source = Source::new(image);
        let volumes = iso::Volumes::read(&source)?;
        // Rock Ridge comes first: it has the names and links of the system that made the disc.
        if let Some(volumes) = &volumes
            && volumes.has_rock_ridge(&source)?
        {
            return Self::of_iso(&source, volumes, Format::RockRidge);
        }
        if let Some(volume) = udf::Volume::read(&source)? {
            let boot = volumes.as_ref().map(|volumes| volumes.boot_entries(&source)).transpose()?;
            let tree = volume.tree()?;
            let (label, boot) = (volume.label(), boot.unwrap_or_default());
            return Ok(Self { label, format: Format::Udf, tree, boot });
        }
        let volumes = volumes.ok_or(DiscError::NoDisc)?;
        let format = if volumes.has_joliet() { Format::Joliet } else { Format::Iso9660 };
        Self::of_iso(&source, &volumes, format)
    }

    fn of_iso(
        source: &Source<'_>,
        volumes: &iso::Volumes,
        format: Format,
    ) -> Result<Self, DiscError> {
        let tree = volumes.tree(source, format)?;
        let boot = volumes.boot_entries(source)?;
        Ok(Self { label: volumes.label().to_owned(), format, tree, boot })
    }

    /// The files of a FAT12, FAT16 or FAT32 volume, by their long names. UEFI boots from such
    /// volumes.
    ///
    /// # Errors
    /// As [`Disc::open`].
    pub fn fat_volume(volume: &dyn ReadAt) -> Result<Tree<File>, DiscError> {
        fat::tree(&Source::new(volume))
    }

    /// The name of the volume. It may be empty.
    pub fn label(&self) -> &str {
        &self.label
    }

    /// The kind of tree that was read.
    pub const fn format(&self) -> Format {
        self.format
    }

    /// The files and links of the disc. Devices, pipes and sockets are left out.
    pub const fn tree(&self) -> &Tree<File> {
        &self.tree
    }

    /// What firmware can boot from the disc.
    pub fn boot_entries(&self) -> &[BootEntry] {
        &self.boot
    }
}
