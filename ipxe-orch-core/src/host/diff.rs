//! The fields in which two specifications of a host differ, for people and for the audit.

use super::{HostSpec, HostValue};
use serde::Serialize;
use serde_json::Value;
use std::{collections::BTreeMap, fmt};

/// One changed field of a host. Sealed secrets are shown as [`super::SECRET`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FieldChange {
    /// Path of the field: `site`, `labels.role`, `nics.52:54:00:12:34:56.v4.address`,
    /// `values.disk`.
    pub field: String,
    /// The old value; `None` if the field had none.
    pub from: Option<String>,
    /// The new value; `None` if the field has none any more.
    pub to: Option<String>,
}

/// Writes `site: north -> south`, with `-` for no value.
impl fmt::Display for FieldChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = |value: &Option<String>| value.clone().unwrap_or_else(|| "-".to_owned());
        write!(f, "{}: {} -> {}", self.field, text(&self.from), text(&self.to))
    }
}

impl HostSpec {
    /// The fields that have another value in `next`, in the order of their paths. Two secrets that
    /// were sealed separately count as different, although both are shown as [`super::SECRET`].
    pub fn changes_to(&self, next: &Self) -> Vec<FieldChange> {
        let (before, after) = (fields(self), fields(next));
        let mut paths: Vec<_> = before.keys().chain(after.keys()).collect();
        paths.sort();
        paths.dedup();
        let differs = |path: &&&String| before.get(**path) != after.get(**path);
        let shown = |value: Option<&String>| value.map(|text| masked(text));
        let change = |path: &String| FieldChange {
            field: path.clone(),
            from: shown(before.get(path)),
            to: shown(after.get(path)),
        };
        paths.iter().filter(differs).map(|path| change(path)).collect()
    }
}

fn masked(text: &str) -> String {
    let value = text.parse::<HostValue>().map(|value| value.masked().as_str().to_owned());
    value.unwrap_or_else(|_| text.to_owned())
}

/// All values of a specification by their paths.
fn fields(spec: &HostSpec) -> BTreeMap<String, String> {
    let mut fields = BTreeMap::new();
    // A specification can always be written as JSON, because its map keys are texts.
    let json = serde_json::to_value(spec).unwrap_or(Value::Null);
    collect("", &json, &mut fields);
    let macs: Vec<_> = spec.nics.iter().map(|nic| nic.mac.to_string()).collect();
    if macs.len() > 1 {
        // The order of the NICs matters, because the boot stage tries them in this order.
        fields.insert("nics".to_owned(), macs.join(" "));
    }
    fields
}

fn collect(path: &str, value: &Value, fields: &mut BTreeMap<String, String>) {
    let below = |key: &str| if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") };
    match value {
        Value::Object(members) => {
            members.iter().for_each(|(key, value)| collect(&below(key), value, fields));
        }
        Value::Array(items) if items.iter().all(|item| item.get("mac").is_some()) => {
            for item in items {
                let mac = item.get("mac").and_then(Value::as_str).unwrap_or_default();
                collect(&below(mac), item, fields);
            }
        }
        Value::Array(items) => {
            let items: Vec<_> = items.iter().map(text).collect();
            fields.insert(path.to_owned(), items.join(" "));
        }
        value => {
            fields.insert(path.to_owned(), text(value));
        }
    }
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spec(json: &str) -> HostSpec {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn each_field_is_told_from_and_to() {
        let one = spec(
            r#"{"name":"web1","site":"north","labels":{"role":"web"},"values":{"disk":"/dev/sda"},
            "nics":[{"mac":"52:54:00:00:00:01","v4":{"address":"10.0.0.1/24"},"dns":["10.0.0.3"]}]}"#,
        );
        let two = spec(
            r#"{"name":"web2","labels":{"role":"db"},"serial":"SN1","nics":[
            {"mac":"52:54:00:00:00:01","v4":{"address":"10.0.0.2/24"},"dns":["10.0.0.3"]},
            {"mac":"52:54:00:00:00:02","vlan":7}]}"#,
        );
        let told: Vec<_> = one.changes_to(&two).iter().map(ToString::to_string).collect();
        assert_eq!(
            told,
            [
                "labels.role: web -> db",
                "name: web1 -> web2",
                "nics: - -> 52:54:00:00:00:01 52:54:00:00:00:02",
                "nics.52:54:00:00:00:01.v4.address: 10.0.0.1/24 -> 10.0.0.2/24",
                "nics.52:54:00:00:00:02.mac: - -> 52:54:00:00:00:02",
                "nics.52:54:00:00:00:02.vlan: - -> 7",
                "serial: - -> SN1",
                "site: north -> -",
                "values.disk: /dev/sda -> -",
            ]
        );
        assert_eq!(one.changes_to(&one), []);
    }
}
