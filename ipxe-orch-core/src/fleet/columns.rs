//! The header line of a fleet file: which column is where.

use super::{complete::Columns, problem::Problems};
use crate::names::VariableName;
use csv::StringRecord;
use std::collections::BTreeMap;

/// A column, in the order in which the columns are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Column {
    Name,
    Mac,
    Address,
    Gateway,
    Dns,
    Vlan,
    Address6,
    Gateway6,
    Mtu,
    Routes,
    Profile,
    Site,
    Uuid,
    Serial,
    Labels,
    FirstBoot,
    Bonds,
    Id,
    Generation,
    KeyId,
}

impl Column {
    /// The columns that describe hosts.
    pub(super) const HOST: [Self; 17] = [
        Self::Name,
        Self::Mac,
        Self::Address,
        Self::Gateway,
        Self::Dns,
        Self::Vlan,
        Self::Address6,
        Self::Gateway6,
        Self::Mtu,
        Self::Routes,
        Self::Profile,
        Self::Site,
        Self::Uuid,
        Self::Serial,
        Self::Labels,
        Self::FirstBoot,
        Self::Bonds,
    ];
    /// The columns that describe an image made without a database.
    pub(super) const ENROLMENT: [Self; 3] = [Self::Id, Self::Generation, Self::KeyId];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Mac => "mac",
            Self::Address => "address",
            Self::Gateway => "gateway",
            Self::Dns => "dns",
            Self::Vlan => "vlan",
            Self::Address6 => "address6",
            Self::Gateway6 => "gateway6",
            Self::Mtu => "mtu",
            Self::Routes => "routes",
            Self::Profile => "profile",
            Self::Site => "site",
            Self::Uuid => "uuid",
            Self::Serial => "serial",
            Self::Labels => "labels",
            Self::FirstBoot => "first_boot",
            Self::Bonds => "bonds",
            Self::Id => "id",
            Self::Generation => "generation",
            Self::KeyId => "key_id",
        }
    }

    fn named(text: &str) -> Option<Self> {
        let all = Self::HOST.into_iter().chain(Self::ENROLMENT);
        all.into_iter().find(|column| column.name().eq_ignore_ascii_case(text))
    }
}

/// What the name of a variable's column starts with.
pub(super) const VARIABLE: &str = "var.";

/// The places of the columns.
#[derive(Debug)]
pub(super) struct Header {
    places: BTreeMap<Column, usize>,
    /// The places of the columns `var.NAME`.
    variables: BTreeMap<VariableName, usize>,
}

impl Header {
    /// Reads the header. `None` if it is so wrong that no row can be read.
    pub(super) fn read(record: &StringRecord, line: u64, problems: &mut Problems) -> Option<Self> {
        let known = names(Column::HOST.into_iter().chain(Column::ENROLMENT));
        let known = format!("{known}, {VARIABLE}NAME");
        if !record.iter().any(|cell| Column::named(cell.trim()).is_some()) {
            let message =
                format!("no column is named; the first line must name the columns: {known}");
            problems.row(line, message);
            return None;
        }
        let before = problems.count();
        let (mut places, mut variables) = (BTreeMap::new(), BTreeMap::new());
        for (place, cell) in record.iter().enumerate() {
            let cell = cell.trim();
            if cell.is_empty() {
                continue;
            }
            if let Some(name) = variable_name(cell) {
                variable(&name, place, &mut variables, line, problems);
                continue;
            }
            let Some(column) = Column::named(cell) else {
                let cell = crate::text::shown(cell);
                problems
                    .row(line, format_args!("unknown column `{cell}`: the columns are {known}"));
                continue;
            };
            if places.insert(column, place).is_some() {
                problems.cell(line, column, "there are two columns of this name");
            }
        }
        for column in [Column::Name, Column::Mac] {
            if !places.contains_key(&column) {
                problems.row(line, format_args!("the column `{}` is missing", column.name()));
            }
        }
        if !places.contains_key(&Column::Address) && !places.contains_key(&Column::Address6) {
            problems.row(line, "the column `address` or `address6` is missing");
        }
        (problems.count() == before).then_some(Self { places, variables })
    }

    /// The columns that the file has.
    pub(super) fn columns(&self) -> Columns {
        Columns {
            named: self.places.keys().copied().collect(),
            variables: self.variables.keys().cloned().collect(),
        }
    }

    /// The trimmed cell of a column; empty if the file does not have the column.
    pub(super) fn cell<'a>(&self, record: &'a StringRecord, column: Column) -> &'a str {
        let place = self.places.get(&column);
        place.and_then(|place| record.get(*place)).unwrap_or_default().trim()
    }

    /// The name of the host, as it is written.
    pub(super) fn name(&self, record: &StringRecord) -> String {
        self.cell(record, Column::Name).to_owned()
    }

    /// The variables with a value in this row, and their trimmed cells.
    pub(super) fn variables<'a>(
        &'a self,
        record: &'a StringRecord,
    ) -> impl Iterator<Item = (&'a VariableName, &'a str)> {
        let cell = |place: &usize| record.get(*place).unwrap_or_default().trim();
        let given = self.variables.iter().map(move |(name, place)| (name, cell(place)));
        given.filter(|(_, cell)| !cell.is_empty())
    }

    /// The column at this place.
    pub(super) fn at(&self, place: usize) -> Option<Column> {
        self.places.iter().find(|(_, at)| **at == place).map(|(column, _)| *column)
    }

    /// The first cell of a row that is not blank and stands under no column.
    pub(super) fn stray<'a>(&self, record: &'a StringRecord) -> Option<&'a str> {
        let known = |place| {
            self.places.values().chain(self.variables.values()).any(|column| *column == place)
        };
        let mut cells = record.iter().enumerate();
        cells.find(|(place, cell)| !cell.trim().is_empty() && !known(*place)).map(|(_, cell)| cell)
    }
}

/// The name in `var.NAME`, in lower case.
fn variable_name(cell: &str) -> Option<String> {
    let (start, name) = cell.split_at_checked(VARIABLE.len())?;
    start.eq_ignore_ascii_case(VARIABLE).then(|| name.to_ascii_lowercase())
}

/// Notes the place of the column of a variable.
fn variable(
    name: &str,
    place: usize,
    variables: &mut BTreeMap<VariableName, usize>,
    line: u64,
    problems: &mut Problems,
) {
    match name.parse::<VariableName>() {
        Err(error) => problems.row(line, format_args!("column `var.`: {error}")),
        Ok(name) if variables.contains_key(&name) => {
            problems.row(line, format_args!("there are two columns `{VARIABLE}{name}`"));
        }
        Ok(name) => drop(variables.insert(name, place)),
    }
}

pub(super) fn names(columns: impl Iterator<Item = Column>) -> String {
    columns.map(Column::name).collect::<Vec<_>>().join(", ")
}
