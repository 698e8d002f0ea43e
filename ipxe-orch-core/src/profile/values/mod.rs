//! The values that templates get.

mod links;

use self::links::{links, metric, name_servers, routes};
use super::TemplateValues;
use crate::{
    host::{HostSpec, Nic, Route},
    ids::{AttemptId, HostId},
};
use serde_json::{Map, Value, json};

/// The values for an iPXE script.
///
/// | value | is |
/// |---|---|
/// | `host.id`, `host.name`, `host.short_name`, `host.labels` | always present; the short name is the name up to its first dot; `labels` is an object |
/// | `host.site`, `host.serial`, `host.uuid` | if given |
/// | `nic.mac`, `nic.index`, `nic.dns`, `nic.routes` | of the first NIC; `dns` and `routes` are lists, possibly empty |
/// | `nic.dns4`, `nic.dns6` | the IPv4 and the IPv6 addresses in `nic.dns`, in which those of the family that installers use come first: IPv4, or IPv6 if the NIC has no IPv4 address |
/// | `nic.vlan`, `nic.mtu`, `nic.bond` | the VLAN tag, the MTU, and the name of its bond; each if it has one |
/// | `nic.address`, `nic.prefix`, `nic.netmask`, `nic.gateway` | if it has an IPv4 address; the gateway if given |
/// | `nic.address6`, `nic.prefix6`, `nic.gateway6` | if it has an IPv6 address; the gateway if given |
/// | `nics` | all NICs, each like `nic` |
/// | `links` | everything that has addresses in the installed system: each bond, and each NIC outside of bonds; like `nic`, with `name`, and for a bond `mode`, `members` (MAC addresses of its NICs) and `ports` (names of its NICs) |
/// | `nic.metric`, `nic.metric6` | if its link has a gateway, and another link has one of the same family: 100 for the first of these links, whose gateway is the default route, then 200 and so on |
/// | `link` | the first of the links |
/// | `dns` | the name servers of all links, each once, first those of the family that installers use on the first link |
/// | `routes` | the routes of all links: for each link those to `default` through its gateways, then its own; each with `destination`, `via` and `device` (the link's name with its tag); `metric` as in its link |
/// | `vars` | the variables of the profile that have a value; secret ones only in answer files |
/// | `attempt.id`, `ticket` | always present |
///
/// A route has `destination` (with the prefix length), `network`, `prefix` and `via`, and for IPv4
/// `netmask`. The links are named `nic0`, `nic1`, … and `bond0`, `bond1`, …. A bond has the
/// addresses, name servers, MTU and routes of its first NIC, and that NIC's tag if it has no tag
/// itself. A value that is not given is absent, so a strict template asks `{{#if nic.gateway}}`.
///
/// `vars` are the `vars` of the templates: the plain values of [`resolve`](super::resolve), by
/// their names. A template without variables takes an empty map.
///
/// A template sees stand-ins for `attempt.id` and `ticket` ([`TemplateValues`]).
///
/// The address of the server is not among the values: a script uses `t/{{ticket}}/...`, relative to
/// itself, and passes on `${cwduri}t/{{ticket}}/`.
pub fn values(
    host: &HostSpec,
    id: HostId,
    attempt: AttemptId,
    ticket: &str,
    vars: &Map<String, Value>,
) -> TemplateValues {
    let nics: Vec<Value> = host.nics.iter().map(|one| nic(host, one)).collect();
    let links = links(host);
    let first = |list: &[Value]| list.first().cloned().unwrap_or_else(|| json!({}));
    let values = json!({
        "host": host_values(host, id),
        "nic": first(&nics),
        "nics": nics,
        "link": first(&links),
        "dns": name_servers(&links),
        "routes": routes(&links),
        "links": links,
        "vars": vars,
        "attempt": { "id": attempt.to_string() },
        "ticket": ticket,
    });
    TemplateValues::new(values).with_stand_in(&["ticket"]).with_stand_in(&["attempt", "id"])
}

/// The values for an answer file: those of [`values`], and `base`, which is a stand-in, too. `base` is the URL of the attempt
/// by which the installer has reached the server, up to the ticket and the `/` after it, as in
/// `{{base}}report?status=done`.
pub fn answer_values(
    host: &HostSpec,
    id: HostId,
    attempt: AttemptId,
    ticket: &str,
    base: &str,
    vars: &Map<String, Value>,
) -> TemplateValues {
    values(host, id, attempt, ticket, vars).with_hidden("base", base)
}

fn host_values(host: &HostSpec, id: HostId) -> Value {
    let short_name = host.name.as_str().split('.').next();
    given([
        ("id", Some(json!(id.to_string()))),
        ("name", Some(json!(host.name))),
        ("short_name", short_name.map(|name| json!(name))),
        ("labels", Some(json!(host.labels))),
        ("site", host.site.as_ref().map(|site| json!(site))),
        ("serial", host.serial.as_ref().map(|serial| json!(serial))),
        ("uuid", host.uuid.map(|uuid| json!(uuid.hyphenated().to_string()))),
    ])
}

fn nic(host: &HostSpec, nic: &Nic) -> Value {
    let (v4, v6) = (nic.v4.as_ref(), nic.v6.as_ref());
    let index = host.nics.iter().position(|other| other.mac == nic.mac);
    let bond = host.bonds.iter().position(|bond| bond.members.contains(&nic.mac));
    let family = |v4: bool| nic.dns.iter().filter(|dns| dns.is_ipv4() == v4).collect::<Vec<_>>();
    let (dns4, dns6) = (family(true), family(false));
    // Installers use IPv4 where the NIC has it, and some take the first name server only.
    let dns = if v4.is_some() { [&*dns4, &*dns6].concat() } else { [&*dns6, &*dns4].concat() };
    given([
        ("mac", Some(json!(nic.mac))),
        ("index", index.map(|index| json!(index))),
        ("dns", Some(json!(dns))),
        ("dns4", Some(json!(dns4))),
        ("dns6", Some(json!(dns6))),
        ("routes", Some(nic.routes.iter().map(route).collect())),
        ("mtu", nic.mtu.map(|mtu| json!(mtu))),
        ("bond", bond.map(|bond| json!(format!("bond{bond}")))),
        ("vlan", nic.vlan.map(|vlan| json!(vlan))),
        ("address", v4.map(|v4| json!(v4.address.addr()))),
        ("prefix", v4.map(|v4| json!(v4.address.prefix_len()))),
        ("netmask", v4.map(|v4| json!(v4.address.netmask()))),
        ("gateway", v4.and_then(|v4| v4.gateway).map(|gateway| json!(gateway))),
        (
            "metric",
            metric(host, nic, |nic| nic.v4.as_ref().is_some_and(|v4| v4.gateway.is_some()))
                .map(Value::from),
        ),
        ("address6", v6.map(|v6| json!(v6.address.addr()))),
        ("prefix6", v6.map(|v6| json!(v6.address.prefix_len()))),
        ("gateway6", v6.and_then(|v6| v6.gateway).map(|gateway| json!(gateway))),
        (
            "metric6",
            metric(host, nic, |nic| nic.v6.as_ref().is_some_and(|v6| v6.gateway.is_some()))
                .map(Value::from),
        ),
    ])
}

fn route(route: &Route) -> Value {
    let network = route.destination.trunc();
    given([
        ("destination", Some(json!(network))),
        ("network", Some(json!(network.addr()))),
        ("prefix", Some(json!(network.prefix_len()))),
        ("netmask", network.netmask().is_ipv4().then(|| json!(network.netmask()))),
        ("via", Some(json!(route.via))),
    ])
}

fn given<const N: usize>(fields: [(&str, Option<Value>); N]) -> Value {
    let there = fields.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
    Value::Object(there.collect::<Map<_, _>>())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// With the real texts.
    fn of(spec: &str) -> Value {
        let host: HostSpec = serde_json::from_str(spec).unwrap();
        let (id, attempt) = (HostId::from_bytes([1; 16]), AttemptId::from_bytes([2; 16]));
        let base = "http://10.0.2.2:8080/boot/v1/t/TICKET/";
        let values = answer_values(&host, id, attempt, "TICKET", base, &Map::new());
        let mut told = values.seen().clone();
        for pointer in ["/ticket", "/attempt/id", "/base"] {
            let seen = told.pointer_mut(pointer).unwrap();
            *seen = json!(values.real(seen.as_str().unwrap()).unwrap());
        }
        told
    }

    #[test]
    fn all_that_is_given_is_told() {
        let values =
            of(r#"{"name":"web1.example.test","site":"lab","serial":"S 1","labels":{"rack":"a1"},
            "uuid":"4c4c4544-0000-1010-8000-b7c04f000001",
            "nics":[{"mac":"52:54:00:12:34:56","vlan":123,"dns":["10.0.2.3","fec0::3"],
            "v4":{"address":"10.0.2.15/24","gateway":"10.0.2.2"},
            "v6":{"address":"fec0::15/64","gateway":"fec0::2"}},{"mac":"52:54:00:12:34:57"}]}"#);
        let nic = json!({"mac": "52:54:00:12:34:56", "index": 0, "routes": [],
            "vlan": 123, "dns": ["10.0.2.3", "fec0::3"], "dns4": ["10.0.2.3"], "dns6": ["fec0::3"],
            "address": "10.0.2.15", "prefix": 24, "netmask": "255.255.255.0",
            "gateway": "10.0.2.2", "address6": "fec0::15", "prefix6": 64, "gateway6": "fec0::2"});
        let other = json!({"mac": "52:54:00:12:34:57", "index": 1, "dns": [], "dns4": [],
            "dns6": [], "routes": []});
        let expected = json!({
            "host": {"id": "01010101-0101-0101-0101-010101010101", "name": "web1.example.test",
                "short_name": "web1", "site": "lab",
                "serial": "S 1", "uuid": "4c4c4544-0000-1010-8000-b7c04f000001",
                "labels": {"rack": "a1"}},
            "nic": nic, "vars": {}, "link": named(&nic, "nic0"),
            "dns": ["10.0.2.3", "fec0::3"], "routes": [
                {"destination": "default", "via": "10.0.2.2", "device": "nic0.123"},
                {"destination": "default", "via": "fec0::2", "device": "nic0.123"}],
            "nics": [nic, other], "links": [named(&nic, "nic0"), named(&other, "nic1")],
            "attempt": {"id": "02020202-0202-0202-0202-020202020202"}, "ticket": "TICKET",
            "base": "http://10.0.2.2:8080/boot/v1/t/TICKET/",
        });
        assert_eq!(values, expected);
    }

    fn named(nic: &Value, name: &str) -> Value {
        let mut link = nic.clone();
        link["name"] = json!(name);
        link
    }

    #[test]
    fn name_servers_of_the_family_that_installers_use_come_first() {
        let dns = r#""dns":["2001:db8::3","10.0.2.3","2001:db8::4"]"#;
        let (v4, v6) =
            (r#""v4":{"address":"10.0.2.15/24"}"#, r#""v6":{"address":"2001:db8::15/64"}"#);
        for (addresses, expected) in [
            (v4.to_owned(), ["10.0.2.3", "2001:db8::3", "2001:db8::4"]),
            (format!("{v4},{v6}"), ["10.0.2.3", "2001:db8::3", "2001:db8::4"]),
            (v6.to_owned(), ["2001:db8::3", "2001:db8::4", "10.0.2.3"]),
        ] {
            let nic = format!(r#"{{"mac":"52:54:00:00:00:01",{dns},{addresses}}}"#);
            let values = of(&format!(r#"{{"name":"web1","nics":[{nic}]}}"#));
            assert_eq!(values["nic"]["dns"], json!(expected), "{addresses}");
            assert_eq!(values["dns"], json!(expected), "{addresses}");
        }
    }

    /// The order holds for all links together, not only for each.
    #[test]
    fn name_servers_of_all_links_are_in_this_order() {
        let values = of(r#"{"name":"web1","nics":[
            {"mac":"52:54:00:00:00:01","v4":{"address":"10.0.2.15/24"},"dns":["2001:db8::3"]},
            {"mac":"52:54:00:00:00:02","v4":{"address":"10.0.3.15/24"},"dns":["10.0.3.3"]}]}"#);
        assert_eq!(values["dns"], json!(["10.0.3.3", "2001:db8::3"]));
    }

    #[test]
    fn the_first_gateway_of_a_family_is_the_default() {
        let values = of(r#"{"name":"web1","nics":[
            {"mac":"52:54:00:00:00:01","v4":{"address":"10.0.2.15/24"}},
            {"mac":"52:54:00:00:00:02","v4":{"address":"10.0.3.15/24","gateway":"10.0.3.1"}},
            {"mac":"52:54:00:00:00:03","v4":{"address":"10.0.4.15/24","gateway":"10.0.4.1"},
             "v6":{"address":"2001:db8::15/64","gateway":"fe80::1"}}]}"#);
        let metrics = |name: &str| {
            let links = values["links"].as_array().unwrap().iter();
            links.map(|link| link.get(name).and_then(Value::as_u64)).collect::<Vec<_>>()
        };
        assert_eq!(metrics("metric"), [None, Some(100), Some(200)]);
        assert_eq!(metrics("metric6"), [None, None, None], "there is only one");
        assert_eq!(
            values["routes"],
            json!([
                {"destination": "default", "via": "10.0.3.1", "device": "nic1", "metric": 100},
                {"destination": "default", "via": "10.0.4.1", "device": "nic2", "metric": 200},
                {"destination": "default", "via": "fe80::1", "device": "nic2"},
            ])
        );
    }

    #[test]
    fn a_bond_has_what_its_first_nic_has() {
        let values = of(r#"{"name":"web1","nics":[
            {"mac":"52:54:00:00:00:01","v4":{"address":"10.0.2.15/24"},"vlan":7,"mtu":9000,
             "routes":[{"destination":"10.1.0.0/16","via":"10.0.2.2"}]},
            {"mac":"52:54:00:00:00:02","v4":{"address":"10.0.3.15/24"}},
            {"mac":"52:54:00:00:00:03","v4":{"address":"10.0.2.16/24"}}],
            "bonds":[{"members":["52:54:00:00:00:01","52:54:00:00:00:03"],"mode":"802.3ad"}]}"#);
        let (bond, nic) = (&values["links"][0], &values["links"][1]);
        assert_eq!(values["links"].as_array().unwrap().len(), 2);
        assert_eq!(values["link"], *bond);
        assert_eq!((&bond["name"], &bond["mode"]), (&json!("bond0"), &json!("802.3ad")));
        assert_eq!(bond["members"], json!(["52:54:00:00:00:01", "52:54:00:00:00:03"]));
        assert_eq!(bond["ports"], json!(["nic0", "nic2"]));
        assert_eq!(
            (&bond["address"], &bond["vlan"], &bond["mtu"]),
            (&json!("10.0.2.15"), &json!(7), &json!(9000))
        );
        assert_eq!(
            bond["routes"],
            json!([{"destination": "10.1.0.0/16", "network": "10.1.0.0",
            "prefix": 16, "netmask": "255.255.0.0", "via": "10.0.2.2"}])
        );
        let routes =
            json!([{"destination": "10.1.0.0/16", "via": "10.0.2.2", "device": "bond0.7"}]);
        assert_eq!(values["routes"], routes);
        assert_eq!((&nic["name"], &nic["address"]), (&json!("nic1"), &json!("10.0.3.15")));
        assert_eq!(values["nics"][2]["bond"], json!("bond0"));
    }

    #[test]
    fn what_is_not_given_is_absent() {
        let values = of(r#"{"name":"web1","nics":[{"mac":"52:54:00:12:34:56"}]}"#);
        let nic = json!({"mac": "52:54:00:12:34:56", "index": 0, "dns": [], "dns4": [],
            "dns6": [], "routes": []});
        assert_eq!(values["nic"], nic);
        assert_eq!((&values["dns"], &values["routes"]), (&json!([]), &json!([])));
        assert_eq!(values["host"]["labels"], json!({}));
        assert!(values["host"].get("site").is_none());
    }
}
