//! Fleet files: CSV files (RFC 4180) that describe hosts, one row for each NIC.
//!
//! # Example
//!
//! ```
//! let fleet = ipxe_orch_core::fleet::read(b"\
//! name,mac,address,gateway
//! web1,52:54:00:12:34:56,10.0.2.15/24,10.0.2.2
//! web2,52:54:00:12:34:57,10.0.2.16/24,10.0.3.2
//! ");
//! assert_eq!(fleet.hosts.len(), 1);
//! assert_eq!(
//!     fleet.problems[0].to_string(),
//!     "line 3, gateway: gateway 10.0.3.2 is off-link: it is not in 10.0.2.0/24",
//! );
//! ```
//! | column | holds |
//! |---|---|
//! | `name` | the host; a repeated name adds a NIC to that host |
//! | `mac`, `address`, `gateway`, `dns`, `vlan`, `address6`, `gateway6`, `mtu`, `routes` | settings of the NIC: addresses have a prefix length, routes are written as `10.1.0.0/16=10.0.2.2`; several name servers or routes are separated by blanks, commas or semicolons |
//! | `profile`, `site`, `uuid`, `serial`, `labels`, `first_boot` | settings of the host: labels are written as `key=value` and separated in the same way, the first boot is `install` or `local` |
//! | `bonds` | bonds of the host: `802.3ad=MAC+MAC` or `active-backup@VLAN=MAC+MAC`, separated in the same way |
//! | `var.NAME` | the host's value for the variable NAME of its profile |
//! | `id`, `generation`, `key_id` | the host's image, if it was made without a database |
//!
//! A cell that is empty erases the value of a known host; a column that the file does not have says
//! nothing about it: see [`Columns::complete`].
//!
//! The first line names the columns, in any order and in upper or lower case. `name`, `mac` and one
//! of `address` and `address6` are required. Further rows of the same host repeat the host's own
//! columns or leave them empty.
//!
//! Files are taken as spreadsheets write them: with a byte order mark, with line ends of any system,
//! with semicolons, tabs or bars instead of commas, with a first line such as `sep=;`, with blank
//! lines, blank rows, blank columns, and without the blank cells at the end of a row. A serial number
//! that a spreadsheet would take for a formula is written with a `'` before it, and is read without
//! it. Errors of a spreadsheet (`#N/A`) and rounded serial numbers (`1.23E+11`) are refused.

mod cell;
mod columns;
mod complete;
mod distinct;
mod file;
mod index;
mod layout;
mod problem;
mod read;
mod row;
#[cfg(test)]
mod tests;
mod write;

pub use complete::{Columns, Unsaid};
pub use file::FleetFile;
pub use problem::RowProblem;
pub use read::read;
pub use write::{FleetWriter, write, write_enrolment};

use crate::{
    host::HostSpec,
    ids::{HostId, ImageGeneration, KeyId},
};
use std::{fmt, str::FromStr};

/// The longest file, in bytes.
pub const MAX_BYTES: usize = 256 * 1024 * 1024;
/// The largest number of rows after the header.
pub const MAX_ROWS: usize = 1_000_000;
/// The longest row, in bytes. A quote without its end would otherwise make one row of the rest of
/// the file.
pub const MAX_ROW_BYTES: usize = 64 * 1024;
/// The largest number of problems that are listed. Further ones are only counted.
pub const MAX_PROBLEMS: usize = 10_000;

/// The content of a fleet file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fleet {
    /// The hosts without a problem, in the order of their first rows.
    pub hosts: Vec<FleetHost>,
    /// Everything that is wrong, sorted by line. A caller that wants all hosts or none must not use
    /// `hosts` unless this is empty.
    pub problems: Vec<RowProblem>,
    /// The number of problems beyond [`MAX_PROBLEMS`], which are not listed.
    pub more_problems: usize,
    /// The columns that the file has.
    pub columns: Columns,
}

/// One host of a fleet file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FleetHost {
    /// The line of its first row. The header is line 1.
    pub line: u64,
    /// Its specification.
    pub spec: HostSpec,
    /// What its first boot does, if the file says it.
    pub first_boot: Option<FirstBoot>,
    /// Its id, if the file has one.
    pub id: Option<HostId>,
    /// The generation of its image, if the image was made without a database. `id` and `key_id` are
    /// then present, too.
    pub generation: Option<ImageGeneration>,
    /// The id of the key that the secret in its image was made with.
    pub key_id: Option<KeyId>,
}

impl FleetHost {
    /// A host with this specification and nothing else.
    pub const fn new(spec: HostSpec) -> Self {
        Self { line: 0, spec, first_boot: None, id: None, generation: None, key_id: None }
    }
}

/// What the first boot of a new host does. It is stated when the host is registered, and never
/// derived from anything else, so that no import installs machines by surprise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FirstBoot {
    /// It installs: the host is registered together with a mark.
    Install,
    /// It starts the system on the local disk.
    Local,
}

/// The text is neither `install` nor `local`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{}` is not a first boot: write `install` or `local`", crate::text::shown(.0))]
pub struct InvalidFirstBoot(String);

impl FromStr for FirstBoot {
    type Err = InvalidFirstBoot;

    fn from_str(text: &str) -> Result<Self, InvalidFirstBoot> {
        match text {
            "install" => Ok(Self::Install),
            "local" => Ok(Self::Local),
            _ => Err(InvalidFirstBoot(text.to_owned())),
        }
    }
}

impl fmt::Display for FirstBoot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Install => "install",
            Self::Local => "local",
        })
    }
}
