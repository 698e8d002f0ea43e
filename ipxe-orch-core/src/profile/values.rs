//! What templates may say of a host.

use crate::{
    host::{HostSpec, Nic},
    ids::{AttemptId, HostId},
};
use serde_json::{Map, Value, json};

/// The values of a host's scripts and answer files.
///
/// `host.{id,name,site,serial,uuid,labels}`, `nic.{mac,vlan,address,prefix,netmask,gateway,
/// address6,prefix6,gateway6,dns}` of the first card, `nics` of all, `attempt.id`, `ticket`. What
/// a host does not have is absent.
pub fn values(host: &HostSpec, id: HostId, attempt: AttemptId, ticket: &str) -> Value {
    let nics: Vec<Value> = host.nics.iter().map(nic).collect();
    let mut about = Map::new();
    about.insert("id".to_owned(), id.to_string().into());
    about.insert("name".to_owned(), host.name.as_str().into());
    about.insert("labels".to_owned(), json!(host.labels));
    put(&mut about, "site", host.site.as_ref());
    put(&mut about, "serial", host.serial.as_ref());
    put(&mut about, "uuid", host.uuid);
    json!({
        "host": about,
        "nic": nics.first().cloned().unwrap_or_else(|| json!({})),
        "nics": nics,
        "attempt": { "id": attempt.to_string() },
        "ticket": ticket,
    })
}

fn nic(nic: &Nic) -> Value {
    let mut values = Map::new();
    values.insert("mac".to_owned(), nic.mac.to_string().into());
    let dns: Vec<String> = nic.dns.iter().map(ToString::to_string).collect();
    values.insert("dns".to_owned(), dns.into());
    put(&mut values, "vlan", nic.vlan);
    if let Some(v4) = &nic.v4 {
        put(&mut values, "address", Some(v4.address.addr()));
        put(&mut values, "prefix", Some(v4.address.prefix_len()));
        put(&mut values, "netmask", Some(v4.address.netmask()));
        put(&mut values, "gateway", v4.gateway);
    }
    if let Some(v6) = &nic.v6 {
        put(&mut values, "address6", Some(v6.address.addr()));
        put(&mut values, "prefix6", Some(v6.address.prefix_len()));
        put(&mut values, "gateway6", v6.gateway);
    }
    Value::Object(values)
}

fn put(values: &mut Map<String, Value>, name: &str, value: Option<impl ToString>) {
    if let Some(value) = value {
        values.insert(name.to_owned(), value.to_string().into());
    }
}
