//! What can be said in advance about a host that will not reach its servers.

use super::{ServerUrl, Timing};
use crate::host::{HostSpec, Mac};
use std::{fmt, net::IpAddr, time::Duration};

/// Something that may keep a host from its servers. The image is made nevertheless; without a
/// server the machine boots its local disk.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Warning {
    /// No NIC has an address of the same family (IPv4 or IPv6) as any server.
    NoCommonFamily,
    /// This NIC has no address of the same family as any server.
    NicWithoutServer(Mac),
    /// No NIC has an address of the family of this server's address.
    ServerOutOfReach(ServerUrl),
    /// This server is given by name, and no NIC has a name server that it can ask.
    NoNameServer(ServerUrl),
    /// The wait for the link of each NIC may be too short.
    ShortLinkWait(Duration),
}

/// Copper needs up to 3 s to negotiate 1000BASE-T.
const SHORT: Duration = Duration::from_secs(4);

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoCommonFamily => f.write_str(
                    "no NIC has an address of the same family (IPv4 or IPv6) as a server: no server can \
                     be reached",
            ),
            Self::NicWithoutServer(mac) => {
                write!(f, "NIC {mac} has no address of the same family (IPv4 or IPv6) as a server")
            }
            Self::ServerOutOfReach(url) => {
                write!(f, "no NIC has an address of the same family (IPv4 or IPv6) as server {url}")
            }
            Self::NoNameServer(url) => {
                write!(
                    f,
                    "server {url} is given by name, and no NIC has a name server that it can reach"
                )
            }
            Self::ShortLinkWait(wait) => {
                let seconds = wait.as_secs_f64();
                write!(
                    f,
                    "the link of each NIC is awaited for {seconds:.1} s only: give the host fewer NICs"
                )
            }
        }
    }
}

/// The address families that a NIC or a server has.
#[derive(Clone, Copy, Default)]
struct Families {
    v4: bool,
    v6: bool,
}

impl Families {
    const fn meets(self, other: Self) -> bool {
        self.v4 && other.v4 || self.v6 && other.v6
    }

    const fn and(self, other: Self) -> Self {
        Self { v4: self.v4 || other.v4, v6: self.v6 || other.v6 }
    }

    fn of(addresses: impl IntoIterator<Item = IpAddr>) -> Self {
        addresses.into_iter().fold(Self::default(), |found, address| {
            found.and(Self { v4: address.is_ipv4(), v6: address.is_ipv6() })
        })
    }

    /// The families of a server. A host name may have addresses of both.
    fn of_server(url: &ServerUrl) -> Self {
        url.address().map_or(Self { v4: true, v6: true }, |address| Self::of([address]))
    }
}

/// Everything that can be said without asking the network. Routers and firewalls are not
/// considered.
pub(super) fn warnings(host: &HostSpec, servers: &[ServerUrl]) -> Vec<Warning> {
    let nics: Vec<_> = host.nics.iter().map(|nic| (nic, Families::of(nic.addresses()))).collect();
    let of_host = nics.iter().fold(Families::default(), |all, (_, own)| all.and(*own));
    let of_servers =
        servers.iter().fold(Families::default(), |all, url| all.and(Families::of_server(url)));
    let mut found = Vec::new();
    if of_host.meets(of_servers) {
        let apart = nics.iter().filter(|(_, own)| !own.meets(of_servers));
        found.extend(apart.map(|(nic, _)| Warning::NicWithoutServer(nic.mac)));
        let far = servers.iter().filter(|url| !Families::of_server(url).meets(of_host));
        found.extend(far.cloned().map(Warning::ServerOutOfReach));
    } else {
        found.push(Warning::NoCommonFamily);
    }
    let asks =
        |nic: &crate::host::Nic, own: Families| Families::of(nic.dns.iter().copied()).meets(own);
    if !nics.iter().any(|(nic, own)| asks(nic, *own)) {
        let names = servers.iter().filter(|url| url.address().is_none());
        found.extend(names.cloned().map(Warning::NoNameServer));
    }
    let wait = Timing::new(servers.len(), host.nics.len()).link;
    found.extend((wait < SHORT).then_some(Warning::ShortLinkWait(wait)));
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::{MAX_NICS, Nic, StaticV4, StaticV6};

    fn nic(number: usize, addresses: &[&str], dns: &[&str]) -> Nic {
        let mut nic = Nic::new(format!("52:54:00:00:00:{number:02x}").parse().unwrap());
        for address in addresses {
            if address.contains(':') {
                nic.v6 = Some(StaticV6 { address: address.parse().unwrap(), gateway: None });
            } else {
                nic.v4 = Some(StaticV4 { address: address.parse().unwrap(), gateway: None });
            }
        }
        nic.dns = dns.iter().map(|address| address.parse().unwrap()).collect();
        nic
    }

    fn told(nics: Vec<Nic>, servers: &[&str]) -> Vec<String> {
        let host = HostSpec::new("web1".parse().unwrap(), nics);
        let servers: Vec<_> = servers.iter().map(|url| url.parse().unwrap()).collect();
        warnings(&host, &servers).iter().map(ToString::to_string).collect()
    }

    const V4: &str = "10.0.2.15/24";
    const V6: &str = "fec0::15/64";

    #[test]
    fn ordinary_hosts_are_not_warned_of() {
        let nothing: [&str; 0] = [];
        assert_eq!(told(vec![nic(1, &[V4], &[])], &["http://10.0.2.2"]), nothing);
        assert_eq!(told(vec![nic(1, &[V6], &[])], &["http://[fec0::2]:80/base"]), nothing);
        let both = ["http://10.0.2.2", "https://[fec0::2]", "http://orch.example:8080"];
        assert_eq!(told(vec![nic(1, &[V4, V6], &["10.0.2.3"])], &both), nothing);
        assert_eq!(
            told(vec![nic(1, &[V4], &[]), nic(2, &[V4], &[])], &["http://10.1.0.1"]),
            nothing
        );
    }

    #[test]
    fn families_that_do_not_meet_are_told() {
        assert_eq!(
            told(vec![nic(1, &[V6], &[])], &["http://10.0.2.2"]),
            [
                "no NIC has an address of the same family (IPv4 or IPv6) as a server: no server can be reached"
            ]
        );
        assert_eq!(
            told(vec![nic(1, &[V4], &[]), nic(2, &[V6], &[])], &["http://10.0.2.2"]),
            ["NIC 52:54:00:00:00:02 has no address of the same family (IPv4 or IPv6) as a server"]
        );
        assert_eq!(
            told(vec![nic(1, &[V4], &[])], &["http://10.0.2.2", "http://[fec0::2]"]),
            ["no NIC has an address of the same family (IPv4 or IPv6) as server http://[fec0::2]"]
        );
    }

    #[test]
    fn a_name_needs_a_name_server_that_the_nic_can_ask() {
        let told_of = |dns: &[&str]| told(vec![nic(1, &[V4], dns)], &["http://orch.example"]);
        assert_eq!(told_of(&["10.0.2.3"]).len(), 0);
        let alone = "server http://orch.example is given by name, and no NIC has a name server that \
                     it can reach";
        assert_eq!(told_of(&[]), [alone]);
        assert_eq!(told_of(&["fec0::3"]), [alone]);
    }

    #[test]
    fn many_nics_have_little_time_each() {
        let nics = |count| (1..=count).map(|number| nic(number, &[V4], &[])).collect();
        assert_eq!(told(nics(7), &["http://10.0.2.2"]).len(), 0);
        assert_eq!(
            told(nics(MAX_NICS), &["http://10.0.2.2"]),
            ["the link of each NIC is awaited for 1.9 s only: give the host fewer NICs"]
        );
    }
}
