//! Rock Ridge (IEEE P1282, "RRIP"), in the system use fields of IEEE P1281 ("SUSP").

use crate::disc::{DiscError, field::Fields, limits, source::Source};

const WHAT: &str = "an entry of Rock Ridge";

/// The kind of a directory record.
#[derive(Default)]
pub(super) enum Kind {
    /// The kind that ISO 9660 gives it.
    #[default]
    AsRecorded,
    /// A directory that is deeper than ISO 9660 allows. Its extent is at this block (RRIP 4.1.5.1).
    Directory(u32),
    /// A directory that was moved here because of its depth (RRIP 4.1.5.3).
    Moved,
    /// A symbolic link.
    Link(Vec<u8>),
    /// A device, pipe or socket.
    Special,
}

/// What Rock Ridge says about a record.
#[derive(Default)]
pub(super) struct RockRidge {
    pub(super) name: Option<Vec<u8>>,
    pub(super) kind: Kind,
}

/// The number of bytes to skip in all other records, if the root directory's own record begins with
/// `SP` (SUSP 5.3).
pub(super) fn skip(system_use: &[u8]) -> Result<Option<usize>, DiscError> {
    let fields = Fields { bytes: system_use, what: WHAT, at: 0 };
    if !system_use.starts_with(b"SP\x07\x01\xBE\xEF") {
        return Ok(None);
    }
    Ok(Some(usize::from(fields.u8(6)?)))
}

/// File types of `PX`: the upper four bits of a POSIX mode (RRIP 4.1.1).
const KIND: u32 = 0o170_000;
const DIRECTORY: u32 = 0o040_000;
const FILE: u32 = 0o100_000;
const LINK: u32 = 0o120_000;

/// Texts that may be continued in a further entry.
#[derive(Default)]
struct Texts {
    name: Vec<u8>,
    target: Vec<u8>,
    /// Whether the last component of the target is continued.
    open: bool,
}

impl RockRidge {
    /// Reads the Rock Ridge entries of a record, and the areas where they continue.
    pub(super) fn read(
        source: &Source<'_>,
        block: u64,
        system_use: &[u8],
        skip: usize,
    ) -> Result<Self, DiscError> {
        let (mut found, mut texts) = (Self::default(), Texts::default());
        let mut area = system_use.get(skip..).unwrap_or_default().to_vec();
        for _ in 0..limits::CONTINUATIONS {
            let Some((at, len)) = found.area(&area, block, &mut texts)? else {
                return Ok(found.finish(texts));
            };
            area = source.read(WHAT, at, len)?;
        }
        let limit = u64::try_from(limits::CONTINUATIONS).unwrap_or(u64::MAX);
        Err(DiscError::TooMuch { what: "continuations of a directory record", limit })
    }

    /// Reads the entries of one area. Returns the place and the length, in bytes, of the area where
    /// they continue (SUSP 5.1).
    fn area(
        &mut self,
        mut area: &[u8],
        block: u64,
        texts: &mut Texts,
    ) -> Result<Option<(u64, u64)>, DiscError> {
        let mut next = None;
        // Each entry starts with its signature, length and version. Fewer bytes than these are
        // padding.
        while let [a, b, len, _, ..] = *area {
            let Some((entry, rest)) = area.split_at_checked(usize::from(len.max(4))) else {
                let why = "it reaches out of its record";
                return Err(DiscError::Damaged { what: WHAT, at: 0, why });
            };
            area = rest;
            let fields = Fields { bytes: entry, what: WHAT, at: 0 };
            match &[a, b] {
                b"\0\0" | b"ST" => break,
                b"CE" => {
                    let at = u64::from(fields.u32(4)?) * block + u64::from(fields.u32(12)?);
                    next = Some((at, u64::from(fields.u32(20)?).min(block)));
                }
                b"NM" => texts.name(&fields)?,
                b"SL" => texts.link(&fields)?,
                b"CL" => self.kind = Kind::Directory(fields.u32(4)?),
                b"RE" => self.kind = Kind::Moved,
                b"PX" => self.mode(fields.u32(4)?),
                b"ZF" => return Err(DiscError::Unsupported { what: "a file in zisofs" }),
                _ => {}
            }
        }
        Ok(next)
    }

    fn mode(&mut self, mode: u32) {
        let special = !matches!(mode & KIND, DIRECTORY | FILE | LINK);
        if special && matches!(self.kind, Kind::AsRecorded) {
            self.kind = Kind::Special;
        }
    }

    fn finish(mut self, texts: Texts) -> Self {
        self.name = (!texts.name.is_empty()).then_some(texts.name);
        if !texts.target.is_empty() && matches!(self.kind, Kind::AsRecorded) {
            self.kind = Kind::Link(texts.target);
        }
        self
    }
}

impl Texts {
    /// A part of a name (RRIP 4.1.4). The flags for `.` and `..` occur only in the directories' own
    /// records, which are skipped.
    fn name<B: AsRef<[u8]>>(&mut self, entry: &Fields<B>) -> Result<(), DiscError> {
        let name = entry.bytes.as_ref().get(5..).unwrap_or_default();
        self.name.extend_from_slice(name);
        if self.name.len() > limits::NAME {
            Err(entry.damaged("the name is too long"))
        } else {
            Ok(())
        }
    }

    /// A part of a link's target (RRIP 4.1.3): components with flags and length.
    fn link<B: AsRef<[u8]>>(&mut self, entry: &Fields<B>) -> Result<(), DiscError> {
        let mut rest = entry.bytes.as_ref().get(5..).unwrap_or_default();
        while let [flags, len, after @ ..] = rest {
            let (flags, len) = (*flags, usize::from(*len));
            let too_short = || entry.damaged("a link's component is cut short");
            let (text, after) = after.split_at_checked(len).ok_or_else(too_short)?;
            if !self.target.is_empty() && !self.open && self.target != b"/" {
                self.target.push(b'/');
            }
            match flags & 0b1110 {
                0 => self.target.extend_from_slice(text),
                0b0010 => self.target.push(b'.'),
                0b0100 => self.target.extend_from_slice(b".."),
                0b1000 => self.target.push(b'/'),
                _ => return Err(entry.damaged("a component of a link has an unknown kind")),
            }
            self.open = flags & 1 != 0;
            if self.target.len() > limits::PATH {
                return Err(entry.damaged("the link is too long"));
            }
            rest = after;
        }
        Ok(())
    }
}
