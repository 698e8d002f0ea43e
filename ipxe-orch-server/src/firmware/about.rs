//! What a build of iPXE can do, as far as its bytes show it.

use super::recognise::find;
use std::collections::BTreeSet;

/// What a boot loader file contains about itself. Builds for BIOS are compressed, so only their
/// version can be read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct About {
    /// The version, such as `1.21.1+git20250501.dad20602+dfsg-1`.
    pub version: Option<String>,
    /// Protocols and commands that not every build has; `None` if they cannot be read.
    pub features: Option<Vec<&'static str>>,
    /// Network drivers of its own, out of those that are looked for; `None` if they cannot be read.
    /// A build without drivers uses those of the firmware (`snponly.efi`).
    pub drivers: Option<Vec<&'static str>>,
    /// Whether it trusts the certificate authority of the iPXE project, as builds without `TRUST=`
    /// do. Such a build trusts no other one. `None` if that cannot be read.
    pub trusts_ipxe: Option<bool>,
    /// Whether it has a signature for Secure Boot. It is not checked whose signature it is. `None`
    /// for files that are not UEFI programs.
    pub signed: Option<bool>,
}

/// Names in a build, each a C string, and their meanings.
const FEATURES: &[(&str, &str)] = &[
    ("https", "HTTPS"),
    ("ipv6", "IPv6"),
    ("vcreate", "VLAN"),
    ("iscsi", "iSCSI"),
    ("params", "params"),
    ("imgtrust", "imgtrust"),
    ("ntp", "NTP"),
    ("console", "console"),
];

const DRIVERS: &[(&str, &str)] = &[
    ("netvsc", "netvsc"),
    ("virtio-net", "virtio-net"),
    ("vmxnet3", "vmxnet3"),
    ("netfront", "netfront"),
    ("82574l", "e1000e"),
    ("i350", "igb"),
];

/// The SHA-256 fingerprint of that authority's root certificate (iPXE: `src/crypto/rootcert.c`).
const IPXE_ROOT: [u8; 32] = [
    0x9f, 0xaf, 0x71, 0x7b, 0x7f, 0x8c, 0xa2, 0xf9, 0x3c, 0x25, 0x6c, 0x79, 0xf8, 0xac, 0x55, 0x91,
    0x89, 0x5d, 0x66, 0xd1, 0xff, 0x3b, 0xee, 0x63, 0x97, 0xa7, 0x0d, 0x29, 0xc6, 0x5e, 0xed, 0x1a,
];

impl About {
    /// For a file of which only the version can be read.
    pub(super) fn version(version: Option<String>) -> Self {
        Self { version, ..Self::default() }
    }

    /// For a UEFI program, whose strings are not compressed.
    pub(super) fn of_efi(bytes: &[u8], version: Option<String>, signed: bool) -> Self {
        let words: BTreeSet<&[u8]> = bytes.split(|byte| *byte == 0).collect();
        let among = |names: &[(&str, &'static str)]| {
            let there = names.iter().filter(|(name, _)| words.contains(name.as_bytes()));
            Some(there.map(|(_, meaning)| *meaning).collect())
        };
        let (features, drivers) = (among(FEATURES), among(DRIVERS));
        let trusts_ipxe = Some(find(bytes, &IPXE_ROOT).is_some());
        Self { version, features, drivers, trusts_ipxe, signed: Some(signed) }
    }

    /// Whether it has this feature; `None` if that cannot be read.
    pub fn has_feature(&self, feature: &str) -> Option<bool> {
        self.features.as_ref().map(|features| features.contains(&feature))
    }

    /// Whether it has this driver; `None` if that cannot be read.
    pub fn has_driver(&self, driver: &str) -> Option<bool> {
        self.drivers.as_ref().map(|drivers| drivers.contains(&driver))
    }
}
