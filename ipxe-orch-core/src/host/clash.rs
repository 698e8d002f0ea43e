//! Names and addresses that two hosts cannot both have.

use super::{HostSpec, Mac, Nic};
use crate::names::{HostName, SiteName};
use std::{fmt, net::IpAddr};

/// A name or address of a host that another host has already.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Clash {
    /// The name of both hosts.
    Name(HostName),
    /// A MAC address, and the host that has it.
    Mac(Mac, HostName),
    /// An IPv4 or IPv6 address, the site of both hosts, and the host that has it. Hosts without a
    /// site are compared with each other.
    Address(IpAddr, Option<SiteName>, HostName),
}

impl fmt::Display for Clash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(owner) => write!(f, "there is a host {owner} already"),
            Self::Mac(mac, owner) => write!(f, "MAC {mac} belongs to host {owner} already"),
            Self::Address(address, None, owner) => {
                write!(f, "address {address} belongs to host {owner} already")
            }
            Self::Address(address, Some(site), owner) => {
                write!(f, "address {address} in site {site} belongs to host {owner} already")
            }
        }
    }
}

impl HostSpec {
    /// The first name or address of this host that the other one has already. Names and MAC
    /// addresses are unique in a store, IP addresses within a site. Two NICs of one host may have
    /// the same address, because the boot stage uses only one of them.
    pub fn clash(&self, other: &Self) -> Option<Clash> {
        let owner = || other.name.clone();
        if self.name == other.name {
            return Some(Clash::Name(owner()));
        }
        let has_mac = |mac: Mac| other.nics.iter().any(|nic| nic.mac == mac);
        if let Some(nic) = self.nics.iter().find(|nic| has_mac(nic.mac)) {
            return Some(Clash::Mac(nic.mac, owner()));
        }
        if self.site != other.site {
            return None;
        }
        let has =
            |address: &IpAddr| other.nics.iter().flat_map(Nic::addresses).any(|a| a == *address);
        let address = self.nics.iter().flat_map(Nic::addresses).find(has)?;
        Some(Clash::Address(address, self.site.clone(), owner()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::{StaticV4, StaticV6};

    fn host(name: &str, mac: u8, v4: &str, v6: &str) -> HostSpec {
        let mut nic = Nic::new(format!("52:54:00:00:00:{mac:02x}").parse().unwrap());
        nic.v4 = Some(StaticV4 { address: v4.parse().unwrap(), gateway: None });
        nic.v6 = Some(StaticV6 { address: v6.parse().unwrap(), gateway: None });
        HostSpec::new(name.parse().unwrap(), vec![nic])
    }

    fn told(one: &HostSpec, other: &HostSpec) -> Option<String> {
        one.clash(other).map(|clash| clash.to_string())
    }

    #[test]
    fn a_clash_names_what_is_taken_and_by_whom() {
        let one = host("one", 1, "10.0.0.1/24", "fec0::1/64");
        let text = |what: &str| Some(format!("{what} host one already"));
        let other = |name, mac, v4, v6| told(&host(name, mac, v4, v6), &one);
        assert_eq!(other("two", 2, "10.0.0.2/24", "fec0::2/64"), None);
        assert_eq!(other("one", 2, "10.0.0.2/24", "fec0::2/64"), text("there is a"));
        let mac = "MAC 52:54:00:00:00:01 belongs to";
        assert_eq!(other("two", 1, "10.0.0.2/24", "fec0::2/64"), text(mac));
        let v4 = "address 10.0.0.1 belongs to";
        assert_eq!(
            other("two", 2, "10.0.0.1/8", "fec0::2/64"),
            text(v4),
            "the length is no matter"
        );
        let v6 = "address fec0::1 belongs to";
        assert_eq!(other("two", 2, "10.0.0.2/24", "fec0::1/64"), text(v6));
    }

    #[test]
    fn addresses_are_unique_within_a_site_only() {
        let mut north = host("one", 1, "10.0.0.1/24", "fec0::1/64");
        let mut south = host("two", 2, "10.0.0.1/24", "fec0::1/64");
        north.site = Some("north".parse().unwrap());
        assert_eq!(told(&north, &south), None);
        south.site.clone_from(&north.site);
        let text = "address 10.0.0.1 in site north belongs to host two already";
        assert_eq!(told(&north, &south).as_deref(), Some(text));
    }
}
