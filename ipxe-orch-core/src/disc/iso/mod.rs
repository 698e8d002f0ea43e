//! ISO 9660. Section numbers refer to the standard ECMA-119 (4th edition).

mod record;
mod susp;

use super::{
    BootEntry, DiscError, File, Format, Span, Tree, eltorito,
    field::Fields,
    limits, name,
    source::Source,
    walk::{Pending, Walk},
};
use record::{Record, records};
use susp::{Kind, RockRidge};

/// The first volume descriptor, after the system area (6.2.1).
const FIRST_DESCRIPTOR: u64 = 16;
/// The length of a sector and of a volume descriptor, in bytes (6.1.2).
pub(super) const SECTOR: u64 = 2048;

/// A directory: the place of its extent, in bytes. Its own first record contains its length.
type Place = u64;

/// The volume descriptors of a disc.
pub(super) struct Volumes {
    label: String,
    primary: Root,
    joliet: Option<Root>,
    /// The place of the boot catalogue, in bytes.
    catalogue: Option<u64>,
}

/// The root directory of a tree.
#[derive(Clone, Copy)]
struct Root {
    /// The length of a logical block, in bytes (8.4.12).
    block: u64,
    at: u64,
    len: u64,
}

impl Volumes {
    /// Reads the descriptors. `None` if the image is not ISO 9660.
    pub(super) fn read(source: &Source<'_>) -> Result<Option<Self>, DiscError> {
        let (mut primary, mut joliet, mut catalogue) = (None, None, None);
        for number in FIRST_DESCRIPTOR..FIRST_DESCRIPTOR + limits::DESCRIPTORS {
            let at = number * SECTOR;
            if source.check("", at, SECTOR).is_err() {
                break;
            }
            let descriptor = source.fields::<2048>("a volume descriptor", at)?;
            let kind = descriptor.u8(0)?;
            if descriptor.bytes(1, 5)? != b"CD001" || kind == 255 {
                break;
            }
            match kind {
                0 => catalogue = catalogue.or(eltorito::catalogue(&descriptor)?),
                1 if primary.is_none() => {
                    let label = text(descriptor.bytes(40, 32)?);
                    primary = Some((label, Root::read(&descriptor)?));
                }
                2 if joliet.is_none() && is_joliet(&descriptor)? => {
                    joliet = Some(Root::read(&descriptor)?);
                }
                _ => {}
            }
        }
        Ok(primary.map(|(label, primary)| Self { label, primary, joliet, catalogue }))
    }

    pub(super) fn label(&self) -> &str {
        &self.label
    }

    pub(super) const fn has_joliet(&self) -> bool {
        self.joliet.is_some()
    }

    /// Whether the root directory says that the disc has Rock Ridge.
    pub(super) fn has_rock_ridge(&self, source: &Source<'_>) -> Result<bool, DiscError> {
        Ok(self.skip(source)?.is_some())
    }

    /// The number of bytes before the Rock Ridge entries of each record. The root directory's own
    /// record contains it (SUSP 5.3).
    fn skip(&self, source: &Source<'_>) -> Result<Option<usize>, DiscError> {
        let len = self.primary.len.min(SECTOR);
        let bytes = source.read("the root directory", self.primary.at, len)?;
        let first = records(&bytes, self.primary.at).next().transpose()?;
        first.map_or(Ok(None), |root| susp::skip(root.system_use))
    }

    pub(super) fn boot_entries(&self, source: &Source<'_>) -> Result<Vec<BootEntry>, DiscError> {
        self.catalogue.map_or(Ok(Vec::new()), |at| eltorito::entries(source, at))
    }

    /// The files of the tree of this format.
    pub(super) fn tree(
        &self,
        source: &Source<'_>,
        format: Format,
    ) -> Result<Tree<File>, DiscError> {
        let skip = self.skip(source)?.filter(|_| format == Format::RockRidge);
        let root = self.joliet.filter(|_| format == Format::Joliet).unwrap_or(self.primary);
        let reader = Reader { source, block: root.block, format, skip: skip.unwrap_or(0) };
        let mut walk = Walk::new(source, root.at);
        while let Some(directory) = walk.next() {
            reader.directory(&directory, &mut walk)?;
        }
        Ok(walk.finish())
    }
}

impl Root {
    /// The root directory, from a primary or supplementary descriptor (8.4, 8.5).
    fn read(descriptor: &Fields<[u8; 2048]>) -> Result<Self, DiscError> {
        let block = u64::from(descriptor.u16(128)?);
        if ![512, 1024, 2048].contains(&block) {
            return Err(descriptor.damaged("its logical blocks have an impossible length"));
        }
        let (start, len) = (descriptor.u32(158)?, descriptor.u32(166)?);
        Ok(Self { block, at: u64::from(start) * block, len: u64::from(len) })
    }
}

/// Whether this is a supplementary descriptor with one of the three escape sequences of Joliet.
fn is_joliet(descriptor: &Fields<[u8; 2048]>) -> Result<bool, DiscError> {
    Ok(matches!(descriptor.bytes(88, 3)?, b"%/@" | b"%/C" | b"%/E"))
}

/// Text that is filled up with spaces.
fn text(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    text.trim_end_matches([' ', '\0']).chars().filter(|c| !c.is_control()).collect()
}

struct Reader<'a> {
    source: &'a Source<'a>,
    block: u64,
    format: Format,
    skip: usize,
}

impl Reader<'_> {
    fn directory(
        &self,
        directory: &Pending<Place>,
        walk: &mut Walk<'_, Place>,
    ) -> Result<(), DiscError> {
        let what = "a directory";
        // The first record of a directory is its own and contains its length (6.8.2.2).
        let own = self.source.fields::<34>(what, directory.place)?;
        let len = u64::from(own.u32(10)?);
        walk.directory(len)?;
        let bytes = self.source.read(what, directory.place, len)?;
        let mut parts = Vec::new();
        for record in records(&bytes, directory.place) {
            let record = record?;
            if matches!(record.name, [0 | 1]) {
                continue;
            }
            record.check_readable()?;
            // A file with several extents has a record for each of them. All records but the last
            // have a flag (9.1.6).
            parts.push(Span { at: Some(record.start(self.block)), len: record.len });
            if !record.goes_on() {
                self.entry(directory, &record, std::mem::take(&mut parts), walk)?;
            }
        }
        Ok(())
    }

    fn entry(
        &self,
        directory: &Pending<Place>,
        record: &Record<'_>,
        parts: Vec<Span>,
        walk: &mut Walk<'_, Place>,
    ) -> Result<(), DiscError> {
        let rock_ridge = match self.format {
            Format::RockRidge => {
                RockRidge::read(self.source, self.block, record.system_use, self.skip)?
            }
            _ => RockRidge::default(),
        };
        let name = match self.format {
            Format::Joliet => without_version(&name::utf16_be(record.name)),
            Format::RockRidge if rock_ridge.name.is_some() => rock_ridge.name.unwrap_or_default(),
            _ => without_version(record.name).to_ascii_lowercase(),
        };
        let name = name::checked(name)?;
        match rock_ridge.kind {
            Kind::Directory(at) => {
                walk.enter(directory, &name, u64::from(at).saturating_mul(self.block))
            }
            Kind::Link(target) => walk.link(directory, &name, &target),
            // A directory that was moved because of its depth appears at its original place only.
            Kind::Moved | Kind::Special => Ok(()),
            Kind::AsRecorded if record.is_directory() => {
                walk.enter(directory, &name, record.start(self.block))
            }
            Kind::AsRecorded => {
                let len = parts.iter().map(|part| part.len).sum();
                walk.file(directory, &name, File::new(self.source, len, parts)?)
            }
        }
    }
}

/// The name without `;1` and without a dot at the end (7.5.1).
fn without_version(name: &[u8]) -> Vec<u8> {
    let end = name.iter().position(|byte| *byte == b';').unwrap_or(name.len());
    let name = name.get(..end).unwrap_or_default();
    name.strip_suffix(b".").unwrap_or(name).to_vec()
}
