//! Fleet files: hosts as CSV (RFC 4180), one row per NIC.
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
//! | `mac`, `address`, `gateway`, `dns`, `vlan`, `address6`, `gateway6`, `mtu`, `routes` | of the NIC: addresses with prefix length, name servers joined by spaces, routes as `10.1.0.0/16=10.0.2.2` joined by spaces |
//! | `profile`, `site`, `uuid`, `serial`, `labels`, `first_boot` | of the host: labels as `key=value` joined by spaces or `;`, first boot as `install` or `local` |
//! | `bonds` | of the host: `802.3ad=MAC+MAC` or `active-backup@VLAN=MAC+MAC`, joined by spaces |
//! | `var.NAME` | of the host: the value of a variable of its profile |
//! | `id`, `generation`, `key_id` | of an image made without a database |
//!
//! The first line names the columns, in any order and either case; `name`, `mac` and one of
//! `address` and `address6` are required. Further rows of a host leave its own columns empty or
//! repeat them. A byte order mark, CRLF, blank lines, and rows of empty cells are fine. A serial
//! number that a spreadsheet would take for a formula is written with a `'` before it, and read
//! without.

mod columns;
mod distinct;
mod problem;
mod read;
mod row;
#[cfg(test)]
mod tests;
mod write;

pub use problem::RowProblem;
pub use read::read;
pub use write::{write, write_enrolment};

use crate::{
    host::HostSpec,
    ids::{HostId, ImageGeneration, KeyId},
};
use std::{fmt, str::FromStr};

/// Longest file, in bytes.
pub const MAX_BYTES: usize = 256 * 1024 * 1024;
/// Most rows after the header.
pub const MAX_ROWS: usize = 1_000_000;
/// Longest row, in bytes.
pub const MAX_ROW_BYTES: usize = 64 * 1024;
/// Most problems that are listed; the others are counted.
pub const MAX_PROBLEMS: usize = 10_000;

/// What a fleet file says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fleet {
    /// Hosts without a problem, in the order of their first rows.
    pub hosts: Vec<FleetHost>,
    /// What is wrong, in the order of lines. A caller that wants all or nothing takes no host
    /// while there are any.
    pub problems: Vec<RowProblem>,
    /// How many more than [`MAX_PROBLEMS`] there are.
    pub more_problems: usize,
}

/// A host of a fleet file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FleetHost {
    /// The line of its first row; the header's is 1.
    pub line: u64,
    /// What is said of it.
    pub spec: HostSpec,
    /// What its first boot is to do, where that is said.
    pub first_boot: Option<FirstBoot>,
    /// Its id, where it has one.
    pub id: Option<HostId>,
    /// Of its image, where that was made without a database; then `id` and `key_id` are there too.
    pub generation: Option<ImageGeneration>,
    /// The key of that image.
    pub key_id: Option<KeyId>,
}

impl FleetHost {
    /// A host of which nothing but its specification is said.
    pub const fn new(spec: HostSpec) -> Self {
        Self { line: 0, spec, first_boot: None, id: None, generation: None, key_id: None }
    }
}

/// What the first boot of a new host does; said at its registration, never derived.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FirstBoot {
    /// It installs: the registration comes with a mark.
    Install,
    /// It boots the local disk.
    Local,
}

/// The text says neither `install` nor `local`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{}` is no first boot: `install` and `local` are", .0.escape_debug())]
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
