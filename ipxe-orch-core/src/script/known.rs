//! The named settings of iPXE (`__setting` in its sources), with their types. The ones that Debian
//! 13's build has were measured.

use super::kind::Kind;
use std::{collections::HashMap, sync::LazyLock};

/// Where a value comes from, if no script has set it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Source {
    /// iPXE itself, its drivers, or the script's own address.
    Ipxe,
    /// The machine: SMBIOS, and the addresses of its NICs.
    Machine,
    /// The network: DHCP.
    Network,
}

/// A setting with a name of its own.
#[derive(Clone, Copy, Debug)]
pub(super) struct Known {
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    /// The number of the DHCP option, by which the setting can be named as well; 0 if it has none.
    pub(super) tag: u64,
    pub(super) source: Source,
    /// Whether it is a property of a network device that a script cannot change.
    pub(super) fixed: bool,
}

const fn of(name: &'static str, kind: Kind, tag: u64, source: Source) -> Known {
    Known { name, kind, tag, source, fixed: false }
}

const fn fixed(name: &'static str, kind: Kind, source: Source) -> Known {
    Known { name, kind, tag: 0, source, fixed: true }
}

/// The option `175.N`, in which iPXE's own options are.
const fn own(option: u64) -> u64 {
    175 << 8 | option
}

use Kind::{DnsSl, Hex, Int, Ipv4, Ipv6, Str, Uint, Uuid};
use Source::{Ipxe, Machine, Network};

/// The named settings of Debian 13's build.
const SETTINGS: &[Known] = &[
    // `core/settings.c`
    of("hostname", Str, 12, Network),
    of("domain", Str, 15, Network),
    of("next-server", Ipv4, own(3), Network),
    of("filename", Str, 67, Network),
    of("root-path", Str, 17, Network),
    of("san-filename", Str, own(0xbc), Network),
    of("username", Str, own(0xbe), Network),
    of("password", Str, own(0xbf), Network),
    of("priority", Int(1), own(1), Network),
    of("user-class", Str, 77, Network),
    of("vendor-class", Str, 60, Network),
    of("errno", Uint(4), 0, Ipxe),
    of("buildarch", Str, 0, Ipxe),
    of("platform", Str, 0, Ipxe),
    of("version", Str, 0, Ipxe),
    of("unixtime", Uint(4), 0, Ipxe),
    of("cwuri", Str, 0, Ipxe),
    of("cwduri", Str, 0, Ipxe),
    // Addresses (`net/ipv4.c`, `net/ipv6.c`, `net/udp/dns.c`, `net/udp/dhcp.c`)
    of("ip", Ipv4, own(2), Network),
    of("netmask", Ipv4, 1, Network),
    of("gateway", Ipv4, 3, Network),
    of("dns", Ipv4, 6, Network),
    of("dnssl", DnsSl, 119, Network),
    of("dhcp-server", Ipv4, 54, Network),
    of("ip6", Ipv6, 0, Network),
    of("len6", Int(1), 0, Network),
    of("gateway6", Ipv6, 0, Network),
    of("dns6", Ipv6, 0, Network),
    // Network devices (`net/netdev_settings.c`, `net/80211/net80211.c`)
    of("mac", Hex, 0, Machine),
    fixed("hwaddr", Hex, Machine),
    fixed("bustype", Str, Ipxe),
    fixed("busloc", Uint(4), Machine),
    fixed("busid", Hex, Machine),
    fixed("linktype", Str, Ipxe),
    fixed("chip", Str, Ipxe),
    fixed("ifname", Str, Ipxe),
    of("mtu", Int(2), 26, Network),
    of("ssid", Str, 0, Network),
    of("active-scan", Int(1), 0, Network),
    of("key", Str, 0, Network),
    // SMBIOS (`interface/smbios/smbios_settings.c`)
    of("uuid", Uuid, 0, Machine),
    of("manufacturer", Str, 0, Machine),
    of("product", Str, 0, Machine),
    of("serial", Str, 0, Machine),
    of("asset", Str, 0, Machine),
    of("board-serial", Str, 0, Machine),
    // Drives (`core/sanboot.c`, `net/tcp/iscsi.c`, `net/tcp/oncrpc.c`, `usr/autoboot.c`)
    of("san-drive", Uint(1), own(0xbd), Network),
    of("san-retries", Int(1), own(0xbb), Network),
    of("initiator-iqn", Str, 203, Network),
    of("reverse-username", Str, own(0xc0), Network),
    of("reverse-password", Str, own(0xc1), Network),
    of("uid", Uint(4), own(0xc2), Network),
    of("gid", Uint(4), own(0xc3), Network),
    of("keep-san", Int(1), own(8), Network),
    of("skip-san-boot", Int(1), own(9), Network),
    of("scriptlet", Str, own(0x51), Network),
    // Certificates (`crypto/certstore.c`, `crypto/privkey.c`, `crypto/rootcert.c`, `net/validator.c`)
    of("cert", Hex, own(0x5b), Network),
    of("privkey", Hex, own(0x5c), Network),
    of("trust", Hex, own(0x5a), Network),
    of("crosscert", Str, own(0x5d), Network),
];

/// Named settings of other builds, whose values come from the machine or its network. In Debian 13's
/// build their names mean nothing.
const ELSEWHERE: &[(&str, Kind)] =
    &[("cpuvendor", Str), ("cpumodel", Str), ("syslogs", Str), ("keymap", Str), ("peerhost", Str)];

/// The settings by name. A proof looks up many names.
static BY_NAME: LazyLock<HashMap<&str, &Known>> =
    LazyLock::new(|| SETTINGS.iter().map(|known| (known.name, known)).collect());

impl Known {
    /// The setting with this name.
    pub(super) fn by_name(name: &str) -> Option<&'static Self> {
        BY_NAME.get(name).copied()
    }

    /// The setting with this number of a DHCP option.
    pub(super) fn by_tag(tag: u64) -> Option<&'static Self> {
        SETTINGS.iter().find(|known| known.tag == tag)
    }

    /// All names, also those that only other builds know.
    pub(super) fn names() -> impl Iterator<Item = &'static str> {
        let elsewhere = ELSEWHERE.iter().map(|(name, _)| *name);
        SETTINGS.iter().map(|known| known.name).chain(elsewhere)
    }
}

/// The type of a name that only other builds know.
pub(super) fn elsewhere(name: &str) -> Option<Kind> {
    ELSEWHERE.iter().find(|(own, _)| *own == name).map(|(_, kind)| *kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_numbers_are_there_once() {
        for (index, known) in SETTINGS.iter().enumerate() {
            for other in SETTINGS.iter().skip(index + 1) {
                assert_ne!(known.name, other.name);
                assert!(known.tag == 0 || known.tag != other.tag, "{}", known.name);
            }
        }
        assert_eq!(Known::by_tag(3).map(|known| known.name), Some("gateway"));
        assert_eq!(Known::by_tag(0xaf_bd).map(|known| known.name), Some("san-drive"));
    }
}
