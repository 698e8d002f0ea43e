//! A fleet file whose hosts are read one after another.

use super::{
    Columns, FleetHost, RowProblem,
    columns::Header,
    distinct::Distinct,
    index::{Index, Row},
    problem::Problems,
    read::Draft,
};
use crate::names::HostName;
use csv::StringRecord;
use std::borrow::Cow;

/// A fleet file that was checked as a whole, and whose hosts are read one after another. It takes
/// the memory of its bytes and about 100 bytes for each row, so that a file may be large.
///
/// # Example
///
/// ```
/// use ipxe_orch_core::fleet::FleetFile;
///
/// let file = FleetFile::read(&b"\
/// name,mac,address
/// web1,52:54:00:12:34:56,10.0.2.15/24
/// web2,52:54:00:12:34:57,10.0.2.16/24
/// "[..]);
/// assert_eq!((file.len(), file.problems().len()), (2, 0));
/// let names: Vec<_> = file.hosts().map(|host| host.spec.name.to_string()).collect();
/// assert_eq!(names, ["web1", "web2"]);
/// ```
#[derive(Debug)]
pub struct FleetFile<'a> {
    bytes: Cow<'a, [u8]>,
    index: Index,
    /// The numbers of the hosts without a problem.
    good: Vec<u32>,
    problems: Vec<RowProblem>,
    more_problems: usize,
}

impl<'a> FleetFile<'a> {
    /// Reads all of the file once, and finds everything that is wrong.
    ///
    /// Hosts that have the same MAC address, the same id, or the same address within one site are
    /// all reported and left out.
    pub fn read(bytes: impl Into<Cow<'a, [u8]>>) -> Self {
        let bytes = bytes.into();
        let mut problems = Problems::default();
        let index = Index::of(&bytes, &mut problems);
        let mut file = Self { bytes, index, good: Vec::new(), problems: vec![], more_problems: 0 };
        file.good = file.check(&mut problems);
        (file.problems, file.more_problems) = problems.into_sorted();
        file
    }

    /// The number of hosts without a problem.
    pub const fn len(&self) -> usize {
        self.good.len()
    }

    /// Whether no host is without a problem.
    pub const fn is_empty(&self) -> bool {
        self.good.is_empty()
    }

    /// The hosts without a problem, in the order of their first rows.
    pub fn hosts(&self) -> impl Iterator<Item = FleetHost> {
        (0..self.len()).filter_map(|place| self.host(place))
    }

    /// One of [`Self::hosts`].
    pub fn host(&self, place: usize) -> Option<FleetHost> {
        let number = self.good.get(place)?;
        // Its problems, if any, were told when the file was read.
        self.draft(self.index.rows_of(*number), &mut Problems::default()).map(Draft::host)
    }

    /// The place of a host without a problem among [`Self::hosts`].
    pub fn place(&self, name: &HostName) -> Option<usize> {
        self.good.binary_search(&self.index.number(name)?).ok()
    }

    /// The columns that the file has.
    pub fn columns(&self) -> Columns {
        self.index.columns()
    }

    /// Everything that is wrong, sorted by line.
    pub fn problems(&self) -> &[RowProblem] {
        &self.problems
    }

    /// The number of problems beyond [`MAX_PROBLEMS`](super::MAX_PROBLEMS), which are not listed.
    pub const fn more_problems(&self) -> usize {
        self.more_problems
    }

    /// Reads all hosts, and gives the numbers of those without a problem.
    fn check(&self, problems: &mut Problems) -> Vec<u32> {
        let (mut good, mut bonds) = (Vec::new(), Vec::new());
        let mut distinct = Distinct::default();
        for (number, rows) in self.index.hosts() {
            let Some(draft) = self.draft(rows, problems) else { continue };
            distinct.add(number, &draft);
            if self.index.is_whole(number) && !draft.bad {
                good.push(number);
                if draft.has_bonds() {
                    bonds.push(number);
                }
            }
        }
        let name = |number| self.name(self.index.rows_of(number));
        let mut bad = distinct.report(name, problems);
        for number in bonds {
            let rows = self.index.rows_of(number);
            let draft = self.draft(rows, &mut Problems::default());
            if draft.is_some_and(|draft| !bad.contains(&number) && draft.has_wrong_bonds(problems))
            {
                bad.insert(number);
            }
        }
        good.retain(|number| !bad.contains(number));
        good
    }

    /// The host of these rows.
    fn draft(&self, rows: &[Row], problems: &mut Problems) -> Option<Draft> {
        let header = self.index.header.as_ref()?;
        let mut draft = None;
        for row in rows {
            if let Some(record) = self.record(*row) {
                Draft::add(&mut draft, header, &record, row.line.into(), problems);
            }
        }
        draft
    }

    fn name(&self, rows: &[Row]) -> String {
        let record = rows.first().and_then(|row| self.record(*row));
        let name = |header: &Header| record.map(|record| header.name(&record));
        self.index.header.as_ref().and_then(name).unwrap_or_default()
    }

    fn record(&self, row: Row) -> Option<StringRecord> {
        let bytes = self.bytes.get(row.bytes())?;
        let mut builder = csv::ReaderBuilder::new();
        builder.has_headers(false).flexible(true).delimiter(self.index.separator);
        let mut reader = builder.buffer_capacity(bytes.len().max(1)).from_reader(bytes);
        let mut record = StringRecord::new();
        reader.read_record(&mut record).unwrap_or(false).then_some(record)
    }
}
