//! The network settings of a NIC. They are static, so that neither boot image nor installer needs
//! DHCP.

use super::{Mac, Other, net, parse_net};
use ipnet::{Ipv4Net, Ipv6Net};
use serde::{Deserialize, Serialize};
use std::{
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    str::FromStr,
};

/// One NIC of a host. The boot stage tries the NICs of a host in order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Nic {
    /// Its MAC address. The boot stage finds the NIC by it, because firmwares number NICs in
    /// different orders.
    pub mac: Mac,
    /// VLAN tag of every frame (IEEE 802.1Q), both in the boot stage and for the installer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vlan: Option<VlanId>,
    /// Static IPv4 address and gateway.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub v4: Option<StaticV4>,
    /// Static IPv6 address and gateway.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub v6: Option<StaticV6>,
    /// Name servers, at most three (`MAXNS`, resolv.conf(5)).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub dns: Vec<IpAddr>,
    /// MTU in the installed system, in bytes. The boot stage keeps the MTU that the NIC's driver
    /// sets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mtu: Option<Mtu>,
    /// Static routes of the installed system. The boot stage uses the gateway only.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub routes: Vec<Route>,
    /// Fields that a newer version added.
    #[serde(flatten)]
    pub other: Other,
}

impl Nic {
    /// A NIC without addresses.
    pub const fn new(mac: Mac) -> Self {
        Self {
            mac,
            vlan: None,
            v4: None,
            v6: None,
            dns: Vec::new(),
            mtu: None,
            routes: Vec::new(),
            other: Other::new(),
        }
    }

    /// The addresses of this NIC, IPv4 first.
    pub fn addresses(&self) -> impl Iterator<Item = IpAddr> {
        let v4 = self.v4.iter().map(|config| IpAddr::V4(config.address.addr()));
        v4.chain(self.v6.iter().map(|config| IpAddr::V6(config.address.addr())))
    }
}

/// A static IPv4 address with its gateway.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StaticV4 {
    /// Address and prefix length, such as `10.0.2.15/24`.
    #[serde(deserialize_with = "net::deserialize")]
    pub address: Ipv4Net,
    /// The router. It must be inside the prefix, unless the prefix has a single address (`/32`): then
    /// it is on the link, as many providers route servers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gateway: Option<Ipv4Addr>,
}

/// A static IPv6 address with its gateway.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StaticV6 {
    /// Address and prefix length, such as `fec0::15/64`.
    #[serde(deserialize_with = "net::deserialize")]
    pub address: Ipv6Net,
    /// The router. It must be inside the prefix or link-local (`fe80::/10`), unless the prefix has a
    /// single address (`/128`): then it is on the link.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gateway: Option<Ipv6Addr>,
}

/// A static route of the installed system.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Route {
    /// The network that the route leads to.
    #[serde(deserialize_with = "net::deserialize")]
    pub destination: ipnet::IpNet,
    /// Address of the router.
    pub via: IpAddr,
}

/// The text does not describe a static route.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{}` is not a route: write it as DESTINATION/LENGTH=ROUTER, such as 10.1.0.0/16=10.0.2.2", crate::text::shown(.0))]
pub struct InvalidRoute(String);

impl FromStr for Route {
    type Err = InvalidRoute;

    fn from_str(text: &str) -> Result<Self, InvalidRoute> {
        let error = || InvalidRoute(text.to_owned());
        let (destination, via) = text.split_once('=').ok_or_else(error)?;
        Ok(Self {
            destination: parse_net(destination).map_err(|_| error())?,
            via: via.parse().map_err(|_| error())?,
        })
    }
}

impl fmt::Display for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}={}", self.destination, self.via)
    }
}

/// The number of a VLAN (IEEE 802.1Q): 1 to 4094.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "u16", into = "u16")]
pub struct VlanId(u16);

/// A maximum transmission unit: 576 (RFC 791) to 9,216 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "u16", into = "u16")]
pub struct Mtu(u16);

/// The text is not a number within the range.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{}` is not {kind}: write a whole number from {low} to {high}", crate::text::shown(.text))]
pub struct OutOfRange {
    kind: &'static str,
    text: String,
    low: u16,
    high: u16,
}

macro_rules! ranged {
    ($name:ident, $kind:literal, $low:literal, $high:literal) => {
        impl TryFrom<u16> for $name {
            type Error = OutOfRange;

            fn try_from(value: u16) -> Result<Self, OutOfRange> {
                let text = || value.to_string();
                if ($low..=$high).contains(&value) {
                    return Ok(Self(value));
                }
                Err(OutOfRange { kind: $kind, text: text(), low: $low, high: $high })
            }
        }

        impl From<$name> for u16 {
            fn from(value: $name) -> u16 {
                value.0
            }
        }

        impl FromStr for $name {
            type Err = OutOfRange;

            fn from_str(text: &str) -> Result<Self, OutOfRange> {
                let error =
                    || OutOfRange { kind: $kind, text: text.to_owned(), low: $low, high: $high };
                text.parse::<u16>().map_err(|_| error())?.try_into()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

ranged!(VlanId, "a VLAN", 1, 4094);
ranged!(Mtu, "an MTU", 576, 9216);
