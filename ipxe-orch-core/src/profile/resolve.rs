//! From the variables of a profile and the values of a host to the values for its templates.

use super::{Variable, VariableType};
use crate::{host::HostValue, keys::Sealed, names::VariableName};
use serde_json::Value;
use std::collections::BTreeMap;

/// The value of a variable for a host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Resolved {
    /// A value that everybody may see.
    Plain(Value),
    /// A sealed secret. It is opened only while an answer file is rendered.
    Sealed(Sealed),
}

/// Why a host cannot be installed with its values. No message contains a value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum VariableProblem {
    /// The variable is required, and the host has no value for it.
    #[error("the variable `{name}` ({title}) is missing: it must be {wants}")]
    Missing {
        /// The variable.
        name: VariableName,
        /// Its title, for people.
        title: String,
        /// What its value must be.
        wants: String,
        /// Whether it is a secret, which is stored sealed.
        secret: bool,
    },
    /// The value does not have the type of the variable.
    #[error("the variable `{name}` has a wrong value: {why}")]
    Wrong {
        /// The variable.
        name: VariableName,
        /// What the value must be.
        why: String,
    },
    /// The profile has no such variable.
    #[error("the profile has no variable `{name}`{known}; remove it from the host")]
    Unknown {
        /// The variable.
        name: VariableName,
        /// The variables that the profile has.
        known: String,
    },
    /// The variable is secret, but its value is not sealed.
    #[error("the variable `{name}` is secret: set it as a secret, so that it is sealed")]
    NotSealed {
        /// The variable.
        name: VariableName,
    },
}

/// The values for the templates: those of the host, else the defaults of the profile. A variable
/// with neither is left out.
///
/// # Errors
/// All problems that prevent the host from being installed.
pub fn resolve(
    variables: &BTreeMap<VariableName, Variable>,
    given: &BTreeMap<VariableName, HostValue>,
) -> Result<BTreeMap<VariableName, Resolved>, Vec<VariableProblem>> {
    let (mut resolved, mut problems) = (BTreeMap::new(), Vec::new());
    for name in given.keys().filter(|name| !variables.contains_key(*name)) {
        problems.push(VariableProblem::Unknown { name: name.clone(), known: known(variables) });
    }
    for (name, variable) in variables {
        let value = match given.get(name) {
            Some(value) => of_host(name, variable, value).map(Some),
            None => of_profile(name, variable),
        };
        match value {
            Ok(value) => resolved.extend(value.map(|value| (name.clone(), value))),
            Err(problem) => problems.push(problem),
        }
    }
    if problems.is_empty() { Ok(resolved) } else { Err(problems) }
}

fn of_host(
    name: &VariableName,
    variable: &Variable,
    value: &HostValue,
) -> Result<Resolved, VariableProblem> {
    let name = name.clone();
    match (variable.is_secret(), value.sealed()) {
        (true, Some(sealed)) => Ok(Resolved::Sealed(sealed)),
        (true, None) => Err(VariableProblem::NotSealed { name }),
        (false, Some(_)) => {
            let why = format!("it must be {variable}, but it is a sealed secret");
            Err(VariableProblem::Wrong { name, why })
        }
        (false, None) => {
            let parsed = variable.parse(value.as_str()).map(Resolved::Plain);
            parsed.map_err(|why| VariableProblem::Wrong { name, why })
        }
    }
}

fn of_profile(
    name: &VariableName,
    variable: &Variable,
) -> Result<Option<Resolved>, VariableProblem> {
    if !variable.required {
        return Ok(variable.default.clone().map(Resolved::Plain));
    }
    Err(VariableProblem::Missing {
        name: name.clone(),
        title: variable.title.clone(),
        wants: variable.to_string(),
        secret: variable.is_secret(),
    })
}

fn known(variables: &BTreeMap<VariableName, Variable>) -> String {
    if variables.is_empty() {
        return String::new();
    }
    let names: Vec<_> = variables.keys().map(VariableName::as_str).collect();
    format!(": it has {}", names.join(", "))
}

/// A secret variable that is given as plain text, if there is one.
pub(crate) fn plain_secret<'a>(
    variables: &BTreeMap<VariableName, Variable>,
    given: &'a BTreeMap<VariableName, HostValue>,
) -> Option<&'a VariableName> {
    let plain = |(name, value): &(&VariableName, &HostValue)| {
        variables.get(*name).is_some_and(Variable::is_secret) && value.sealed().is_none()
    };
    given.iter().find(plain).map(|(name, _)| name)
}

impl Variable {
    /// Whether its values are stored as password hashes.
    pub fn is_password(&self) -> bool {
        self.kind == VariableType::Password
    }
}

#[cfg(test)]
mod tests {
    use super::super::Profile;
    use super::*;
    use serde_json::json;

    const PROFILE: &str = "name = 'p'\ntitle = 'P'\nscript = 's'\n";

    fn variables(text: &str) -> BTreeMap<VariableName, Variable> {
        format!("{PROFILE}{text}").parse::<Profile>().unwrap().variables
    }

    fn given(values: &[(&str, &str)]) -> BTreeMap<VariableName, HostValue> {
        values.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect()
    }

    fn problems(text: &str, values: &[(&str, &str)]) -> String {
        let problems = resolve(&variables(text), &given(values)).unwrap_err();
        problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
    }

    const KEY: &str =
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f me";
    const RESTRICTED: &str = "command=\"/usr/bin/rsync --server\",no-pty ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f";

    #[test]
    fn values_have_the_type_of_their_variable() {
        let lines = format!("{RESTRICTED}\r\n\n{KEY}\n");
        for (kind, text, value) in [
            ("type='text'", "a b", json!("a b")),
            ("type='integer'\nmin=-1\nmax=9", "-1", json!(-1)),
            ("type='boolean'", "true", json!(true)),
            ("type='choice'\nvalues=['a','b']", "b", json!("b")),
            ("type='address'", "fd00::1", json!("fd00::1")),
            ("type='network'", "10.0.0.0/8", json!("10.0.0.0/8")),
            ("type='url'", "https://x/y?z=1", json!("https://x/y?z=1")),
            ("type='name'\nlist=true", "a, b", json!(["a", "b"])),
            ("type='ssh_key'", KEY, json!(KEY)),
            ("type='ssh_key'\nlist=true", &lines, json!([RESTRICTED, KEY])),
            ("type='ssh_key'\nlist=true", RESTRICTED, json!([RESTRICTED])),
            ("type='name'\nlist=true", "a\nb", json!(["a", "b"])),
            (
                "type='disk'",
                "/dev/disk/by-path/pci-0000:00:05.0",
                json!("/dev/disk/by-path/pci-0000:00:05.0"),
            ),
            (
                "type='rpm_package'\nlist=true",
                "gcc-c++, NetworkManager",
                json!(["gcc-c++", "NetworkManager"]),
            ),
            ("type='deb_package'", "g++", json!("g++")),
            ("type='text'\nlist=true", "[\"a, b\", \"c\"]", json!(["a, b", "c"])),
        ] {
            let variables = variables(&format!("[variables.v]\ntitle='V'\n{kind}"));
            let resolved = resolve(&variables, &given(&[("v", text)])).unwrap();
            assert_eq!(
                resolved.into_values().collect::<Vec<_>>(),
                [Resolved::Plain(value)],
                "{kind}"
            );
        }
    }

    #[test]
    fn what_does_not_fit_is_named_and_not_shown() {
        for (kind, text, wants) in [
            ("type='integer'\nmin=1\nmax=9", "10", "a whole number from 1 to 9"),
            ("type='boolean'", "yes", "`true` or `false`"),
            ("type='user'", "hidden.root", "the name of a user"),
            ("type='choice'\nvalues=['a','b']", "hidden", "one of a, b"),
            ("type='address'", "10.0.0.0/8", "an IPv4 or IPv6 address"),
            ("type='ssh_key'", " ", "a line for authorized_keys"),
            ("type='ssh_key'", "ssh-ed25519 hidden", "a line for authorized_keys"),
            ("type='disk'", "hidden", "`first`, or the path of a disk such as /dev/sda"),
            ("type='deb_package'", "Hidden", "the name of a Debian package"),
            ("type='rpm_package'", "-hidden", "the name of an RPM package"),
            ("type='url'", "file:///hidden", "a URL with http:// or https://"),
            ("type='name'\nlist=true", "a,-b", "a list, separated by commas, each a name"),
        ] {
            let found = problems(&format!("[variables.v]\ntitle='V'\n{kind}"), &[("v", text)]);
            let start = "the variable `v` has a wrong value: it must be ";
            assert!(
                found.starts_with(&format!("{start}{wants}")) && !found.contains("hidden"),
                "{found}"
            );
        }
        let required = "[variables.v]\ntitle='Disk'\ntype='text'\nrequired=true";
        assert_eq!(
            problems(required, &[]),
            "the variable `v` (Disk) is missing: it must be a line of \
            text"
        );
        assert_eq!(
            problems(required, &[("v", "x"), ("w", "x")]),
            "the profile has no variable `w`: it \
            has v; remove it from the host"
        );
        let secret = "[variables.v]\ntitle='S'\ntype='password'";
        assert!(
            problems(secret, &[("v", "hidden")])
                .ends_with("set it as a secret, so that it is sealed")
        );
    }

    #[test]
    fn defaults_stand_in_and_optional_ones_are_absent() {
        let text = "[variables.v]\ntitle='V'\ntype='integer'\ndefault=7\n[variables.w]\ntitle='W'\ntype='text'";
        let resolved = resolve(&variables(text), &BTreeMap::new()).unwrap();
        assert_eq!(resolved.into_values().collect::<Vec<_>>(), [Resolved::Plain(json!(7))]);
    }

    #[test]
    fn variables_that_contradict_themselves_are_refused() {
        for (text, why) in [
            ("type='text'\nmin=1", "`min` and `max` are for integers"),
            ("type='choice'", "a choice needs `values`, and only a choice has them"),
            ("type='text'\nvalues=['a']", "a choice needs `values`"),
            ("type='password'\ndefault='x'", "a secret cannot be a list or have a default"),
            ("type='text'\nsecret=true\nlist=true", "a secret cannot be a list"),
            (
                "type='text'\nrequired=true\ndefault='x'",
                "a variable with a default cannot be required",
            ),
            ("type='integer'\nmax=3\ndefault=4", "its default does not have its type"),
            ("type='integer'\ndefault='4'", "its default does not have its type"),
            ("type='strange'", "unknown variant"),
        ] {
            let text = format!("{PROFILE}[variables.v]\ntitle='V'\n{text}");
            let error = text.parse::<Profile>().unwrap_err().to_string();
            assert!(error.contains(why), "{error}");
        }
    }
}
