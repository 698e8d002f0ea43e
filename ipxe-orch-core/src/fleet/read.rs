//! Reading fleet files.

use super::{
    Fleet, FleetHost,
    columns::{Column, Header},
    file::FleetFile,
    problem::Problems,
    row::{Cells, HostCells},
};
use crate::{
    host::{HostSpec, MAX_NICS, Nic, problems as host_problems},
    names::HostName,
};
use csv::StringRecord;

/// Reads a fleet file as a whole: see [`FleetFile`] for large ones. The result has the hosts without
/// a problem, and all problems with line and column.
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
    let file = FleetFile::read(bytes);
    Fleet {
        hosts: file.hosts().collect(),
        problems: file.problems().to_vec(),
        more_problems: file.more_problems(),
        columns: file.columns(),
    }
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
    /// Adds a row to the host, or begins it with its first row.
    pub(super) fn add(
        draft: &mut Option<Self>,
        header: &Header,
        record: &StringRecord,
        line: u64,
        problems: &mut Problems,
    ) {
        let before = problems.count();
        let mut cells = Cells { header, record, line, problems };
        let (name, host, nic) = (cells.name(), cells.host(), cells.nic());
        let Some(name) = name else { return };
        if let Some(nic) = &nic {
            cells.check(&name, nic);
        }
        let site_is_known = host.site.is_some() || header.cell(record, Column::Site).is_empty();
        let bad = problems.count() > before;
        let nic = nic.map(|nic| (line, nic));
        if let Some(draft) = draft {
            repeats(draft, &host, line, problems);
            draft.bad |= bad;
            draft.nics.extend(nic);
        } else {
            let nics = nic.into_iter().collect();
            *draft = Some(Self { name, line, cells: host, nics, site_is_known, bad });
        }
    }

    pub(super) fn has_bonds(&self) -> bool {
        self.cells.bonds.as_ref().is_some_and(|bonds| !bonds.is_empty())
    }

    /// Reports what is wrong with the bonds. This is done after all rows were read, because a bond
    /// names NICs of other rows.
    pub(super) fn has_wrong_bonds(&self, problems: &mut Problems) -> bool {
        let nics = self.nics.iter().map(|(_, nic)| nic.clone()).collect();
        let mut spec = HostSpec::new(self.name.clone(), nics);
        spec.bonds = self.cells.bonds.clone().unwrap_or_default();
        let found = host_problems(&spec);
        for problem in &found {
            problems.cell(self.line, Column::Bonds, problem);
        }
        !found.is_empty()
    }

    pub(super) fn host(self) -> FleetHost {
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
