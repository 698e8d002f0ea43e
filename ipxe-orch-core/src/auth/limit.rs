//! The limits of a token.

use super::{Action, Hosts, Scope};
use crate::host::Other;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// What somebody may at most, whatever the roles allow. `Limit::default()` takes nothing away.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Limit {
    /// Only these actions; `None` for all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actions: Option<BTreeSet<Action>>,
    /// Only these hosts; `None` for all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hosts: Option<Hosts>,
    /// Fields that a newer version of this program added. A limit with one of them allows nothing
    /// here, because it is not known what it takes away.
    #[serde(flatten)]
    pub other: Other,
}

impl Limit {
    /// Whether it leaves `action`.
    pub fn allows(&self, action: Action) -> bool {
        let named = self.actions.as_ref().is_none_or(|actions| actions.contains(&action));
        named && self.other.is_empty()
    }

    /// What it leaves of a scope.
    #[must_use]
    pub fn within(&self, scope: Scope) -> Scope {
        match &self.hosts {
            Some(hosts) => scope.and(hosts.scope()),
            None => scope,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        auth::{
            AccessRequest, Actor, Binding, Decision, HostRef, Principal, Role, Subject, decide,
        },
        ids::{BindingId, HostId},
        names::{LabelKey, LabelValue, SiteName},
        time::Timestamp,
    };
    use proptest::{collection, option, prelude::*, sample::select};
    use std::collections::BTreeMap;

    #[test]
    fn a_limit_that_is_not_known_allows_nothing() {
        let limit: Limit = serde_json::from_str(r#"{"hours":"8-17"}"#).unwrap();
        assert_eq!(serde_json::to_string(&limit).unwrap(), r#"{"hours":"8-17"}"#);
        for action in Action::ALL {
            assert!(!limit.allows(action) && Limit::default().allows(action));
        }
        assert_eq!(serde_json::to_string(&Limit::default()).unwrap(), "{}");
    }

    fn sites() -> impl Strategy<Value = SiteName> {
        select(vec!["north", "south", "east"]).prop_map(|name| name.parse().unwrap())
    }

    fn labels() -> impl Strategy<Value = BTreeMap<LabelKey, LabelValue>> {
        let pair = (select(vec!["role", "rack"]), select(vec!["a", "b"]));
        let pair = pair.prop_map(|(key, value)| (key.parse().unwrap(), value.parse().unwrap()));
        collection::btree_map(
            pair.clone().prop_map(|(key, _)| key),
            pair.prop_map(|(_, v)| v),
            0..3,
        )
    }

    fn hosts() -> impl Strategy<Value = Hosts> {
        prop_oneof![
            Just(Hosts::All),
            sites().prop_map(Hosts::Site),
            labels().prop_map(Hosts::Labels)
        ]
    }

    fn limits() -> impl Strategy<Value = Limit> {
        let actions = collection::btree_set(select(Action::ALL.to_vec()), 0..5);
        (option::of(actions), option::of(hosts())).prop_map(|(actions, hosts)| Limit {
            actions,
            hosts,
            other: Other::new(),
        })
    }

    fn bindings() -> impl Strategy<Value = Vec<Binding>> {
        let binding = (select(Role::ALL.to_vec()), hosts(), select(vec!["corp/7", "corp/8"]));
        let binding = binding.prop_map(|(role, hosts, id)| {
            let who = Principal::Person { id: id.parse().unwrap(), name: "ann".to_owned() };
            Binding::new(BindingId::from_bytes([1; 16]), who, role, hosts)
        });
        collection::vec(binding, 0..6)
    }

    fn subjects() -> impl Strategy<Value = Subject> {
        select(vec![
            Actor::User { id: "corp/7".parse().unwrap(), name: "ann".to_owned() },
            Actor::Local { user: "ann".to_owned() },
            Actor::Background { task: "sweep".to_owned() },
        ])
        .prop_map(Subject::from)
    }

    proptest! {
        /// With a limit, exactly the hosts are left that roles and limit both allow: never more than
        /// without it, and never one outside of the limit.
        #[test]
        fn a_limit_never_gives_more(
            (bindings, limit, subject) in (bindings(), limits(), subjects()),
            (site, labels) in (option::of(sites()), labels()),
            action in select(Action::ALL.to_vec()),
        ) {
            let host = HostRef {
                id: HostId::from_bytes([7; 16]),
                site: site.as_ref(),
                labels: &labels,
                attempt: None,
            };
            let scope = |subject: &Subject| {
                let request = AccessRequest { subject, action, resource: None };
                match decide(&bindings, &request, Timestamp::from_millis(0)) {
                    Decision::Allow(scope) => Some(scope),
                    Decision::Deny => None,
                }
            };
            let own = scope(&subject);
            let limited = scope(&subject.clone().with_limit(limit.clone()));
            let covers = |scope: &Option<Scope>| scope.as_ref().is_some_and(|s| s.covers(host));
            let of_limit = limit.hosts.as_ref().is_none_or(|hosts| hosts.scope().covers(host));
            prop_assert_eq!(
                covers(&limited),
                covers(&own) && limit.allows(action) && of_limit,
                "{:?} of {:?}", limited, own
            );
            // What is asked of a scope as a whole is no more either.
            let all = |scope: &Option<Scope>| scope.as_ref().is_some_and(Scope::is_all);
            prop_assert!(!all(&limited) || all(&own));
            for site in ["north", "south", "east"].map(|name| name.parse::<SiteName>().unwrap()) {
                let asked = |scope: &Option<Scope>| {
                    scope.as_ref().map_or([false; 2], |scope| {
                        [scope.is_all_of(Some(&site)), scope.may_have(&site)]
                    })
                };
                for (limited, own) in asked(&limited).into_iter().zip(asked(&own)) {
                    prop_assert!(!limited || own, "{site}");
                }
            }
        }
    }
}
