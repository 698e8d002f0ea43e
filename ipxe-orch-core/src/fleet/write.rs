//! Writing fleet files.

use super::{
    FleetHost,
    columns::{Column, VARIABLE},
};
#[cfg(doc)]
use crate::host::SECRET;
use crate::{
    host::{HostSpec, Nic},
    names::VariableName,
    text::csv::cell,
};
use std::{collections::BTreeSet, fmt::Display};

/// Writes the hosts as a fleet file that [`read`](super::read()) reads back.
///
/// The format has no column for the local boot setting, so that is left out. A sealed value is
/// written as [`SECRET`]; an import that reads this text keeps the value that is stored.
pub fn write<'a>(hosts: impl IntoIterator<Item = &'a FleetHost>) -> Vec<u8> {
    rows(hosts, &Column::HOST)
}

/// The same as [`write()`], with the columns `id`, `generation` and `key_id`.
///
/// Building images without a database produces such a file. The next build reads it, and a server
/// imports it.
pub fn write_enrolment<'a>(hosts: impl IntoIterator<Item = &'a FleetHost>) -> Vec<u8> {
    let columns: Vec<Column> = Column::HOST.into_iter().chain(Column::ENROLMENT).collect();
    rows(hosts, &columns)
}

fn rows<'a>(hosts: impl IntoIterator<Item = &'a FleetHost>, columns: &[Column]) -> Vec<u8> {
    let hosts: Vec<_> = hosts.into_iter().collect();
    let variables = hosts.iter().flat_map(|host| host.spec.values.keys()).cloned().collect();
    let mut writer = FleetWriter::with(columns.to_vec(), variables);
    for host in hosts {
        writer.push(host);
    }
    writer.finish()
}

/// A fleet file that is written host by host. Whoever begins it knows all variables.
#[derive(Debug)]
pub struct FleetWriter {
    writer: csv::Writer<Vec<u8>>,
    columns: Vec<Column>,
    variables: BTreeSet<VariableName>,
}

impl FleetWriter {
    /// A file with a column for each of these variables and, if `enrolment`, with the columns `id`,
    /// `generation` and `key_id`.
    pub fn new(enrolment: bool, variables: BTreeSet<VariableName>) -> Self {
        let enrolment = Column::ENROLMENT.into_iter().filter(|_| enrolment);
        Self::with(Column::HOST.into_iter().chain(enrolment).collect(), variables)
    }

    fn with(columns: Vec<Column>, variables: BTreeSet<VariableName>) -> Self {
        let mut writer = csv::Writer::from_writer(Vec::new());
        let header = columns.iter().map(|column| column.name().to_owned());
        let header = header.chain(variables.iter().map(|name| format!("{VARIABLE}{name}")));
        // Writing into memory does not fail.
        writer.write_record(header).ok();
        Self { writer, columns, variables }
    }

    /// Adds the rows of a host. Whether the file has a column for each of its variables: a value
    /// without a column is left out.
    pub fn push(&mut self, host: &FleetHost) -> bool {
        let Self { writer, columns, variables } = self;
        for (index, nic) in host.spec.nics.iter().enumerate() {
            let of_column = |column: &Column| {
                nic_cell(&host.spec, nic, *column).unwrap_or_else(|| {
                    if index == 0 { host_cell(host, *column) } else { String::new() }
                })
            };
            let value = |name: &VariableName| {
                let value = host.spec.values.get(name).filter(|_| index == 0);
                value.map(|value| cell(value.masked().as_str()).into_owned()).unwrap_or_default()
            };
            let cells = columns.iter().map(of_column).chain(variables.iter().map(value));
            writer.write_record(cells).ok();
        }
        host.spec.values.keys().all(|name| variables.contains(name))
    }

    /// The file.
    pub fn finish(self) -> Vec<u8> {
        self.writer.into_inner().unwrap_or_default()
    }
}

/// A cell that each row of a host has. `None` for the columns of the host itself, which only its
/// first row has.
fn nic_cell(spec: &HostSpec, nic: &Nic, column: Column) -> Option<String> {
    let (v4, v6) = (nic.v4.as_ref(), nic.v6.as_ref());
    Some(match column {
        Column::Name => spec.name.to_string(),
        Column::Mac => nic.mac.to_string(),
        Column::Address => text(v4.map(|v4| v4.address)),
        Column::Gateway => text(v4.and_then(|v4| v4.gateway)),
        Column::Address6 => text(v6.map(|v6| v6.address)),
        Column::Gateway6 => text(v6.and_then(|v6| v6.gateway)),
        Column::Dns => joined(nic.dns.iter()),
        Column::Vlan => text(nic.vlan),
        Column::Mtu => text(nic.mtu),
        Column::Routes => joined(nic.routes.iter()),
        _ => return None,
    })
}

fn host_cell(host: &FleetHost, column: Column) -> String {
    let spec = &host.spec;
    match column {
        Column::Profile => text(spec.profile.as_ref()),
        Column::Site => text(spec.site.as_ref()),
        Column::Uuid => text(spec.uuid),
        Column::Serial => {
            spec.serial.as_ref().map(|s| cell(s.as_str()).into_owned()).unwrap_or_default()
        }
        Column::Labels => joined(spec.labels.iter().map(|(key, value)| format!("{key}={value}"))),
        Column::Bonds => joined(spec.bonds.iter()),
        Column::FirstBoot => text(host.first_boot),
        Column::Id => text(host.id),
        Column::Generation => text(host.generation),
        Column::KeyId => text(host.key_id),
        _ => String::new(),
    }
}

fn text(value: Option<impl Display>) -> String {
    value.map(|value| value.to_string()).unwrap_or_default()
}

fn joined(values: impl Iterator<Item = impl Display>) -> String {
    values.map(|value| value.to_string()).collect::<Vec<_>>().join(" ")
}
