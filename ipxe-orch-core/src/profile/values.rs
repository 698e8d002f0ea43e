//! What templates are told.

use crate::{
    host::{HostSpec, Nic},
    ids::{AttemptId, HostId},
};
use serde_json::{Map, Value, json};

/// The values of an iPXE script.
///
/// | value | is |
/// |---|---|
/// | `host.id`, `host.name`, `host.labels` | always there; `labels` an object |
/// | `host.site`, `host.serial`, `host.uuid` | where given |
/// | `nic.mac`, `nic.dns` | of the first card; `dns` a list, maybe empty |
/// | `nic.vlan` | where tagged |
/// | `nic.address`, `nic.prefix`, `nic.netmask`, `nic.gateway` | where it has IPv4, a gateway |
/// | `nic.address6`, `nic.prefix6`, `nic.gateway6` | where it has IPv6, a gateway |
/// | `nics` | all cards, each as `nic` |
/// | `attempt.id`, `ticket` | always |
///
/// What is not given is absent, so that a strict template asks `{{#if nic.gateway}}`. The server's
/// address is not among them: a script says `t/{{ticket}}/...`, relative to itself, and hands
/// `${cwduri}t/{{ticket}}/` on.
pub fn values(host: &HostSpec, id: HostId, attempt: AttemptId, ticket: &str) -> Value {
    let nics: Vec<Value> = host.nics.iter().map(nic).collect();
    let first = nics.first().cloned().unwrap_or_else(|| json!({}));
    json!({
        "host": host_values(host, id),
        "nic": first,
        "nics": nics,
        "attempt": { "id": attempt.to_string() },
        "ticket": ticket,
    })
}

/// The values of an answer file: those of [`values`] and `base`, the URL of the attempt as the
/// installer reached it, up to and with the `/` after the ticket: `{{base}}report?status=done`.
pub fn answer_values(
    host: &HostSpec,
    id: HostId,
    attempt: AttemptId,
    ticket: &str,
    base: &str,
) -> Value {
    let mut values = values(host, id, attempt, ticket);
    if let Value::Object(all) = &mut values {
        all.insert("base".to_owned(), json!(base));
    }
    values
}

fn host_values(host: &HostSpec, id: HostId) -> Value {
    given([
        ("id", Some(json!(id.to_string()))),
        ("name", Some(json!(host.name))),
        ("labels", Some(json!(host.labels))),
        ("site", host.site.as_ref().map(|site| json!(site))),
        ("serial", host.serial.as_ref().map(|serial| json!(serial))),
        ("uuid", host.uuid.map(|uuid| json!(uuid.hyphenated().to_string()))),
    ])
}

fn nic(nic: &Nic) -> Value {
    let (v4, v6) = (nic.v4.as_ref(), nic.v6.as_ref());
    given([
        ("mac", Some(json!(nic.mac))),
        ("dns", Some(json!(nic.dns))),
        ("vlan", nic.vlan.map(|vlan| json!(vlan))),
        ("address", v4.map(|v4| json!(v4.address.addr()))),
        ("prefix", v4.map(|v4| json!(v4.address.prefix_len()))),
        ("netmask", v4.map(|v4| json!(v4.address.netmask()))),
        ("gateway", v4.and_then(|v4| v4.gateway).map(|gateway| json!(gateway))),
        ("address6", v6.map(|v6| json!(v6.address.addr()))),
        ("prefix6", v6.map(|v6| json!(v6.address.prefix_len()))),
        ("gateway6", v6.and_then(|v6| v6.gateway).map(|gateway| json!(gateway))),
    ])
}

fn given<const N: usize>(fields: [(&str, Option<Value>); N]) -> Value {
    let there = fields.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
    Value::Object(there.collect::<Map<_, _>>())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(spec: &str) -> Value {
        let host: HostSpec = serde_json::from_str(spec).unwrap();
        let (id, attempt) = (HostId::from_bytes([1; 16]), AttemptId::from_bytes([2; 16]));
        answer_values(&host, id, attempt, "TICKET", "http://10.0.2.2:8080/boot/v1/t/TICKET/")
    }

    #[test]
    fn all_that_is_given_is_told() {
        let values = of(r#"{"name":"web1","site":"lab","serial":"S 1","labels":{"rack":"a1"},
            "uuid":"4c4c4544-0000-1010-8000-b7c04f000001",
            "nics":[{"mac":"52:54:00:12:34:56","vlan":123,"dns":["10.0.2.3","fec0::3"],
            "v4":{"address":"10.0.2.15/24","gateway":"10.0.2.2"},
            "v6":{"address":"fec0::15/64","gateway":"fec0::2"}},{"mac":"52:54:00:12:34:57"}]}"#);
        let nic = json!({"mac": "52:54:00:12:34:56", "vlan": 123, "dns": ["10.0.2.3", "fec0::3"],
            "address": "10.0.2.15", "prefix": 24, "netmask": "255.255.255.0",
            "gateway": "10.0.2.2", "address6": "fec0::15", "prefix6": 64, "gateway6": "fec0::2"});
        let expected = json!({
            "host": {"id": "01010101-0101-0101-0101-010101010101", "name": "web1", "site": "lab",
                "serial": "S 1", "uuid": "4c4c4544-0000-1010-8000-b7c04f000001",
                "labels": {"rack": "a1"}},
            "nic": nic, "nics": [nic, {"mac": "52:54:00:12:34:57", "dns": []}],
            "attempt": {"id": "02020202-0202-0202-0202-020202020202"}, "ticket": "TICKET",
            "base": "http://10.0.2.2:8080/boot/v1/t/TICKET/",
        });
        assert_eq!(values, expected);
    }

    #[test]
    fn what_is_not_given_is_absent() {
        let values = of(r#"{"name":"web1","nics":[{"mac":"52:54:00:12:34:56"}]}"#);
        assert_eq!(values["nic"], json!({"mac": "52:54:00:12:34:56", "dns": []}));
        assert_eq!(values["host"]["labels"], json!({}));
        assert!(values["host"].get("site").is_none());
    }
}
