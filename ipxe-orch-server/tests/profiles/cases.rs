//! Each profile with hosts of each kind, with few and all variables, and with hostile values.

use crate::texts::{profile, render_for};
use ipxe_orch_core::{
    host::HostSpec,
    profile::{Profile, ProfileVersion, RenderError, Syntax, Variable, VariableType, lacking},
};
use ipxe_orch_server::profiles::built_in;
use serde_json::{Map, Value, json};

/// A key that sshd takes; its bytes count up.
pub(crate) const SSH_KEY: &str =
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f";

/// What means something in one syntax or another.
const HOSTILE: [&str; 5] =
    ["' \" $(x) `x` ; x", "]]> </x> &y;", "a: [b] # c", "%PATH% ^ & | \\", "-x"];

/// A profile, a host, and the values of its variables.
pub(crate) struct Case {
    pub(crate) version: ProfileVersion,
    /// What the host is like.
    pub(crate) kind: &'static str,
    pub(crate) host: HostSpec,
    pub(crate) vars: Value,
    /// A value may be refused.
    pub(crate) hostile: bool,
}

impl Case {
    /// Of an ordinary host, with all variables or the least.
    pub(crate) fn of(name: &str, kind: &'static str, most: bool) -> Self {
        let version = profile(name);
        let (_, host) = hosts().into_iter().find(|(known, _)| *known == kind).unwrap();
        let vars = if most { most_of(version.profile()) } else { least_of(version.profile()) };
        Self { version, kind, host, vars, hostile: false }
    }

    /// For messages.
    pub(crate) fn name(&self) -> String {
        format!("{}, {}, {}", self.version.profile().name, self.kind, self.vars)
    }

    /// A template of the profile; `None` where a hostile value was refused.
    pub(crate) fn text(&self, template: &str, syntax: Syntax) -> Option<String> {
        match render_for(&self.version, template, syntax, &self.host, &self.vars) {
            Ok(text) => Some(text),
            Err(RenderError::Value { .. } | RenderError::Place { .. }) if self.hostile => None,
            Err(error) => panic!("{}: {error}", self.name()),
        }
    }

    pub(crate) fn script(&self) -> Option<String> {
        self.text(self.version.profile().script.as_str(), Syntax::Ipxe)
    }

    /// The answer files in a syntax with what is served in their place after the attempt, each with
    /// its template's name.
    pub(crate) fn answers(&self, syntax: Syntax) -> Vec<(String, String)> {
        let files = self.version.profile().answers.iter().filter(|file| file.syntax == syntax);
        let templates = files.flat_map(|file| [Some(&file.template), file.abort.as_ref()]);
        let text = |name: &str| Some((name.to_owned(), self.text(name, syntax)?));
        templates.flatten().filter_map(|template| text(template.as_str())).collect()
    }
}

/// Of each kind of host that a profile can install, with all variables or the least.
pub(crate) fn ordinary(name: &str, most: bool) -> Vec<Case> {
    let cases = hosts().into_iter().map(|(kind, _)| Case::of(name, kind, most));
    cases.filter(|case| can_install(case.version.profile(), &case.host)).collect()
}

/// Whether the profile can install a host with this network.
fn can_install(profile: &Profile, host: &HostSpec) -> bool {
    lacking(&profile.lacks, host).is_empty() && profile.limits.network_problems(host).is_empty()
}

/// A host for each kind of network.
fn hosts() -> Vec<(&'static str, HostSpec)> {
    let v4 = json!({"address": "192.0.2.15/24", "gateway": "192.0.2.1"});
    let v6 = json!({"address": "2001:db8::15/64", "gateway": "fe80::1"});
    let [first, second] = ["52:54:00:00:00:01", "52:54:00:00:00:02"];
    let other = json!({"mac": second, "v4": {"address": "198.51.100.15/24"}});
    let other_nets = json!([{"destination": "203.0.113.0/24", "via": "192.0.2.9"},
        {"destination": "2001:db8:1::/48", "via": "2001:db8::9"}]);
    let both = json!({"mac": first, "v4": v4, "v6": v6, "dns": ["192.0.2.2", "2001:db8::2"]});
    let mut large = both.clone();
    large["mtu"] = json!(9000);
    large["routes"] = other_nets;
    let mut tagged = large.clone();
    tagged["vlan"] = json!(123);
    let reversed = json!({"mac": first, "v4": v4, "v6": v6, "dns": ["2001:db8::2", "192.0.2.2"]});
    let on_link = json!({"mac": first, "v4": {"address": "192.0.2.15/32", "gateway": "198.51.100.1"},
        "dns": ["192.0.2.2"]});
    let mut routed = large.clone();
    routed["mac"] = json!(second);
    routed["v4"] = json!({"address": "198.51.100.15/24", "gateway": "198.51.100.1"});
    routed["v6"] = json!({"address": "2001:db8:2::15/64", "gateway": "fe80::2"});
    routed["routes"] = json!([{"destination": "10.0.0.0/8", "via": "198.51.100.9"}]);
    let bond = |vlan| json!([{"members": [first, second], "mode": "802.3ad", "vlan": vlan}]);
    let host = |nics: Value, bonds: Value| {
        let host = json!({"name": "web1.example.test", "nics": nics, "bonds": bonds});
        serde_json::from_value::<HostSpec>(host).unwrap()
    };
    let plain = |nic: Value| host(json!([nic]), json!([]));
    vec![
        ("IPv4", plain(json!({"mac": first, "v4": v4, "dns": ["192.0.2.2", "192.0.2.3"]}))),
        ("IPv4 alone", plain(json!({"mac": first, "v4": {"address": "192.0.2.15/24"}}))),
        ("IPv6", plain(json!({"mac": first, "v6": v6, "dns": ["2001:db8::2"]}))),
        ("IPv6 alone", plain(json!({"mac": first, "v6": {"address": "2001:db8::15/64"}}))),
        ("both families", plain(both)),
        ("two NICs, routes", host(json!([large, other]), json!([]))),
        ("IPv6 name server first", plain(reversed)),
        ("two gateways", host(json!([large, routed]), json!([]))),
        ("on-link gateway", plain(on_link)),
        ("VLAN", plain(tagged)),
        ("bond", host(json!([large, other]), bond(None))),
        ("bond with a VLAN", host(json!([large, other]), bond(Some(7)))),
    ]
}

/// What a host must say, and what profiles say themselves.
fn least_of(profile: &Profile) -> Value {
    let value = |name: &str, of: &Variable| {
        let given = of.required.then(|| usual(name).unwrap_or_else(|| panic!("no {name}")));
        given.or_else(|| of.default.clone())
    };
    let variables = profile.variables.iter();
    let values =
        variables.filter_map(|(name, of)| Some((name.to_string(), value(name.as_str(), of)?)));
    Value::Object(values.collect())
}

/// The least, and all that is worth a value of its own.
fn most_of(profile: &Profile) -> Value {
    let mut vars = least_of(profile);
    for name in profile.variables.keys() {
        let of = profile.variables.get(name).map(|of| of.kind);
        let other = name.as_str() == "disk" && of != Some(VariableType::Disk);
        if let Some(value) = usual(name.as_str()).filter(|_| !other) {
            vars[name.as_str()] = value;
        }
    }
    vars
}

fn usual(name: &str) -> Option<Value> {
    Some(match name {
        "mirror_host" => json!("mirror.example.test"),
        "root_password" => json!("$6$saltsalt$root"),
        "user" => json!("admin"),
        "user_password" => json!("$6$saltsalt$user"),
        "administrator_password" => json!("Pa<ss>&\"w'0rd"),
        "ssh_keys" => {
            json!([format!("command=\"/bin/a --b\",no-pty {SSH_KEY} it's \"me\" & <you>")])
        }
        "console" => json!("ttyS0,115200n8"),
        "layout" => json!("lvm"),
        "domain" => json!("example.test"),
        "proxy" => json!("http://192.0.2.7:3128/"),
        "security_host" => json!("security.example.test"),
        "tree" => json!("http://mirror.example.test/9/BaseOS/x86_64/os/"),
        "appstream" => json!("http://mirror.example.test/9/AppStream/x86_64/os/"),
        "environment" => json!("server"),
        "packages" => json!(["g++", "tmux"]),
        "disk" => json!("/dev/disk/by-path/pci-0000:00:05.0"),
        "uri" => json!("iscsi:192.0.2.9::::iqn.2026-01.test.example:disk1"),
        "interface" => json!("orch0"),
        "arguments" => json!(["quiet", "console=ttyS0"]),
        "live_argument" => json!("root=live:"),
        _ => return None,
    })
}

/// Each variable in its turn with each hostile value that its type lets in.
fn hostile(profile: &Profile) -> Vec<Value> {
    let most = most_of(profile);
    let mut all = Vec::new();
    for (name, variable) in &profile.variables {
        for value in HOSTILE.iter().filter_map(|text| hostile_value(variable, text)) {
            let mut vars: Map<String, Value> = most.as_object().unwrap().clone();
            vars.insert(name.to_string(), value);
            all.push(Value::Object(vars));
        }
    }
    all
}

fn hostile_value(variable: &Variable, text: &str) -> Option<Value> {
    let of = |text: String| {
        let second = if variable.kind == VariableType::SshKey { SSH_KEY } else { "bb" };
        let text = if variable.list { json!([text, second]).to_string() } else { text };
        variable.parse(&text).ok()
    };
    match variable.kind {
        // Templates are told its hash.
        VariableType::Password => None,
        // The comment is the only free text.
        VariableType::SshKey => of(format!("{SSH_KEY} {text}")),
        VariableType::Url => of(format!("http://192.0.2.7/{}", text.replace(['\\', '"', ' '], ""))),
        _ => of(text.to_owned()),
    }
}

/// Calls `check` for each profile with each host that it can install.
pub(crate) fn each(mut check: impl FnMut(&Case)) {
    let versions = built_in();
    assert_eq!(versions.len(), 19, "none is left out");
    for version in versions {
        let profile = version.profile();
        let case = |kind, host: &HostSpec, vars, hostile| {
            let (version, host) = (version.clone(), host.clone());
            Case { version, kind, host, vars, hostile }
        };
        let hosts = hosts();
        for (kind, host) in hosts.iter().filter(|(_, host)| can_install(profile, host)) {
            check(&case(kind, host, least_of(profile), false));
            check(&case(kind, host, most_of(profile), false));
        }
        let (kind, host) = &hosts[0];
        for vars in hostile(profile) {
            check(&case(kind, host, vars, true));
        }
    }
}
