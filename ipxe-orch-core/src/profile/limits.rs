//! What an installer and its system accept: names, users and gateways. A host beyond these limits is
//! not marked, because its install would fail after the claim.

use super::{Resolved, Variable, VariableType};
use crate::{
    host::{HostSpec, Nic},
    names::{HostName, VariableName},
};
use ipnet::IpNet;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::{
    collections::{BTreeMap, BTreeSet},
    net::IpAddr,
};

/// The section `[limits]` of a `profile.toml`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// The longest name of a host, in characters with all dots. Without it, each name is accepted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host_name: Option<usize>,
    /// The variable with the name in Windows, which replaces the host's short name. Whichever of
    /// both counts must be a `NetBIOS` name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub netbios_name: Option<VariableName>,
    /// Names that the installer refuses for variables of type `user`.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub reserved_users: BTreeSet<String>,
    /// The address families in which a gateway may be outside of the prefix. Core accepts such a
    /// gateway only for a prefix of a single address.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub on_link_gateways: BTreeSet<Family>,
}

/// An address family.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Family {
    /// IPv4.
    Ipv4,
    /// IPv6.
    Ipv6,
}

/// A limit of a profile that a host exceeds. The message says what helps.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
#[expect(missing_docs, reason = "each message describes its variant")]
pub enum LimitProblem {
    #[error(
        "its installer accepts names of at most {most} characters, but `{name}` has {count}: \
         rename the host"
    )]
    HostName { name: HostName, count: usize, most: usize },
    #[error("Windows cannot be called `{name}`: {why}; set the variable `{variable}`")]
    NetbiosName { name: String, why: &'static str, variable: VariableName },
    #[error(
        "the variable `{variable}` cannot be `{user}`, because the installer reserves this name: \
         choose another one"
    )]
    ReservedUser { variable: VariableName, user: String },
    #[error(
        "its installer cannot use the gateway {gateway}, which is outside of {prefix}: use a \
         prefix that contains the gateway, or another profile"
    )]
    OnLinkGateway { gateway: IpAddr, prefix: IpNet },
    #[error(
        "several NICs have a route to {destination}: a system can have only one of them, remove \
         the others"
    )]
    SameRoute { destination: IpNet },
}

/// The longest `NetBIOS` name of a computer, in characters.
const MAX_NETBIOS: usize = 15;

impl Limits {
    /// Everything that exceeds the limits. `resolved` are the values of the host's variables.
    pub fn problems(
        &self,
        spec: &HostSpec,
        variables: &BTreeMap<VariableName, Variable>,
        resolved: &BTreeMap<VariableName, Resolved>,
    ) -> Vec<LimitProblem> {
        let mut found = self.network_problems(spec);
        found.extend(self.host_name_problem(&spec.name));
        found.extend(self.netbios_problem(spec, resolved));
        let users = variables.iter().filter(|(_, one)| one.kind == VariableType::User);
        found.extend(users.filter_map(|(name, _)| {
            let user = plain(resolved, name)?;
            let (variable, user) = (name.clone(), user.to_owned());
            let reserved = self.reserved_users.contains(&user);
            reserved.then_some(LimitProblem::ReservedUser { variable, user })
        }));
        found
    }

    /// What of the host's network exceeds the limits.
    pub fn network_problems(&self, spec: &HostSpec) -> Vec<LimitProblem> {
        let beyond = |(prefix, gateway): &(IpNet, IpAddr)| {
            let family = if gateway.is_ipv4() { Family::Ipv4 } else { Family::Ipv6 };
            let link_local = matches!(gateway, IpAddr::V6(v6) if v6.is_unicast_link_local());
            !prefix.contains(gateway) && !link_local && !self.on_link_gateways.contains(&family)
        };
        let on_link = spec.nics.iter().flat_map(gateways).filter(beyond);
        let on_link = on_link.map(|(net, gateway)| {
            let prefix = net.trunc();
            LimitProblem::OnLinkGateway { gateway, prefix }
        });
        on_link.chain(same_routes(spec)).collect()
    }

    fn host_name_problem(&self, name: &HostName) -> Option<LimitProblem> {
        let (most, count) = (self.host_name?, name.as_str().len());
        let name = name.clone();
        (count > most).then_some(LimitProblem::HostName { name, count, most })
    }

    fn netbios_problem(
        &self,
        spec: &HostSpec,
        resolved: &BTreeMap<VariableName, Resolved>,
    ) -> Option<LimitProblem> {
        let variable = self.netbios_name.as_ref()?;
        let short = spec.name.as_str().split('.').next().unwrap_or_default();
        let name = plain(resolved, variable).unwrap_or(short);
        let why = not_netbios(name)?;
        let (name, variable) = (name.to_owned(), variable.clone());
        Some(LimitProblem::NetbiosName { name, why, variable })
    }
}

/// Why Windows refuses a name, if it does.
fn not_netbios(name: &str) -> Option<&'static str> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    match name {
        name if name.len() > MAX_NETBIOS => Some("it has more than 15 characters"),
        name if name.is_empty() || !name.bytes().all(allowed) => {
            Some("only A-Z, a-z, 0-9 and `-` are allowed")
        }
        name if name.starts_with('-') || name.ends_with('-') => {
            Some("it begins or ends with a hyphen")
        }
        name if name.bytes().all(|byte| byte.is_ascii_digit()) => Some("it has digits only"),
        _ => None,
    }
}

fn plain<'a>(
    resolved: &'a BTreeMap<VariableName, Resolved>,
    name: &VariableName,
) -> Option<&'a str> {
    match resolved.get(name) {
        Some(Resolved::Plain(Value::String(text))) => Some(text),
        _ => None,
    }
}

/// The addresses with their prefixes, and the gateways of a NIC.
fn gateways(nic: &Nic) -> impl Iterator<Item = (IpNet, IpAddr)> {
    let v4 = nic.v4.as_ref().and_then(|v4| Some((v4.address.into(), v4.gateway?.into())));
    let v6 = nic.v6.as_ref().and_then(|v6| Some((v6.address.into(), v6.gateway?.into())));
    v4.into_iter().chain(v6)
}

/// Routes that more than one link has. A route to every destination counts like a gateway, because
/// it has no metric.
fn same_routes(spec: &HostSpec) -> Vec<LimitProblem> {
    let mut counts = BTreeMap::<IpNet, usize>::new();
    for nic in spec.nics.iter().filter(|nic| leads_link(spec, nic)) {
        for route in &nic.routes {
            let count = counts.entry(route.destination.trunc()).or_default();
            *count = count.saturating_add(1);
        }
    }
    let gateway_of = |v4| {
        let mut all = spec.nics.iter().filter(|nic| leads_link(spec, nic)).flat_map(gateways);
        all.any(|(_, gateway)| gateway.is_ipv4() == v4)
    };
    let same = |(net, count): &(IpNet, usize)| {
        *count > 1 || (net.prefix_len() == 0 && gateway_of(net.network().is_ipv4()))
    };
    let same = counts.into_iter().filter(same);
    same.map(|(destination, _)| LimitProblem::SameRoute { destination }).collect()
}

/// Whether the installed system has this NIC's addresses: it is in no bond, or the first of its
/// bond.
pub(super) fn leads_link(spec: &HostSpec, nic: &Nic) -> bool {
    let bond = spec.bonds.iter().find(|bond| bond.members.contains(&nic.mac));
    bond.is_none_or(|bond| bond.members.first() == Some(&nic.mac))
}

#[cfg(test)]
mod tests {
    use super::super::{Profile, resolve};
    use super::*;

    fn found(limits: &str, host: &str, values: &[(&str, &str)]) -> String {
        let text = format!(
            "name='p'\ntitle='P'\nscript='s'\n[limits]\n{limits}\n\
             [variables.user]\ntitle='U'\ntype='user'\n[variables.computer]\ntitle='C'\ntype='name'\n"
        );
        let profile: Profile = text.parse().unwrap();
        let spec: HostSpec = serde_json::from_str(host).unwrap();
        let one = |(name, value): &(&str, &str)| (name.parse().unwrap(), value.parse().unwrap());
        let values = values.iter().map(one).collect();
        let resolved = resolve(&profile.variables, &values).unwrap();
        let problems = profile.limits.problems(&spec, &profile.variables, &resolved);
        problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
    }

    fn named(name: &str) -> String {
        let nic = r#"{"mac":"52:54:00:00:00:01","v4":{"address":"10.0.2.15/24"}}"#;
        format!(r#"{{"name":"{name}","nics":[{nic}]}}"#)
    }

    #[test]
    fn a_profile_without_limits_accepts_every_name() {
        let name = ["a".repeat(60), "b".repeat(60)].join(".");
        assert_eq!(found("", &named(&name), &[("user", "bind")]), "");
    }

    #[test]
    fn the_longest_host_name_is_the_installers() {
        let name = |count: usize| named(&["a".repeat(60), "b".repeat(count - 61)].join("."));
        assert_eq!(found("host_name = 64", &name(64), &[]), "");
        let text = found("host_name = 64", &name(65), &[]);
        assert!(text.starts_with("its installer accepts names of at most 64 characters"), "{text}");
        assert!(text.ends_with("has 65: rename the host"), "{text}");
    }

    #[test]
    fn windows_has_names_of_its_own() {
        let limits = "netbios_name = 'computer'";
        for (name, why) in [
            ("4711", "it has digits only"),
            ("4711.example.test", "it has digits only"),
            ("a-name-of-16-cha", "it has more than 15 characters"),
        ] {
            let text = found(limits, &named(name), &[]);
            assert!(text.contains(why) && text.ends_with("set the variable `computer`"), "{text}");
            assert_eq!(found(limits, &named(name), &[("computer", "WEB1")]), "");
        }
        for wrong in ["4711", "a_b", "a.b", "web-", &"a".repeat(16)] {
            assert_ne!(found(limits, &named("web1"), &[("computer", wrong)]), "", "{wrong}");
        }
        for right in ["web1", "4711a", "a-15-characters", "4711-1"] {
            assert_eq!(found(limits, &named(right), &[]), "", "{right}");
        }
    }

    #[test]
    fn an_installer_reserves_users() {
        let limits = "reserved_users = ['bind', 'ftp']";
        assert_eq!(found(limits, &named("web1"), &[("user", "ops")]), "");
        let text = found(limits, &named("web1"), &[("user", "ftp")]);
        assert!(text.starts_with("the variable `user` cannot be `ftp`"), "{text}");
    }

    #[test]
    fn gateways_outside_of_the_prefix_need_an_installer_that_reaches_them() {
        let host = |nic: &str| {
            format!(r#"{{"name":"web1","nics":[{{"mac":"52:54:00:00:00:01",{nic}}}]}}"#)
        };
        let v4 = host(r#""v4":{"address":"192.0.2.15/32","gateway":"198.51.100.1"}"#);
        let v6 = host(r#""v6":{"address":"2001:db8::15/128","gateway":"2001:db8:1::1"}"#);
        let local = host(r#""v6":{"address":"2001:db8::15/128","gateway":"fe80::1"}"#);
        for host in [&v4, &v6] {
            let text = found("", host, &[]);
            assert!(text.contains("use a prefix that contains the gateway"), "{text}");
            assert_eq!(found("on_link_gateways = ['ipv4', 'ipv6']", host, &[]), "");
        }
        assert_eq!(found("on_link_gateways = ['ipv4']", &v4, &[]), "");
        assert_ne!(found("on_link_gateways = ['ipv4']", &v6, &[]), "");
        assert_eq!(found("", &local, &[]), "", "every installer reaches link-local gateways");
    }

    #[test]
    fn a_system_has_each_route_once() {
        let nic = |last: u8, more: &str| {
            format!(
                r#"{{"mac":"52:54:00:00:00:0{last}","v4":{{"address":"10.0.{last}.15/24"{more}}}"#
            )
        };
        let route = |last: u8, to: &str| {
            format!(r#","routes":[{{"destination":"{to}","via":"10.0.{last}.9"}}]}}"#)
        };
        let host = |nics: [String; 2], bonds: &str| {
            let nics = nics.join(",");
            format!(r#"{{"name":"web1","nics":[{nics}],"bonds":[{bonds}]}}"#)
        };
        let two = |first: &str, second: &str| {
            [nic(1, "") + &route(1, first), nic(2, "") + &route(2, second)]
        };
        assert_eq!(found("", &host(two("10.1.0.0/16", "10.2.0.0/16"), ""), &[]), "");
        let text = found("", &host(two("10.1.0.0/16", "10.1.0.0/16"), ""), &[]);
        assert!(text.starts_with("several NICs have a route to 10.1.0.0/16"), "{text}");
        let bond = r#"{"members":["52:54:00:00:00:01","52:54:00:00:00:02"],"mode":"802.3ad"}"#;
        assert_eq!(
            found("", &host(two("10.1.0.0/16", "10.1.0.0/16"), bond), &[]),
            "",
            "they are one link"
        );
        let gateway = nic(1, r#","gateway":"10.0.1.1""#) + "}";
        let text = found("", &host([gateway, nic(2, "") + &route(2, "0.0.0.0/0")], ""), &[]);
        assert!(text.starts_with("several NICs have a route to 0.0.0.0/0"), "{text}");
    }
}
