//! Networks that are accepted, and networks that are refused.

use super::*;
use crate::host::{StaticV4, StaticV6};

fn found(address: &str, gateway: &str) -> Vec<String> {
    let mut nic = Nic::new("52:54:00:12:34:56".parse().unwrap());
    if address.contains(':') {
        let gateway = (!gateway.is_empty()).then(|| gateway.parse().unwrap());
        nic.v6 = Some(StaticV6 { address: address.parse().unwrap(), gateway });
    } else {
        let gateway = (!gateway.is_empty()).then(|| gateway.parse().unwrap());
        nic.v4 = Some(StaticV4 { address: address.parse().unwrap(), gateway });
    }
    let spec = HostSpec::new("web1".parse().unwrap(), vec![nic]);
    problems(&spec).iter().map(ToString::to_string).collect()
}

#[test]
fn ordinary_networks_pass() {
    for (address, gateway) in [
        ("10.0.2.15/24", "10.0.2.2"),
        ("10.0.2.15/24", ""),
        ("192.0.2.0/31", "192.0.2.1"),
        ("203.0.113.7/32", "198.51.100.1"),
        ("2001:db8::7/128", "2001:db8:1::1"),
        ("fec0::15/64", "fec0::2"),
        ("2001:db8::1/64", "fe80::1"),
    ] {
        assert_eq!(found(address, gateway), Vec::<String>::new(), "{address} {gateway}");
    }
}

#[test]
fn what_the_installed_system_cannot_set_up_is_refused() {
    let of = |nic: &str, bonds: &str| {
        let json = format!(
            r#"{{"name":"web1","nics":[{{"mac":"52:54:00:00:00:01",
            "v4":{{"address":"10.0.2.15/24"}},"v6":{{"address":"fd00::15/64"}}{nic}}}],"bonds":[{bonds}]}}"#
        );
        let spec: HostSpec = serde_json::from_str(&json).unwrap();
        problems(&spec).iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
    };
    let route = |to, via| format!(r#","routes":[{{"destination":"{to}","via":"{via}"}}]"#);
    for (nic, bonds, message) in [
        (r#","mtu":1279"#, "", "an MTU of 1279 on NIC 52:54:00:00:00:01: IPv6 needs at least 1280"),
        (r#","mtu":1280"#, "", ""),
        (&route("10.1.0.0/16", "10.0.2.2"), "", ""),
        (&route("fd01::/64", "fe80::1"), "", ""),
        (&route("10.1.0.0/16", "10.0.3.2"), "", "the route to 10.1.0.0/16 goes through 10.0.3.2"),
        (&route("10.1.0.0/16", "fd00::2"), "", "the route to 10.1.0.0/16 goes through fd00::2"),
        (&route("10.0.2.0/24", "10.0.2.2"), "", "the route to 10.0.2.0/24 is not needed: the NIC"),
        (&route("0.0.0.0/0", "10.0.2.2"), "", ""),
        (r#","dns":["224.0.0.1"]"#, "", "224.0.0.1 cannot be a name server: it is a group address"),
        (r#","dns":["127.0.0.53"]"#, "", "127.0.0.53 cannot be a name server: it is a loopback"),
        (r#","dns":["10.0.2.3","10.0.2.3"]"#, "", "name server 10.0.2.3 is listed twice"),
        (&route("fd01::/64", "fd00::15"), "", "the route to fd01::/64 goes through fd00::15"),
        ("", r#"{"members":[],"mode":"802.3ad"}"#, "a bond needs at least one NIC"),
        (
            "",
            r#"{"members":["52:54:00:00:00:02"],"mode":"802.3ad"}"#,
            "a bond uses NIC 52:54:00:00:00:02, which is not",
        ),
        (
            "",
            r#"{"members":["52:54:00:00:00:01","52:54:00:00:00:01"],"mode":"802.3ad"}"#,
            "NIC 52:54:00:00:00:01 is in two",
        ),
    ] {
        let found = of(nic, bonds);
        assert!(found.starts_with(message) && found.is_empty() == message.is_empty(), "{found}");
    }
}

#[test]
fn networks_that_cannot_work_are_refused() {
    for (address, gateway, message) in [
        ("10.0.2.0/24", "", "10.0.2.0 is the network address of 10.0.2.0/24"),
        ("10.0.2.255/24", "", "10.0.2.255 is the broadcast address of 10.0.2.0/24"),
        ("10.0.2.15/24", "10.0.3.1", "gateway 10.0.3.1 is off-link: it is not in 10.0.2.0/24"),
        ("10.0.2.15/24", "10.0.2.0", "gateway 10.0.2.0 is the network address of 10.0.2.0/24"),
        ("10.0.2.15/24", "10.0.2.255", "gateway 10.0.2.255 is the broadcast address"),
        ("203.0.113.7/32", "224.0.0.1", "224.0.0.1 cannot be a gateway: it is a group address"),
        ("203.0.113.7/32", "203.0.113.7", "gateway 203.0.113.7 is the host's own address"),
        ("2001:db8::7/128", "::1", "::1 cannot be a gateway: it is a loopback address"),
        ("250.0.0.1/8", "", "250.0.0.1 cannot be a host's address: it is in 240.0.0.0/4"),
        ("::ffff:10.0.0.1/96", "", "::ffff:10.0.0.1 cannot be a host's address: it is an IPv4"),
        ("10.0.2.15/24", "10.0.2.15", "gateway 10.0.2.15 is the host's own address"),
        ("127.0.0.1/8", "", "127.0.0.1 cannot be a host's address: it is a loopback address"),
        ("224.0.0.5/24", "", "224.0.0.5 cannot be a host's address: it is a group address"),
        ("2001:db8::1/64", "2001:db9::1", "gateway 2001:db9::1 is off-link"),
        ("ff02::5/64", "", "ff02::5 cannot be a host's address: it is a group address"),
    ] {
        let all = found(address, gateway);
        assert!(all.iter().any(|text| text.starts_with(message)), "{address}: {all:?}");
    }
}

#[test]
fn names_of_other_machines_are_refused() {
    let of = |name: &str| {
        let nic = r#"{"mac":"52:54:00:00:00:01","v4":{"address":"10.0.2.15/24"}}"#;
        let json = format!(r#"{{"name":"{name}","nics":[{nic}]}}"#);
        problems(&serde_json::from_str(&json).unwrap())
    };
    for name in ["web1", "localhost1", "4711", "10.0.2", "a.localhost.example"] {
        assert_eq!(of(name), [], "{name}");
    }
    for name in ["localhost", "localhost.localdomain", "a.localhost", "10.0.2.15"] {
        assert_ne!(of(name), [], "{name}");
    }
}

#[test]
fn a_default_route_beside_a_gateway_is_refused() {
    let json = r#"{"name":"web1","nics":[{"mac":"52:54:00:00:00:01",
        "v4":{"address":"10.0.2.15/24","gateway":"10.0.2.2"},
        "routes":[{"destination":"0.0.0.0/0","via":"10.0.2.3"}]}]}"#;
    let found = problems(&serde_json::from_str(json).unwrap());
    let text = "the route to 0.0.0.0/0 is not needed: the gateway is the default route";
    assert_eq!(found.iter().map(ToString::to_string).collect::<Vec<_>>(), [text]);
}
