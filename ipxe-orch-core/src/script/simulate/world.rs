//! The world that a script runs in.

use crate::{
    image::Medium,
    script::rules::{Firmware, Release},
};
use std::collections::{BTreeMap, BTreeSet};

/// A machine and its network, as far as a script can notice them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct World {
    /// The firmware that runs iPXE.
    pub firmware: Firmware,
    /// The build of iPXE.
    pub release: Release,
    /// How the boot image is attached.
    pub medium: Medium,
    /// The NICs in the order `net0`, `net1`, ...
    pub nics: Vec<Nic>,
    /// The answers of servers by address. An address is looked up with its query, then without it.
    /// Any other address is not found (404).
    pub answers: BTreeMap<String, Answer>,
    /// The machine's own disks. The first one is the one that the firmware boots first.
    pub disks: Vec<Disk>,
    /// Settings of the machine, such as `uuid`, `serial` and `buildarch`. A serial number may have any
    /// bytes. A value that is no text is written as iPXE reads it, such as a UUID.
    pub settings: BTreeMap<String, Vec<u8>>,
    /// The address that the script was loaded from; empty for the script of an image.
    pub address: String,
    /// Commands that fail. This matters only for commands that always succeed in this model.
    pub failing: BTreeSet<String>,
}

impl World {
    /// A machine that was booted from a CD, without NICs, disks and servers.
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

/// A NIC.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Nic {
    /// The MAC address, written as `52:54:00:12:34:56`.
    pub mac: String,
    /// Whether a cable gives it a link.
    pub link: bool,
    /// Whether a DHCP server answers.
    pub dhcp: bool,
}

/// A disk of the machine.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Disk {
    /// Whether it boots by itself: it has a boot sector for BIOS and `BOOTX64.EFI` for UEFI.
    pub boots: bool,
    /// Paths of the UEFI loaders on it.
    pub loaders: Vec<String>,
}

/// The answer of a server. All of them except [`Self::Silent`] and [`Self::Refused`] are HTTP.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Answer {
    /// 200 with the text of a script.
    Script(String),
    /// 200 with a kernel or another image that boots.
    Kernel,
    /// 200 with a disk image that boots.
    Disk,
    /// 200 with something that cannot boot: an initial RAM disk, an HTML page, a claim.
    Data,
    /// 404, or another 4xx.
    NotFound,
    /// 5xx without Retry-After.
    ServerError,
    /// 503 with Retry-After, every time.
    Busy,
    /// A redirect to itself.
    Redirects,
    /// The server accepts the request and never answers.
    Stalls,
    /// No packet comes back.
    Silent,
    /// The port is closed, and the host says so.
    Refused,
    /// This answer once, then 404.
    Once(Box<Answer>),
}
