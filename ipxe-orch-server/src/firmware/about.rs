//! What a build of iPXE can do, as far as its bytes tell.

use std::collections::BTreeSet;

/// What a firmware file says about itself. Builds for BIOS are compressed: they tell their version
/// alone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct About {
    /// Such as `1.21.1+git20250501.dad20602+dfsg-1`.
    pub version: Option<String>,
    /// Protocols and commands that are not in every build; `None` if it does not tell.
    pub features: Option<Vec<&'static str>>,
    /// Network drivers of its own among those that are looked for; `None` if it does not tell.
    /// Without any, it uses the firmware's (`snponly.efi`).
    pub drivers: Option<Vec<&'static str>>,
    /// Whether it carries a signature for Secure Boot; whose is not looked at. `None` for what is
    /// no UEFI program.
    pub signed: Option<bool>,
}

/// Names in a build, each a C string, and what they stand for.
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

impl About {
    /// Of what tells nothing but its version.
    pub(super) fn version(version: Option<String>) -> Self {
        Self { version, ..Self::default() }
    }

    /// Of a program for UEFI, whose strings are not compressed.
    pub(super) fn of_efi(bytes: &[u8], version: Option<String>, signed: bool) -> Self {
        let words: BTreeSet<&[u8]> = bytes.split(|byte| *byte == 0).collect();
        let among = |names: &[(&str, &'static str)]| {
            let there = names.iter().filter(|(name, _)| words.contains(name.as_bytes()));
            Some(there.map(|(_, meaning)| *meaning).collect())
        };
        let (features, drivers) = (among(FEATURES), among(DRIVERS));
        Self { version, features, drivers, signed: Some(signed) }
    }

    /// Whether it can do this; `None` if it does not tell.
    pub fn has_feature(&self, feature: &str) -> Option<bool> {
        self.features.as_ref().map(|features| features.contains(&feature))
    }

    /// Whether it has this driver; `None` if it does not tell.
    pub fn has_driver(&self, driver: &str) -> Option<bool> {
        self.drivers.as_ref().map(|drivers| drivers.contains(&driver))
    }
}
