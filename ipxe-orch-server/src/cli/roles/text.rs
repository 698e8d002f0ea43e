//! Persons, hosts and actions, as people write and read them.

use super::super::{
    context::Context,
    error::{CliError, CliResult},
};
use ipxe_orch_core::{
    access_control::{AccessControl, LocalAccounts},
    auth::{Action, Group, Hosts, PersonId, Principal},
    text::shown,
};

/// An action by its name in JSON.
pub(super) fn action(text: &str) -> Result<Action, String> {
    let known = Action::ALL.iter().find(|action| action_name(**action) == text);
    known.copied().ok_or_else(|| {
        let names: Vec<_> = Action::ALL.iter().map(|action| action_name(*action)).collect();
        format!("write one of {}", names.join(", "))
    })
}

pub(super) fn action_name(action: Action) -> String {
    let json = serde_json::to_value(action).ok();
    json.and_then(|json| json.as_str().map(str::to_owned)).unwrap_or_default()
}

/// Somebody by an id, by the name at a login service, or by that of a local account.
pub(super) async fn person(
    text: &str,
    context: &Context,
    access: &AccessControl,
) -> CliResult<PersonId> {
    let (realm, name) = text.split_once('/').unwrap_or((LocalAccounts::REALM, text));
    let realm = realm.parse().map_err(|error| CliError::Usage(format!("{error}")))?;
    if let Ok(id) = access.find_person(&context.caller, &realm, name).await {
        return Ok(id);
    }
    if let Ok(id) = text.parse::<PersonId>() {
        return Ok(id);
    }
    let why = format!("nobody is called {} at {realm}", shown(name));
    Err(CliError::Failed(format!("{why}: see `ipxe-orch accounts list`, or write REALM/NAME")))
}

pub(super) fn who(who: &Principal) -> String {
    match who {
        Principal::Person { name, id } => format!("{} ({id})", shown(name)),
        Principal::Groups(groups) => {
            let one = |Group { name, id }: &Group| format!("group {} ({id})", shown(name));
            groups.iter().map(one).collect::<Vec<_>>().join(" and ")
        }
        _ => "somebody".to_owned(),
    }
}

pub(crate) fn hosts(hosts: &Hosts) -> String {
    match hosts {
        Hosts::All => "all".to_owned(),
        Hosts::Site(site) => format!("site {site}"),
        Hosts::Labels(labels) => {
            let one = |(key, value): (&_, &_)| format!("{key}={value}");
            labels.iter().map(one).collect::<Vec<_>>().join(",")
        }
        _ => "some".to_owned(),
    }
}
