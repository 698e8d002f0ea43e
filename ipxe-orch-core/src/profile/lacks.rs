//! Networks that an installer cannot handle. A host with such a network is not marked, because it
//! would be installed wrongly.

use crate::host::{HostSpec, Nic};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeSet, fmt};

/// A kind of network that an installer cannot work through or cannot set up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Lack {
    /// A NIC with an IPv6 address and no IPv4 address.
    Ipv6Only,
    /// A NIC with a VLAN tag. The tag of a bond does not count.
    Vlan,
    /// A bond in the installed system.
    Bond,
}

impl Lack {
    fn concerns(self, spec: &HostSpec) -> bool {
        let any = |needs: fn(&Nic) -> bool| spec.nics.iter().any(needs);
        match self {
            Self::Ipv6Only => any(|nic| nic.v4.is_none() && nic.v6.is_some()),
            Self::Vlan => any(|nic| nic.vlan.is_some()),
            Self::Bond => !spec.bonds.is_empty(),
        }
    }
}

/// What the installer cannot do and what helps, for messages.
impl fmt::Display for Lack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Ipv6Only => {
                "its installer cannot use a NIC that has only IPv6: give the NIC an IPv4 address"
            }
            Self::Vlan => {
                "its installer cannot use a NIC with a VLAN tag: give the NIC an untagged network, or use another profile"
            }
            Self::Bond => {
                "it cannot set up a bond: remove the host's bonds, or use another profile"
            }
        })
    }
}

/// The kinds of networks in `lacks` that this host has. If there is any, the host is not marked.
pub fn lacking(lacks: &BTreeSet<Lack>, spec: &HostSpec) -> Vec<Lack> {
    lacks.iter().copied().filter(|lack| lack.concerns(spec)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lacking_of(host: &str) -> Vec<Lack> {
        let spec: HostSpec = serde_json::from_str(host).unwrap();
        lacking(&[Lack::Ipv6Only, Lack::Vlan, Lack::Bond].into(), &spec)
    }

    #[test]
    fn only_what_a_host_needs_counts() {
        let host = |nic: &str, bonds: &str| {
            let mac = r#""mac":"52:54:00:00:00:01""#;
            format!(r#"{{"name":"web1","nics":[{{{mac}{nic}}}],"bonds":[{bonds}]}}"#)
        };
        let v4 = r#","v4":{"address":"10.0.2.15/24"}"#;
        let v6 = r#","v6":{"address":"fec0::15/64"}"#;
        assert_eq!(lacking_of(&host(v4, "")), []);
        assert_eq!(lacking_of(&host(&format!("{v4}{v6}"), "")), []);
        assert_eq!(lacking_of(&host(v6, "")), [Lack::Ipv6Only]);
        assert_eq!(lacking_of(&host(&format!(r#"{v4},"vlan":7"#), "")), [Lack::Vlan]);
        let bond = r#"{"members":["52:54:00:00:00:01"],"mode":"802.3ad","vlan":7}"#;
        assert_eq!(lacking_of(&host(v4, bond)), [Lack::Bond]);
    }
}
