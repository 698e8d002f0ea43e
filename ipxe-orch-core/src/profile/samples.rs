//! Sample hosts for checking templates.

use super::{Profile, Variable, VariableType};
use crate::host::HostSpec;
use serde_json::{Map, Value, json};

/// A host and the values of its variables.
pub(super) struct Sample {
    pub(super) name: String,
    pub(super) spec: HostSpec,
    pub(super) vars: Map<String, Value>,
    /// Whether a value may be refused because it could do harm in its place.
    pub(super) hostile: bool,
}

const V4: &str = r#"{"mac":"52:54:00:00:00:01","v4":{"address":"192.0.2.15/24","gateway":"192.0.2.1"},"dns":["192.0.2.2","192.0.2.3"]}"#;
const V6: &str = r#"{"mac":"52:54:00:00:00:01","v6":{"address":"2001:db8::15/64","gateway":"fe80::1"},"dns":["2001:db8::2"]}"#;
const BARE: &str = r#"{"mac":"52:54:00:00:00:01","v4":{"address":"192.0.2.15/24"}}"#;
const BARE_V6: &str = r#"{"mac":"52:54:00:00:00:01","v6":{"address":"2001:db8::15/64"}}"#;
const BOTH: &str = r#"{"mac":"52:54:00:00:00:01","v4":{"address":"192.0.2.15/24","gateway":"192.0.2.1"},
    "v6":{"address":"2001:db8::15/64","gateway":"fe80::1"},"dns":["192.0.2.2","2001:db8::2"]}"#;
const VLAN: &str = r#"{"mac":"52:54:00:00:00:01","vlan":123,"mtu":9000,
    "v4":{"address":"192.0.2.15/24","gateway":"192.0.2.1"},"v6":{"address":"2001:db8::15/64","gateway":"2001:db8::1"},
    "dns":["192.0.2.2"],"routes":[{"destination":"198.51.100.0/24","via":"192.0.2.9"},{"destination":"2001:db8:1::/64","via":"2001:db8::9"}]}"#;
const ON_LINK: &str = r#"{"mac":"52:54:00:00:00:01","v4":{"address":"192.0.2.15/32","gateway":"198.51.100.1"},
    "v6":{"address":"2001:db8::15/128","gateway":"2001:db8:1::1"},"dns":["192.0.2.2"]}"#;
const SECOND: &str = r#"{"mac":"52:54:00:00:00:02","v4":{"address":"203.0.113.15/24"}}"#;
const SECOND_GATEWAY: &str = r#"{"mac":"52:54:00:00:00:02","mtu":9000,"v4":{"address":"203.0.113.15/24","gateway":"203.0.113.1"},
    "v6":{"address":"2001:db8:2::15/64","gateway":"fe80::2"}}"#;
const BOND: &str =
    r#"{"members":["52:54:00:00:00:01","52:54:00:00:00:02"],"mode":"active-backup"}"#;
const TAGGED_BOND: &str =
    r#"{"members":["52:54:00:00:00:01","52:54:00:00:00:02"],"mode":"802.3ad","vlan":124}"#;

/// A key that sshd takes; its bytes count up.
const SSH_KEY: &str =
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f sample";

/// Texts that mean something in one syntax or another.
const HOSTILE: [&str; 5] =
    ["' \" $(x) `x` ; x", "]]> </x> &y;", "a: [b] # c", "%PATH% ^ & | \\", "-x"];

/// The samples: one host for each kind of network, one with as few variables as allowed, and for
/// each variable one host with each hostile value that its type accepts.
pub(super) fn samples(profile: &Profile) -> Vec<Sample> {
    let two = |first: &str| format!("{first},{SECOND}");
    let networks = [
        ("IPv4", V4.to_owned(), ""),
        ("IPv6", V6.to_owned(), ""),
        ("IPv4 without a gateway", BARE.to_owned(), ""),
        ("IPv6 without a gateway", BARE_V6.to_owned(), ""),
        ("both families", BOTH.to_owned(), ""),
        ("VLAN, both families, routes", VLAN.to_owned(), ""),
        ("two NICs", two(V4), ""),
        ("an on-link gateway", ON_LINK.to_owned(), ""),
        ("two gateways", format!("{BOTH},{SECOND_GATEWAY}"), ""),
        ("bond", two(V4), BOND),
        ("bond with a VLAN", two(V6), TAGGED_BOND),
    ];
    let ordinary = vars(profile, |_, variable| Some(ordinary(variable)));
    let mut samples: Vec<Sample> = networks
        .into_iter()
        .filter_map(|(name, nics, bonds)| sample(name, &nics, bonds, ordinary.clone()))
        .collect();
    let least = vars(profile, |_, variable| {
        let given = variable.required.then(|| ordinary_one(variable));
        given.or_else(|| variable.default.clone())
    });
    samples.extend(sample("only required variables", V4, "", least));
    for (name, variable) in &profile.variables {
        for value in HOSTILE.iter().filter_map(|text| hostile(variable, text)) {
            let mut vars = ordinary.clone();
            vars.insert(name.to_string(), value);
            let sample = sample(&format!("a hostile value of {name}"), V4, "", vars);
            samples.extend(sample.map(|sample| Sample { hostile: true, ..sample }));
        }
    }
    samples
}

fn sample(name: &str, nics: &str, bonds: &str, vars: Map<String, Value>) -> Option<Sample> {
    let spec = format!(
        r#"{{"name":"sample.example.test","site":"lab","serial":"SN 1",
        "uuid":"4c4c4544-0000-1010-8000-b7c04f000001","labels":{{"rack":"r1"}},"nics":[{nics}],"bonds":[{bonds}]}}"#
    );
    // All samples in this file can be read as hosts; a test checks it.
    let spec = serde_json::from_str(&spec).ok()?;
    Some(Sample { name: name.to_owned(), spec, vars, hostile: false })
}

fn vars(profile: &Profile, value: impl Fn(&str, &Variable) -> Option<Value>) -> Map<String, Value> {
    let given = profile.variables.iter();
    given.filter_map(|(name, of)| Some((name.to_string(), value(name.as_str(), of)?))).collect()
}

fn ordinary(variable: &Variable) -> Value {
    variable.default.clone().unwrap_or_else(|| ordinary_one(variable))
}

fn ordinary_one(variable: &Variable) -> Value {
    let one = ordinary_scalar(variable);
    if variable.list { json!([one, one]) } else { one }
}

fn ordinary_scalar(variable: &Variable) -> Value {
    match variable.kind {
        VariableType::Text
        | VariableType::Name
        | VariableType::User
        | VariableType::DebPackage
        | VariableType::RpmPackage => json!("sample"),
        VariableType::Disk => json!("/dev/sda"),
        VariableType::Secret => json!("Secret-1"),
        VariableType::SshKey => json!(SSH_KEY),
        VariableType::Integer => json!(variable.min.or(variable.max).unwrap_or(1)),
        VariableType::Boolean => json!(true),
        VariableType::Choice => json!(variable.values.first()),
        VariableType::Address => json!("192.0.2.7"),
        VariableType::Network => json!("192.0.2.0/24"),
        VariableType::Url => json!("http://192.0.2.7/sample"),
        VariableType::Password => json!("$6$saltsalt$sample"),
    }
}

/// A value with this text, if the type accepts it. Passwords are left out, because templates get
/// their hashes.
fn hostile(variable: &Variable, text: &str) -> Option<Value> {
    let of = |text: String| {
        let text =
            if variable.list { json!([text, ordinary_scalar(variable)]).to_string() } else { text };
        variable.parse(&text).ok()
    };
    match variable.kind {
        VariableType::Password => None,
        // The comment is the only free text.
        VariableType::SshKey => of(format!("{SSH_KEY} {text}")),
        VariableType::Url => of(format!("http://192.0.2.7/{}", text.replace(['\'', '"', ' '], ""))),
        _ => of(text.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::problems;

    #[test]
    fn samples_are_hosts() {
        let of = |name, more| format!("[variables.{name}]\ntitle='T'\n{more}\n");
        let variables = [
            of("text", "type='text'\nlist=true"),
            of("url", "type='url'"),
            of("yes", "type='boolean'"),
            of("hash", "type='password'"),
        ];
        let profile = format!("name='p'\ntitle='P'\nscript='s'\n{}", variables.concat());
        let samples = samples(&profile.parse().unwrap());
        // The URL accepts two of the texts, the text variable all of them.
        assert_eq!(samples.len(), 12 + HOSTILE.len() + 2, "none is left out");
        for Sample { name, spec, .. } in samples {
            assert_eq!(problems(&spec), [], "{name}");
        }
    }
}
