//! Reading fleet files.

use super::{
    Columns, Fleet, FleetHost, MAX_ROW_BYTES, MAX_ROWS,
    columns::{Column, Header, names},
    distinct,
    layout::Layout,
    problem::Problems,
    row::{Cells, HostCells},
};
use crate::{
    host::{HostSpec, MAX_NICS, Nic, problems as host_problems},
    names::HostName,
};
use csv::{ByteRecord, StringRecord};
use std::collections::{HashMap, HashSet};

/// Reads a fleet file. The result has the hosts without a problem, and all problems with line and
/// column.
///
/// Hosts that have the same MAC address, the same id, or the same address within one site are all
/// reported and left out.
///
/// # Example
///
/// ```
/// use ipxe_orch_core::fleet;
///
/// let file = "\
/// name,mac,address,vlan,first_boot
/// web1,52:54:00:12:34:56,10.0.2.15/24,,install
/// web2,52:54:00:12:34:57,10.0.2.16/24,4095,
/// ";
/// let fleet = fleet::read(file.as_bytes());
/// assert_eq!(fleet.hosts[0].spec.name.as_str(), "web1");
/// assert_eq!(fleet.hosts[0].first_boot, Some(fleet::FirstBoot::Install));
/// assert_eq!(
///     fleet.problems[0].to_string(),
///     "line 3, vlan: `4095` is not a VLAN: write a whole number from 1 to 4094"
/// );
/// ```
pub fn read(bytes: &[u8]) -> Fleet {
    let mut reading = Reading::default();
    reading.file(bytes);
    let Reading { mut hosts, mut problems, spoilt, columns, .. } = reading;
    distinct::check(&mut hosts, &mut problems);
    hosts.retain(|host| !spoilt.contains(&host.name));
    for host in &mut hosts {
        host.check_bonds(&mut problems);
    }
    let hosts = hosts.into_iter().filter(|host| !host.bad).map(Draft::host).collect();
    problems.into_fleet(hosts, columns)
}

/// A host while its rows are being read.
pub(super) struct Draft {
    pub(super) name: HostName,
    pub(super) line: u64,
    pub(super) cells: HostCells,
    pub(super) nics: Vec<(u64, Nic)>,
    pub(super) site_is_known: bool,
    pub(super) bad: bool,
}

impl Draft {
    /// Checks the bonds after all rows were read, because a bond names NICs of other rows.
    fn check_bonds(&mut self, problems: &mut Problems) {
        let nics = self.nics.iter().map(|(_, nic)| nic.clone()).collect();
        let mut spec = HostSpec::new(self.name.clone(), nics);
        spec.bonds = self.cells.bonds.clone().unwrap_or_default();
        if self.bad || spec.bonds.is_empty() {
            return;
        }
        for problem in host_problems(&spec) {
            problems.cell(self.line, Column::Bonds, problem);
            self.bad = true;
        }
    }

    fn host(self) -> FleetHost {
        let Self { name, line, cells, nics, .. } = self;
        let HostCells { first_boot, id, generation, key_id, .. } = cells;
        let spec = HostSpec {
            site: cells.site,
            profile: cells.profile,
            uuid: cells.uuid,
            serial: cells.serial,
            labels: cells.labels.unwrap_or_default(),
            bonds: cells.bonds.unwrap_or_default(),
            values: cells.values,
            ..HostSpec::new(name, nics.into_iter().map(|(_, nic)| nic).collect())
        };
        FleetHost { line, spec, first_boot, id, generation, key_id }
    }
}

#[derive(Default)]
struct Reading {
    hosts: Vec<Draft>,
    by_name: HashMap<HostName, usize>,
    /// Hosts of rows that could not be read. They are left out, because a NIC may be missing.
    spoilt: HashSet<HostName>,
    problems: Problems,
    columns: Columns,
}

impl Reading {
    fn file(&mut self, bytes: &[u8]) {
        let Some(mut layout) = Layout::of(bytes, &mut self.problems) else { return };
        let mut builder = csv::ReaderBuilder::new();
        builder.has_headers(false).flexible(true).delimiter(layout.separator);
        let mut reader = builder.from_reader(layout.rows);
        let (mut record, mut header, mut rows) = (ByteRecord::new(), None, 0..MAX_ROWS);
        // Reading from memory does not fail.
        while reader.read_byte_record(&mut record).unwrap_or(false) {
            let line = layout.line(&record);
            if record.iter().all(|cell| cell.trim_ascii().is_empty()) {
                continue;
            }
            let text = self.text(&record, line, header.as_ref());
            let Some(header) = &header else {
                header = text.and_then(|text| Header::read(&text, line, &mut self.problems));
                let Some(header) = &header else { return };
                self.columns = header.columns();
                continue;
            };
            if rows.next().is_none() {
                let message = format_args!("more than {MAX_ROWS} rows: split the file");
                self.problems.row(line, message);
                // The rows that are not read may add a NIC to any of the hosts.
                return self.hosts.clear();
            }
            match text {
                Some(text) => self.row(header, &text, line),
                None => self.spoil(header, &StringRecord::from_byte_record_lossy(record.clone())),
            }
        }
        if header.is_none() && self.problems.count() == 0 {
            let columns = names(Column::HOST.into_iter());
            let message =
                format!("the file is empty: its first line must name columns out of {columns}");
            self.problems.row(1, message);
        }
    }

    fn text(
        &mut self,
        record: &ByteRecord,
        line: u64,
        header: Option<&Header>,
    ) -> Option<StringRecord> {
        if record.as_slice().len() > MAX_ROW_BYTES {
            let why = "a `\"` without a closing `\"` joins many rows to one";
            let message = format_args!("the row is longer than {MAX_ROW_BYTES} bytes; {why}");
            self.problems.row(line, message);
            return None;
        }
        match StringRecord::from_byte_record(record.clone()) {
            Ok(text) => Some(text),
            Err(error) => {
                let message = "not UTF-8: save the file as \"CSV UTF-8\"";
                match header.and_then(|header| header.at(error.utf8_error().field())) {
                    Some(column) => self.problems.cell(line, column, message),
                    None => self.problems.row(line, message),
                }
                None
            }
        }
    }

    fn spoil(&mut self, header: &Header, record: &StringRecord) {
        self.spoilt.extend(header.cell(record, Column::Name).parse::<HostName>().ok());
    }

    fn row(&mut self, header: &Header, record: &StringRecord, line: u64) {
        if let Some(cell) = header.stray(record) {
            let cell = crate::text::shown(cell);
            let message = format_args!(
                "`{cell}` stands under no column: a cell with a separator in it needs `\"` around it"
            );
            self.problems.row(line, message);
            return self.spoil(header, record);
        }
        let before = self.problems.count();
        let mut cells = Cells { header, record, line, problems: &mut self.problems };
        let (name, host, nic) = (cells.name(), cells.host(), cells.nic());
        let Some(name) = name else { return };
        if let Some(nic) = &nic {
            cells.check(&name, nic);
        }
        let site_is_known = host.site.is_some() || header.cell(record, Column::Site).is_empty();
        let bad = self.problems.count() > before;
        let index = *self.by_name.entry(name.clone()).or_insert(self.hosts.len());
        if let Some(draft) = self.hosts.get_mut(index) {
            repeats(draft, &host, line, &mut self.problems);
            draft.bad |= bad;
            draft.nics.extend(nic.map(|nic| (line, nic)));
        } else {
            let nics = nic.map(|nic| (line, nic)).into_iter().collect();
            self.hosts.push(Draft { name, line, cells: host, nics, site_is_known, bad });
        }
    }
}

/// Reports what a further row says differently about its host.
fn repeats(draft: &mut Draft, again: &HostCells, line: u64, problems: &mut Problems) {
    let first = &draft.cells;
    let differs = [
        (Column::Profile, differ(first.profile.as_ref(), again.profile.as_ref())),
        (Column::Site, differ(first.site.as_ref(), again.site.as_ref())),
        (Column::Uuid, differ(first.uuid.as_ref(), again.uuid.as_ref())),
        (Column::Serial, differ(first.serial.as_ref(), again.serial.as_ref())),
        (Column::Labels, differ(first.labels.as_ref(), again.labels.as_ref())),
        (Column::Bonds, differ(first.bonds.as_ref(), again.bonds.as_ref())),
        (Column::FirstBoot, differ(first.first_boot.as_ref(), again.first_boot.as_ref())),
        (Column::Id, differ(first.id.as_ref(), again.id.as_ref())),
        (Column::Generation, differ(first.generation.as_ref(), again.generation.as_ref())),
        (Column::KeyId, differ(first.key_id.as_ref(), again.key_id.as_ref())),
    ];
    for (column, _) in differs.into_iter().filter(|(_, differs)| *differs) {
        let (name, first) = (&draft.name, draft.line);
        let message = format_args!(
            "it differs from line {first}: this row adds a NIC to the host `{name}` of that line; \
             repeat the value or leave the cell empty"
        );
        problems.cell(line, column, message);
        draft.bad = true;
    }
    let other = |(name, value)| draft.cells.values.get(name) != Some(value);
    if again.values.iter().any(other) {
        let first = draft.line;
        problems.row(line, format_args!("the value of a variable differs from line {first}: repeat it or leave the cell empty"));
        draft.bad = true;
    }
    if draft.nics.len() == MAX_NICS {
        problems.cell(line, Column::Mac, format_args!("one host has more than {MAX_NICS} NICs"));
        draft.bad = true;
    }
}

fn differ<T: PartialEq>(first: Option<&T>, again: Option<&T>) -> bool {
    again.is_some() && first != again
}
