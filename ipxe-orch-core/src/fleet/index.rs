//! Where the rows of each host are in a fleet file.

use super::{
    Columns, MAX_ROW_BYTES, MAX_ROWS,
    columns::{Column, Header, names},
    distinct::short,
    layout::Layout,
    problem::Problems,
    row::Cells,
};
use crate::names::HostName;
use csv::{ByteRecord, StringRecord};
use std::{
    collections::{HashMap, HashSet},
    ops::Range,
};

/// A row that names a host: its line, and its bytes. A file is not longer than `u32` counts.
#[derive(Clone, Copy, Debug)]
pub(super) struct Row {
    host: u32,
    pub(super) line: u32,
    start: u32,
    end: u32,
}

impl Row {
    /// The bytes of the row in the file.
    pub(super) fn bytes(self) -> Range<usize> {
        let place = |at: u32| usize::try_from(at).unwrap_or(usize::MAX);
        place(self.start)..place(self.end)
    }
}

/// The rows of a file, without their contents.
#[derive(Debug, Default)]
pub(super) struct Index {
    pub(super) header: Option<Header>,
    pub(super) separator: u8,
    /// Those of a host stand together; the hosts are in the order of their first rows.
    rows: Vec<Row>,
    /// The numbers of the hosts, by a digest of their names.
    numbers: HashMap<[u8; 16], u32>,
    /// Hosts with a row that cannot be read. They are left out, because a NIC may be missing.
    spoilt: HashSet<u32>,
}

impl Index {
    /// Reads all rows, and finds out which are readable and whose they are.
    pub(super) fn of(bytes: &[u8], problems: &mut Problems) -> Self {
        let mut index = Self::default();
        index.file(bytes, problems);
        index.rows.sort_by_key(|row| row.host);
        index
    }

    /// The columns that the file has.
    pub(super) fn columns(&self) -> Columns {
        self.header.as_ref().map(Header::columns).unwrap_or_default()
    }

    /// The rows of each host.
    pub(super) fn hosts(&self) -> impl Iterator<Item = (u32, &[Row])> {
        let same = |a: &Row, b: &Row| a.host == b.host;
        self.rows.chunk_by(same).filter_map(|rows| Some((rows.first()?.host, rows)))
    }

    /// Whether all rows of the host can be read.
    pub(super) fn is_whole(&self, host: u32) -> bool {
        !self.spoilt.contains(&host)
    }

    /// The number of the host with this name.
    pub(super) fn number(&self, name: &HostName) -> Option<u32> {
        self.numbers.get(&short(name.as_str())).copied()
    }

    /// The rows of one host.
    pub(super) fn rows_of(&self, host: u32) -> &[Row] {
        let start = self.rows.partition_point(|row| row.host < host);
        let rows = self.rows.get(start..).unwrap_or_default();
        let end = rows.partition_point(|row| row.host == host);
        rows.get(..end).unwrap_or_default()
    }

    fn file(&mut self, bytes: &[u8], problems: &mut Problems) {
        let Some(mut layout) = Layout::of(bytes, problems) else { return };
        self.separator = layout.separator;
        let before = bytes.len().saturating_sub(layout.rows.len());
        let mut builder = csv::ReaderBuilder::new();
        builder.has_headers(false).flexible(true).delimiter(layout.separator);
        let mut reader = builder.from_reader(layout.rows);
        let (mut record, mut rows) = (ByteRecord::new(), 0..MAX_ROWS);
        let place = |at: u64| before.saturating_add(usize::try_from(at).unwrap_or(usize::MAX));
        // Reading from memory does not fail.
        while reader.read_byte_record(&mut record).unwrap_or(false) {
            let line = layout.line(&record);
            if record.iter().all(|cell| cell.trim_ascii().is_empty()) {
                continue;
            }
            let text = text(&record, line, self.header.as_ref(), problems);
            let Some(header) = &self.header else {
                self.header = text.and_then(|text| Header::read(&text, line, problems));
                if self.header.is_none() {
                    return;
                }
                continue;
            };
            if rows.next().is_none() {
                problems.row(line, format_args!("more than {MAX_ROWS} rows: split the file"));
                // The rows that are not read may add a NIC to any of the hosts.
                return self.rows.clear();
            }
            let start = place(record.position().map_or(0, csv::Position::byte));
            let bytes = start..place(reader.position().byte());
            match text.and_then(|text| named(header, &text, line, problems)) {
                Some(Ok(name)) => self.add(&name, line, bytes),
                Some(Err(Unnamed)) => {}
                None => self.spoil(&record),
            }
        }
        if self.header.is_none() && problems.count() == 0 {
            let columns = names(Column::HOST.into_iter());
            let message =
                format!("the file is empty: its first line must name columns out of {columns}");
            problems.row(1, message);
        }
    }

    fn add(&mut self, name: &HostName, line: u64, bytes: Range<usize>) {
        let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        let host = self.number_of(name);
        let line = u32::try_from(line).unwrap_or(u32::MAX);
        self.rows.push(Row { host, line, start: count(bytes.start), end: count(bytes.end) });
    }

    fn number_of(&mut self, name: &HostName) -> u32 {
        let next = u32::try_from(self.numbers.len()).unwrap_or(u32::MAX);
        *self.numbers.entry(short(name.as_str())).or_insert(next)
    }

    fn spoil(&mut self, record: &ByteRecord) {
        let Some(header) = &self.header else { return };
        let record = StringRecord::from_byte_record_lossy(record.clone());
        if let Ok(name) = header.cell(&record, Column::Name).parse::<HostName>() {
            let host = self.number_of(&name);
            self.spoilt.insert(host);
        }
    }
}

/// The row names no host that could be read. Its problems are told.
struct Unnamed;

/// Whose row it is. `None` if not all of the row can be read.
fn named(
    header: &Header,
    record: &StringRecord,
    line: u64,
    problems: &mut Problems,
) -> Option<Result<HostName, Unnamed>> {
    if let Some(cell) = header.stray(record) {
        let cell = crate::text::shown(cell);
        let message = format_args!(
            "`{cell}` stands under no column: a cell with a separator in it needs `\"` around it"
        );
        problems.row(line, message);
        return None;
    }
    if let Ok(name) = header.cell(record, Column::Name).parse() {
        return Some(Ok(name));
    }
    let mut cells = Cells { header, record, line, problems };
    cells.name();
    cells.host();
    cells.nic();
    Some(Err(Unnamed))
}

fn text(
    record: &ByteRecord,
    line: u64,
    header: Option<&Header>,
    problems: &mut Problems,
) -> Option<StringRecord> {
    if record.as_slice().len() > MAX_ROW_BYTES {
        let why = "a `\"` without a closing `\"` joins many rows to one";
        let message = format_args!("the row is longer than {MAX_ROW_BYTES} bytes; {why}");
        problems.row(line, message);
        return None;
    }
    match StringRecord::from_byte_record(record.clone()) {
        Ok(text) => Some(text),
        Err(error) => {
            let message = "not UTF-8: save the file as \"CSV UTF-8\"";
            match header.and_then(|header| header.at(error.utf8_error().field())) {
                Some(column) => problems.cell(line, column, message),
                None => problems.row(line, message),
            }
            None
        }
    }
}
