//! What a script runs in.

use crate::{
    image::Medium,
    script::rules::{Firmware, Release},
};
use std::collections::{BTreeMap, BTreeSet};

/// A machine and its network, as far as a script can see them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct World {
    /// What runs iPXE.
    pub firmware: Firmware,
    /// The build of iPXE.
    pub release: Release,
    /// What the boot image is attached as.
    pub medium: Medium,
    /// `net0`, `net1`, ...
    pub nics: Vec<Nic>,
    /// What is answered under an address: with its query, else without one. Every other address
    /// is not found.
    pub answers: BTreeMap<String, Answer>,
    /// The machine's own disks, the one that boots first at the head.
    pub disks: Vec<Disk>,
    /// Settings such as `uuid`, `serial` and `buildarch`.
    pub settings: BTreeMap<String, String>,
    /// Where the script came from, as an address; empty for the script of an image.
    pub address: String,
    /// Commands that fail, of those that else succeed where this page has no word on them.
    pub failing: BTreeSet<String>,
}

impl World {
    /// A machine booted from a disc, with nothing around it.
    pub fn new(firmware: Firmware) -> Self {
        Self {
            firmware,
            release: Release::Debian13,
            medium: Medium::Cd,
            nics: Vec::new(),
            answers: BTreeMap::new(),
            disks: Vec::new(),
            settings: BTreeMap::new(),
            address: String::new(),
            failing: BTreeSet::new(),
        }
    }
}

/// A network NIC.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Nic {
    /// As `52:54:00:12:34:56`.
    pub mac: String,
    /// Whether a cable brings a link.
    pub link: bool,
    /// Whether a DHCP server answers.
    pub dhcp: bool,
}

/// A disk of the machine.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Disk {
    /// Whether it starts by itself: a boot sector on BIOS, `BOOTX64.EFI` on UEFI.
    pub boots: bool,
    /// Paths of UEFI loaders on it.
    pub loaders: Vec<String>,
}

/// What a server answers. All but [`Self::Silent`] and [`Self::Refused`] are HTTP.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Answer {
    /// 200 with the text of a script.
    Script(String),
    /// 200 with a kernel or another image that boots.
    Kernel,
    /// 200 with a disk image that boots.
    Disk,
    /// 200 with what nothing can boot: an initial RAM disk, a page of HTML, a claim.
    Data,
    /// 404, or another 4xx.
    NotFound,
    /// 5xx, with no word on when to come again.
    ServerError,
    /// 503 with Retry-After, always.
    Busy,
    /// A redirect to itself.
    Redirects,
    /// It takes the request and never answers.
    Stalls,
    /// No packet comes back.
    Silent,
    /// The port is closed.
    Refused,
    /// This once, then 404.
    Once(Box<Answer>),
}
