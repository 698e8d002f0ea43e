//! Directory records (9.1).

use crate::disc::{DiscError, field::Fields, iso::SECTOR};

const WHAT: &str = "a directory record";

/// Flags (9.1.6).
const DIRECTORY: u8 = 0x02;
const GOES_ON: u8 = 0x80;

/// A directory record.
pub(super) struct Record<'a> {
    fields: Fields<&'a [u8]>,
    start: u32,
    /// The length of the extent in bytes.
    pub(super) len: u64,
    flags: u8,
    pub(super) name: &'a [u8],
    /// The bytes that are left for other standards, here for Rock Ridge.
    pub(super) system_use: &'a [u8],
}

impl<'a> Record<'a> {
    fn read(bytes: &'a [u8], at: u64) -> Result<Self, DiscError> {
        let fields = Fields { bytes, what: WHAT, at };
        let name_len = usize::from(fields.u8(32)?);
        let too_short = || fields.damaged("it is too short");
        let name = bytes.get(33..).and_then(|rest| rest.get(..name_len)).ok_or_else(too_short)?;
        // The name is filled up to an even length together with what comes before it (9.1.12).
        let system_use = bytes.get(33 + name_len + (1 - name_len % 2)..).unwrap_or_default();
        // Extended attributes are stored before the content of a file (9.1.2).
        let start = fields.u32(2)?.checked_add(u32::from(fields.u8(1)?));
        let start = start.ok_or_else(|| fields.damaged("its place is impossible"))?;
        let (len, flags) = (u64::from(fields.u32(10)?), fields.u8(25)?);
        Ok(Self { fields, start, len, flags, name, system_use })
    }

    pub(super) const fn is_directory(&self) -> bool {
        self.flags & DIRECTORY != 0
    }

    /// Whether the next record has the next extent of the same file.
    pub(super) const fn goes_on(&self) -> bool {
        self.flags & GOES_ON != 0
    }

    /// The place of the extent, in bytes.
    pub(super) fn start(&self, block: u64) -> u64 {
        u64::from(self.start) * block
    }

    /// Refuses interleaved files (9.1.7). No installation disc has any.
    pub(super) fn check_readable(&self) -> Result<(), DiscError> {
        match (self.fields.u8(26)?, self.fields.u8(27)?) {
            (0, 0) => Ok(()),
            _ => Err(DiscError::Unsupported { what: "an interleaved file" }),
        }
    }
}

/// The records of a directory. `at` is its place in the image.
pub(super) fn records(
    bytes: &[u8],
    at: u64,
) -> impl Iterator<Item = Result<Record<'_>, DiscError>> {
    let sector = usize::try_from(SECTOR).unwrap_or(usize::MAX);
    let sectors = bytes.chunks(sector).zip((at..).step_by(sector));
    sectors.flat_map(|(bytes, at)| Sector { bytes, at })
}

/// The rest of a sector. No record extends into the next sector, and a length of 0 ends the sector
/// (6.8.1.1).
struct Sector<'a> {
    bytes: &'a [u8],
    at: u64,
}

impl<'a> Iterator for Sector<'a> {
    type Item = Result<Record<'a>, DiscError>;

    fn next(&mut self) -> Option<Self::Item> {
        let len = *self.bytes.first().filter(|len| **len != 0)?;
        let at = self.at;
        let Some((record, rest)) = self.bytes.split_at_checked(usize::from(len)) else {
            self.bytes = &[];
            let why = "it reaches out of its sector";
            return Some(Err(DiscError::Damaged { what: WHAT, at, why }));
        };
        (self.bytes, self.at) = (rest, at + u64::from(len));
        Some(Record::read(record, at))
    }
}
