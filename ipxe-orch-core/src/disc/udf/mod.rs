//! UDF: the standard is ECMA-167 (3rd edition), to which section numbers refer, as OSTA UDF 1.02
//! to 2.60 restricts it. Only what was mastered once is read: no virtual or sparable partitions.

mod allocation;
mod directory;
mod entry;
mod partition;
mod tag;

use super::{DiscError, File, Tree, field::Fields, limits, name, source::Source, walk::Walk};
use entry::Icb;
use partition::{Address, Partition};
use tag::{Tag, tagged};

/// Volume structure descriptors start behind the system area (2/8.4), 2,048 bytes each.
const RECOGNITION: std::ops::Range<u64> = 16..32;
/// Where an anchor is (3/8.4.2.1), in sectors.
const ANCHOR: u64 = 256;
/// Bytes of a sector: optical discs first, then disks.
const SECTORS: [u64; 3] = [2048, 512, 4096];

/// A volume of UDF.
pub(super) struct Volume<'a> {
    source: &'a Source<'a>,
    label: String,
    /// Bytes of a logical block.
    block: u64,
    partitions: Vec<Partition>,
    root: Address,
}

/// What the volume descriptor sequence says (3/8.4.2).
#[derive(Default)]
struct Sequence {
    /// Number, first sector and sectors, the last of a number counts (3/10.5).
    partitions: Vec<(u16, u64, u64)>,
    logical: Option<(u32, Fields<[u8; 2048]>)>,
}

impl<'a> Volume<'a> {
    /// Reads the volume's descriptors; `None` if this is no UDF.
    pub(super) fn read(source: &'a Source<'a>) -> Result<Option<Self>, DiscError> {
        if !is_recognised(source)? {
            return Ok(None);
        }
        let Some((sector, anchor)) = anchor(source)? else {
            let why = "it has no anchor (ECMA-167 3/10.2)";
            return Err(DiscError::Damaged { what: "the volume of UDF", at: 0, why });
        };
        let main = Sequence::read(source, sector, anchor.u32(20)?, anchor.u32(16)?);
        let usable = |sequence: &Sequence| sequence.logical.is_some();
        let sequence = match main {
            Ok(sequence) if usable(&sequence) => sequence,
            // A copy of it is kept elsewhere.
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
        // The file set's place is in the contents use field (UDF 2.2.4.4).
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

    /// Its files.
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

    /// Where a block is, in bytes.
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

/// Whether a volume structure descriptor says NSR02 or NSR03 (3/9.1).
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

/// The length of a sector, and the anchor that is one for it.
type Anchor = (u64, Fields<[u8; 512]>);

fn anchor(source: &Source<'_>) -> Result<Option<Anchor>, DiscError> {
    for sector in SECTORS {
        let last = (source.len / sector).saturating_sub(1);
        for number in [ANCHOR, last, last.saturating_sub(ANCHOR)] {
            let at = number * sector;
            if source.check("", at, 512).is_ok()
                && let Ok(anchor) = tagged(source, "the anchor", at, Tag::Anchor)
                // So that one with other sectors is not taken for it (3/7.2.8).
                && u64::from(anchor.u32(12)?) == number
            {
                return Ok(Some((sector, anchor)));
            }
        }
    }
    Ok(None)
}

impl Sequence {
    /// Reads the sequence at a sector; `len` in bytes.
    fn read(source: &Source<'_>, sector: u64, start: u32, len: u32) -> Result<Self, DiscError> {
        let mut sequence = Self::default();
        let count = (u64::from(len) / sector).min(limits::DESCRIPTORS);
        for number in 0..count {
            let at = (u64::from(start) + number) * sector;
            // In sectors of 512 bytes they take one each; a logical volume may be longer.
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

/// Text in a field of fixed length, whose last byte says how much is used (1/7.2.12).
fn dstring(field: &[u8]) -> String {
    let Some((len, text)) = field.split_last() else { return String::new() };
    let text = text.get(..usize::from(*len)).unwrap_or_default();
    let text = String::from_utf8_lossy(&characters(text)).into_owned();
    text.chars().filter(|c| !c.is_control()).collect()
}

/// OSTA compressed Unicode: 8 or 16 bits for each character (UDF 2.1.1).
fn characters(text: &[u8]) -> Vec<u8> {
    match text {
        [8, latin @ ..] => latin.iter().map(|byte| char::from(*byte)).collect::<String>().into(),
        [16, utf16 @ ..] => name::utf16_be(utf16),
        _ => Vec::new(),
    }
}
