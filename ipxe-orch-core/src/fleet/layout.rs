//! How a spreadsheet wrote the file: encoding, separator, line ends.

use super::{MAX_BYTES, problem::Problems};
use csv::ByteRecord;

/// The separators of columns that spreadsheets use. The semicolon is usual where the comma is the
/// decimal separator.
const SEPARATORS: [u8; 4] = [b',', b';', b'\t', b'|'];

/// A file without its byte order mark and the line `sep=`.
pub(super) struct Layout<'a> {
    pub(super) rows: &'a [u8],
    pub(super) separator: u8,
    lines: Lines<'a>,
}

impl<'a> Layout<'a> {
    /// `None` if the bytes cannot be a fleet file.
    pub(super) fn of(bytes: &'a [u8], problems: &mut Problems) -> Option<Self> {
        if bytes.len() > MAX_BYTES {
            problems.row(1, format_args!("the file is longer than {MAX_BYTES} bytes"));
            return None;
        }
        if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") {
            problems.row(1, "the file is UTF-16: save it as \"CSV UTF-8\"");
            return None;
        }
        let rows = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        let start = rows.iter().position(|byte| !b"\r\n".contains(byte)).unwrap_or(rows.len());
        let first = rows.get(start..).unwrap_or_default();
        let end = first.iter().position(|byte| b"\r\n".contains(byte)).unwrap_or(first.len());
        let (first, rest) = first.split_at_checked(end).unwrap_or((first, b""));
        if let Some(separator) = said(first) {
            let line = Lines::new(rows).at(start).saturating_add(1);
            let rest = rest.strip_prefix(b"\r\n").unwrap_or(rest.get(1..).unwrap_or_default());
            return Some(Self { rows: rest, separator, lines: Lines { line, ..Lines::new(rest) } });
        }
        let found = SEPARATORS.into_iter().find(|separator| first.contains(separator));
        let separator = found.unwrap_or(b',');
        Some(Self { rows, separator, lines: Lines::new(rows) })
    }

    /// The line where a record starts.
    pub(super) fn line(&mut self, record: &ByteRecord) -> u64 {
        let Some(position) = record.position() else { return self.lines.line };
        let start = usize::try_from(position.byte()).unwrap_or(usize::MAX);
        // The CSV reader counts from the end of the record before: blank lines follow there.
        let after = self.rows.get(start..).unwrap_or_default();
        let blank = after.iter().take_while(|byte| b"\r\n".contains(byte)).count();
        self.lines.at(start.saturating_add(blank))
    }
}

/// What a line `sep=;` says, which is for spreadsheets alone.
fn said(line: &[u8]) -> Option<u8> {
    let line = line.strip_prefix(b"\"").and_then(|line| line.strip_suffix(b"\"")).unwrap_or(line);
    let (name, separator) = line.split_at_checked(4)?;
    match separator {
        &[separator] if name.eq_ignore_ascii_case(b"sep=") => Some(separator),
        _ => None,
    }
}

/// Counts lines as an editor does: LF, CRLF and CR each end one.
struct Lines<'a> {
    bytes: &'a [u8],
    /// How far they are counted.
    at: usize,
    line: u64,
}

impl<'a> Lines<'a> {
    const fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0, line: 1 }
    }

    /// The line of the byte at `offset`, which is not before the last one that was asked for.
    fn at(&mut self, offset: usize) -> u64 {
        while self.at < offset
            && let Some(byte) = self.bytes.get(self.at)
        {
            self.at = self.at.saturating_add(1);
            let ends = match byte {
                b'\n' => true,
                b'\r' => self.bytes.get(self.at) != Some(&b'\n'),
                _ => false,
            };
            self.line = self.line.saturating_add(u64::from(ends));
        }
        self.line
    }
}
