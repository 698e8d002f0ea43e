//! Whether somebody can log in to the installed system.

use super::{Resolved, Variable, VariableType};
use crate::names::VariableName;
use serde_json::Value;
use std::collections::BTreeMap;

/// The passwords and SSH keys that a profile can set, if `resolved` has a value for none of them:
/// then nobody can log in to the installed system. Empty if somebody can, and for a profile that
/// sets neither passwords nor SSH keys.
pub fn missing_logins(
    variables: &BTreeMap<VariableName, Variable>,
    resolved: &BTreeMap<VariableName, Resolved>,
) -> Vec<VariableName> {
    let lets_in = |(_, variable): &(&VariableName, &Variable)| {
        matches!(variable.kind, VariableType::Password | VariableType::SshKey)
    };
    let logins = || variables.iter().filter(lets_in).map(|(name, _)| name);
    if logins().any(|name| resolved.get(name).is_some_and(is_given)) {
        return Vec::new();
    }
    logins().cloned().collect()
}

/// Whether it is a value, and not a list of none.
fn is_given(value: &Resolved) -> bool {
    !matches!(value, Resolved::Plain(Value::Array(items)) if items.is_empty())
}

#[cfg(test)]
mod tests {
    use super::super::{Profile, resolve};
    use super::*;

    const LINUX: &str = "[variables.root_password]\ntitle='R'\ntype='password'\n\
        [variables.ssh_keys]\ntitle='S'\ntype='ssh_key'\nlist=true\ndefault=[]\n\
        [variables.disk]\ntitle='D'\ntype='text'\ndefault='first'\n\
        [variables.token]\ntitle='T'\ntype='secret'\n";

    fn variables(text: &str) -> BTreeMap<VariableName, Variable> {
        let profile = format!("name = 'p'\ntitle = 'P'\nscript = 's'\n{text}");
        profile.parse::<Profile>().unwrap().variables
    }

    fn missing(text: &str, given: &[(&str, &str)]) -> Vec<String> {
        let variables = variables(text);
        let one = |(name, value): &(&str, &str)| (name.parse().unwrap(), value.parse().unwrap());
        let resolved = resolve(&variables, &given.iter().map(one).collect()).unwrap();
        missing_logins(&variables, &resolved).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn without_a_password_and_a_key_nobody_can_log_in() {
        assert_eq!(missing(LINUX, &[]), ["root_password", "ssh_keys"]);
        assert_eq!(missing(LINUX, &[("disk", "/dev/vda")]), ["root_password", "ssh_keys"]);
    }

    #[test]
    fn one_of_them_is_enough() {
        assert_eq!(
            missing(
                LINUX,
                &[(
                    "ssh_keys",
                    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f me"
                )]
            ),
            [""; 0]
        );
        let sealed = format!("sealed:v1:00112233:{}", "A".repeat(56));
        assert_eq!(missing(LINUX, &[("root_password", &sealed)]), [""; 0]);
    }

    #[test]
    fn a_profile_without_them_says_nothing() {
        assert_eq!(missing("", &[]), [""; 0]);
        assert_eq!(missing("[variables.token]\ntitle='T'\ntype='secret'\n", &[]), [""; 0]);
    }
}
