//! Reads the cells of a row as values.

use super::{
    FirstBoot,
    cell::{is_rounded, list, spoilt},
    columns::{Column, Header, VARIABLE},
    problem::Problems,
};
use crate::{
    host::{
        Bond, HostProblem, HostSpec, HostValue, InvalidHostValue, InvalidNet, InvalidSerial, Mac,
        Nic, Serial, StaticV4, StaticV6, parse_net, problems as host_problems,
    },
    ids::{HostId, ImageGeneration, KeyId},
    names::{HostName, LabelKey, LabelValue, ProfileName, SiteName, VariableName},
    text::csv::uncell,
};
use csv::StringRecord;
use std::{collections::BTreeMap, fmt::Display, net::IpAddr, str::FromStr};
use uuid::Uuid;

/// The cells of a row that describe the host, not the NIC.
#[derive(Clone, Debug, Default)]
pub(super) struct HostCells {
    pub(super) profile: Option<ProfileName>,
    pub(super) site: Option<SiteName>,
    pub(super) uuid: Option<Uuid>,
    pub(super) serial: Option<Serial>,
    pub(super) labels: Option<BTreeMap<LabelKey, LabelValue>>,
    pub(super) first_boot: Option<FirstBoot>,
    pub(super) bonds: Option<Vec<Bond>>,
    pub(super) values: BTreeMap<VariableName, HostValue>,
    pub(super) id: Option<HostId>,
    pub(super) generation: Option<ImageGeneration>,
    pub(super) key_id: Option<KeyId>,
}

/// The cells of one row, found by the header.
pub(super) struct Cells<'a> {
    pub(super) header: &'a Header,
    pub(super) record: &'a StringRecord,
    pub(super) line: u64,
    pub(super) problems: &'a mut Problems,
}

impl Cells<'_> {
    /// The name of the host, which is required.
    pub(super) fn name(&mut self) -> Option<HostName> {
        self.required(Column::Name)
    }

    /// The cells that describe the host.
    pub(super) fn host(&mut self) -> HostCells {
        let cells = HostCells {
            profile: self.value(Column::Profile),
            site: self.value(Column::Site),
            uuid: self.parsed(Column::Uuid, |text| {
                Uuid::parse_str(text)
                    .map_err(|_| not(text, "a UUID: write its 32 hexadecimal digits"))
            }),
            serial: self.parsed(Column::Serial, serial),
            labels: self.parsed(Column::Labels, labels),
            first_boot: self.value(Column::FirstBoot),
            bonds: self.parsed(Column::Bonds, joined),
            values: self.values(),
            id: self.value(Column::Id),
            generation: self.value(Column::Generation),
            key_id: self.value(Column::KeyId),
        };
        self.enrolment_is_whole();
        cells
    }

    fn values(&mut self) -> BTreeMap<VariableName, HostValue> {
        let mut values = BTreeMap::new();
        for (name, cell) in self.header.variables(self.record) {
            let value = match spoilt(cell) {
                Some(what) => Err(format!("`{cell}` is {what}")),
                None => uncell(cell).parse().map_err(|error: InvalidHostValue| error.to_string()),
            };
            match value {
                Ok(value) => drop(values.insert(name.clone(), value)),
                Err(error) => {
                    self.problems.row(self.line, format_args!("{VARIABLE}{name}: {error}"));
                }
            }
        }
        values
    }

    fn enrolment_is_whole(&mut self) {
        let there = |column| !self.header.cell(self.record, column).is_empty();
        let image = there(Column::Generation) || there(Column::KeyId);
        let missing: Vec<Column> =
            Column::ENROLMENT.into_iter().filter(|column| image && !there(*column)).collect();
        for column in missing {
            self.wrong(
                column,
                "it is empty: give all of `id`, `generation` and `key_id`, or none of them",
            );
        }
    }

    /// The NIC, unless one of its cells is wrong.
    pub(super) fn nic(&mut self) -> Option<Nic> {
        let before = self.problems.count();
        let mac: Option<Mac> = self.required(Column::Mac);
        let address = self.parsed(Column::Address, v4_net);
        let gateway = self.parsed(Column::Gateway, v4);
        let address6 = self.parsed(Column::Address6, v6_net);
        let gateway6 = self.parsed(Column::Gateway6, v6);
        self.needs(Column::Gateway, Column::Address);
        self.needs(Column::Gateway6, Column::Address6);
        let nic = Nic {
            vlan: self.value(Column::Vlan),
            v4: address.map(|address| StaticV4 { address, gateway }),
            v6: address6.map(|address| StaticV6 { address, gateway: gateway6 }),
            dns: self.parsed(Column::Dns, name_servers).unwrap_or_default(),
            mtu: self.value(Column::Mtu),
            routes: self.parsed(Column::Routes, joined).unwrap_or_default(),
            ..Nic::new(mac?)
        };
        (self.problems.count() == before).then_some(nic)
    }

    /// Reports what is wrong with the NIC as a whole.
    pub(super) fn check(&mut self, name: &HostName, nic: &Nic) {
        let spec = HostSpec::new(name.clone(), vec![nic.clone()]);
        for problem in host_problems(&spec) {
            self.wrong(column_of(&problem), problem);
        }
    }

    fn needs(&mut self, column: Column, other: Column) {
        let empty = |column| self.header.cell(self.record, column).is_empty();
        if !empty(column) && empty(other) {
            self.wrong(column, format_args!("there is a gateway, but `{}` is empty", other.name()));
        }
    }

    fn required<T: FromStr<Err: Display>>(&mut self, column: Column) -> Option<T> {
        if self.header.cell(self.record, column).is_empty() {
            self.wrong(column, "it is empty: a value is required");
        }
        self.value(column)
    }

    fn value<T: FromStr<Err: Display>>(&mut self, column: Column) -> Option<T> {
        self.parsed(column, str::parse)
    }

    fn parsed<T, E: Display>(
        &mut self,
        column: Column,
        parse: impl Fn(&str) -> Result<T, E>,
    ) -> Option<T> {
        let text = self.header.cell(self.record, column);
        if text.is_empty() {
            return None;
        }
        if let Some(what) = spoilt(text) {
            self.wrong(column, format_args!("`{text}` is {what}"));
            return None;
        }
        parse(text).map_err(|error| self.wrong(column, error)).ok()
    }

    fn wrong(&mut self, column: Column, message: impl Display) {
        self.problems.cell(self.line, column, message);
    }
}

/// The column in which a problem of a NIC can be corrected.
pub(super) fn column_of(problem: &HostProblem) -> Column {
    let family = |v6: bool, v4_column, v6_column| if v6 { v6_column } else { v4_column };
    match problem {
        HostProblem::ReservedName { .. } => Column::Name,
        HostProblem::NoNic | HostProblem::TooManyNics { .. } | HostProblem::MacTwice { .. } => {
            Column::Mac
        }
        HostProblem::NoAddress { .. } => Column::Address,
        HostProblem::NotAHostAddress { address, .. }
        | HostProblem::SpecialAddress { address, .. } => {
            family(address.is_ipv6(), Column::Address, Column::Address6)
        }
        HostProblem::GatewayOffLink { gateway, .. }
        | HostProblem::GatewayIsSelf { gateway }
        | HostProblem::GatewayNotAHost { gateway, .. }
        | HostProblem::SpecialGateway { gateway, .. } => {
            family(gateway.is_ipv6(), Column::Gateway, Column::Gateway6)
        }
        HostProblem::TooManyNameServers { .. }
        | HostProblem::SpecialNameServer { .. }
        | HostProblem::NameServerTwice { .. } => Column::Dns,
        HostProblem::SmallMtu { .. } => Column::Mtu,
        HostProblem::TooManyRoutes { .. }
        | HostProblem::RouteTwice { .. }
        | HostProblem::RouteNotNeeded { .. }
        | HostProblem::RouteOffLink { .. } => Column::Routes,
        HostProblem::TooManyBonds { .. }
        | HostProblem::EmptyBond
        | HostProblem::StrangeMember { .. }
        | HostProblem::MemberTwice { .. } => Column::Bonds,
    }
}

fn not(text: &str, what: &str) -> String {
    format!("`{}` is not {what}", crate::text::shown(text))
}

fn v4_net(text: &str) -> Result<ipnet::Ipv4Net, String> {
    let what = "an IPv4 address with its prefix length: write it as 10.0.2.15/24";
    parse_net(text).map_err(|why| net_error(why, text, what, "address6"))
}

fn v6_net(text: &str) -> Result<ipnet::Ipv6Net, String> {
    let what = "an IPv6 address with its prefix length: write it as 2001:db8::15/64";
    parse_net(text).map_err(|why| net_error(why, text, what, "address"))
}

fn v4(text: &str) -> Result<std::net::Ipv4Addr, String> {
    text.parse().map_err(|_| with_hint(text, "an IPv4 address: write it as 10.0.2.2", "gateway6"))
}

fn v6(text: &str) -> Result<std::net::Ipv6Addr, String> {
    text.parse().map_err(|_| with_hint(text, "an IPv6 address: write it as 2001:db8::1", "gateway"))
}

fn net_error(why: InvalidNet, text: &str, what: &str, other: &str) -> String {
    match why {
        InvalidNet::LeadingZeros => format!("`{text}`: {why}"),
        _ => with_hint(text, what, other),
    }
}

/// Adds the name of the right column if the address is one of the other family.
fn with_hint(text: &str, what: &str, other: &str) -> String {
    let message = not(text, what);
    let v6_column = other.ends_with('6');
    let address = text.split('/').next().unwrap_or_default().parse::<IpAddr>();
    match address {
        Ok(address) if address.is_ipv6() == v6_column => {
            format!("{message}; put it into the column `{other}`")
        }
        _ => message,
    }
}

fn joined<T: FromStr>(text: &str) -> Result<Vec<T>, T::Err> {
    list(text).map(str::parse).collect()
}

fn serial(text: &str) -> Result<Serial, String> {
    if is_rounded(text) {
        let text = not(text, "a serial number, but one that a spreadsheet rounded");
        return Err(format!("{text}: format the column as text, and enter it again"));
    }
    uncell(text).parse().map_err(|error: InvalidSerial| error.to_string())
}

fn name_servers(text: &str) -> Result<Vec<IpAddr>, String> {
    let server =
        |text: &str| text.parse().map_err(|_| not(text, "the IP address of a name server"));
    list(text).map(server).collect()
}

fn labels(text: &str) -> Result<BTreeMap<LabelKey, LabelValue>, String> {
    let mut labels = BTreeMap::new();
    for label in list(text) {
        let (key, value) =
            label.split_once('=').ok_or_else(|| not(label, "a label: write it as key=value"))?;
        let key: LabelKey = key.parse().map_err(|error| format!("{error}"))?;
        let value: LabelValue = value.parse().map_err(|error| format!("{error}"))?;
        if labels.insert(key, value).is_some() {
            return Err(format!("the key of `{label}` is already in this cell"));
        }
    }
    Ok(labels)
}
