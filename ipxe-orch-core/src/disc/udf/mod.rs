//! UDF. Section numbers refer to the standard ECMA-167 (3rd edition); OSTA UDF 1.02 to 2.60
//! restricts it. Only media that were written once are read: there is no support for virtual and
//! sparable partitions.

mod allocation;
mod directory;
mod entry;
mod partition;
mod tag;

use super::{DiscError, File, Tree, field::Fields, limits, name, source::Source, walk::Walk};
use entry::Icb;
use partition::{Address, Partition};
use tag::{Tag, tagged};

/// The volume structure descriptors, in sectors of 2,048 bytes. They start after the system area
/// (2/8.4).
const RECOGNITION: std::ops::Range<u64> = 16..32;
/// The place of the anchor, in sectors (3/8.4.2.1).
const ANCHOR: u64 = 256;
/// The sector lengths that are tried, in bytes: optical discs first, then disks.
const SECTORS: [u64; 3] = [2048, 512, 4096];

/// A UDF volume.
pub(super) struct Volume<'a> {
    source: &'a Source<'a>,
    label: String,
    /// The length of a logical block, in bytes.
    block: u64,
    partitions: Vec<Partition>,
    root: Address,
}

/// The content of the volume descriptor sequence (3/8.4.2).
#[derive(Default)]
struct Sequence {
    /// Partitions: number, first sector and count of sectors. Of several with the same number the
    /// last one counts (3/10.5).
    partitions: Vec<(u16, u64, u64)>,
    logical: Option<(u32, Fields<[u8; 2048]>)>,
}

impl<'a> Volume<'a> {
    /// Reads the descriptors of the volume. `None` if the image is not UDF.
    pub(super) fn read(source: &'a Source<'a>) -> Result<Option<Self>, DiscError> {
        if !is_recognised(source)? {
            return Ok(None);
        }
        let Some((sector, anchor)) = anchor(source)? else {
            let why = "it has no anchor volume descriptor pointer (ECMA-167 3/10.2)";
            return Err(DiscError::Damaged { what: "the volume of UDF", at: 0, why });
        };
        let main = Sequence::read(source, sector, anchor.u32(20)?, anchor.u32(16)?);
        let usable = |sequence: &Sequence| sequence.logical.is_some();
        let sequence = match main {
            Ok(sequence) if usable(&sequence) => sequence,
            // The reserve sequence is a copy of the main one at another place.
            _ => Sequence::read(source, sector, anchor.u32(28)?, anchor.u32(24)?)?,
        };
        Self::of_sequence(source, sector, &sequence).map(Some)
    }

    fn of_sequence(
        source: &'a Source<'a>,
        sector: u64,
        sequence: &Sequence,
    ) -> Result<Self, DiscError> {
        let what = "the logical volume";
        let Some((_, logical)) = &sequence.logical else {
            return Err(DiscError::Damaged { what, at: 0, why: "it is not described" });
        };
        let block = u64::from(logical.u32(212)?);
        if !SECTORS.contains(&block) {
            return Err(logical.damaged("its logical blocks have an impossible length"));
        }
        let label = dstring(logical.bytes(84, 128)?);
        // The place of the file set is in the field "logical volume contents use" (UDF 2.2.4.4).
        let file_set = Address::long(logical, 248)?;
        let mut volume = Self { source, label, block, partitions: Vec::new(), root: file_set };
        volume.partitions = partition::read(source, logical, &sequence.partitions, sector, block)?;
        let at = volume.place(file_set)?;
        let file_set = tagged(source, "the file set", at, Tag::FileSet)?;
        volume.root = Address::long(&file_set, 400)?;
        Ok(volume)
    }

    pub(super) fn label(&self) -> String {
        self.label.clone()
    }

    /// The files of the volume.
    pub(super) fn tree(&self) -> Result<Tree<File>, DiscError> {
        let mut walk = Walk::new(self.source, self.root);
        while let Some(pending) = walk.next() {
            let icb = Icb::read(self, pending.place)?;
            walk.directory(icb.len)?;
            let file = File::new(self.source, icb.len, icb.spans)?;
            directory::read(self, &pending, &file, &mut walk)?;
        }
        Ok(walk.finish())
    }

    /// The place of a block, in bytes.
    fn place(&self, address: Address) -> Result<u64, DiscError> {
        let spans = self.partition(address)?.locate(address.block, self.block, self.block)?;
        match spans.first() {
            Some(span) if span.len == self.block => span.at.ok_or(MISPLACED),
            _ => Err(MISPLACED),
        }
    }

    fn partition(&self, address: Address) -> Result<&Partition, DiscError> {
        self.partitions.get(usize::from(address.partition)).ok_or(MISPLACED)
    }
}

const MISPLACED: DiscError =
    DiscError::Damaged { what: "an address of UDF", at: 0, why: "it is in no partition" };

/// Whether a volume structure descriptor has the identifier NSR02 or NSR03 (3/9.1).
fn is_recognised(source: &Source<'_>) -> Result<bool, DiscError> {
    for number in RECOGNITION {
        if source.check("", number * 2048, 2048).is_err() {
            break;
        }
        let descriptor = source.fields::<6>("a volume structure descriptor", number * 2048)?;
        if matches!(descriptor.bytes(1, 5)?, b"NSR02" | b"NSR03") {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The length of a sector, and the anchor that was found with it.
type Anchor = (u64, Fields<[u8; 512]>);

fn anchor(source: &Source<'_>) -> Result<Option<Anchor>, DiscError> {
    for sector in SECTORS {
        let last = (source.len / sector).saturating_sub(1);
        for number in [ANCHOR, last, last.saturating_sub(ANCHOR)] {
            let at = number * sector;
            if source.check("", at, 512).is_ok()
                && let Ok(anchor) = tagged(source, "the anchor", at, Tag::Anchor)
                // An anchor contains its own sector number (3/7.2.8). With another sector length it
                // differs.
                && u64::from(anchor.u32(12)?) == number
            {
                return Ok(Some((sector, anchor)));
            }
        }
    }
    Ok(None)
}

impl Sequence {
    /// Reads the sequence that starts at sector `start` and has `len` bytes.
    fn read(source: &Source<'_>, sector: u64, start: u32, len: u32) -> Result<Self, DiscError> {
        let mut sequence = Self::default();
        let count = (u64::from(len) / sector).min(limits::DESCRIPTORS);
        for number in 0..count {
            let at = (u64::from(start) + number) * sector;
            // With sectors of 512 bytes each descriptor takes one, but a logical volume descriptor
            // may be longer.
            let what = "a volume descriptor";
            let descriptor = source.fields::<512>(what, at)?;
            match Tag::of(&descriptor) {
                Some(Tag::Partition) => {
                    let number = descriptor.u16(22)?;
                    let (first, sectors) = (descriptor.u32(188)?, descriptor.u32(192)?);
                    sequence.partitions.retain(|(other, ..)| *other != number);
                    sequence.partitions.push((number, first.into(), sectors.into()));
                }
                Some(Tag::LogicalVolume) => {
                    let sequence_number = descriptor.u32(16)?;
                    let known = sequence.logical.as_ref().map(|(number, _)| *number);
                    if known.is_none_or(|known| known <= sequence_number) {
                        sequence.logical = Some((sequence_number, source.fields(what, at)?));
                    }
                }
                Some(Tag::Terminator) => break,
                _ => {}
            }
        }
        Ok(sequence)
    }
}

/// Text in a field of fixed length. The last byte of the field is the length of the text
/// (1/7.2.12).
fn dstring(field: &[u8]) -> String {
    let Some((len, text)) = field.split_last() else { return String::new() };
    let text = text.get(..usize::from(*len)).unwrap_or_default();
    let text = String::from_utf8_lossy(&characters(text)).into_owned();
    text.chars().filter(|c| !c.is_control()).collect()
}

/// OSTA compressed Unicode: each character has 8 or 16 bits (UDF 2.1.1).
fn characters(text: &[u8]) -> Vec<u8> {
    match text {
        [8, latin @ ..] => latin.iter().map(|byte| char::from(*byte)).collect::<String>().into(),
        [16, utf16 @ ..] => name::utf16_be(utf16),
        _ => Vec::new(),
    }
}
