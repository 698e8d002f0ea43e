//! Bindings: who has which role for which hosts.

use super::{AccessRequest, Action, Actor, Decision, Group, PersonId, Role, Scope, Subject};
use crate::{
    ids::BindingId,
    names::{LabelKey, LabelValue, SiteName},
    time::Timestamp,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Gives a role to a person, or to whoever is in a group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Binding {
    /// Its id.
    pub id: BindingId,
    /// Who gets the role.
    pub who: Principal,
    /// The role.
    pub role: Role,
    /// For which hosts.
    pub hosts: Hosts,
    /// It ends at this time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
}

/// Who gets a role.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Principal {
    /// One person.
    Person {
        /// Who it is.
        id: PersonId,
        /// The name, which is only shown.
        name: String,
    },
    /// Whoever is in all of these groups. An empty list is nobody.
    Groups(Vec<Group>),
}

/// The hosts for which a role is given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Hosts {
    /// All hosts.
    All,
    /// Those of one site.
    Site(SiteName),
    /// Those with all these labels.
    Labels(BTreeMap<LabelKey, LabelValue>),
}

impl Hosts {
    /// The same as a scope.
    pub fn scope(&self) -> Scope {
        match self {
            Self::All => Scope::All,
            Self::Site(site) => Scope::Site(site.clone()),
            Self::Labels(labels) => Scope::Labels(labels.clone()),
        }
    }
}

impl Principal {
    /// Whether `subject` is meant.
    pub fn is(&self, subject: &Subject) -> bool {
        match self {
            Self::Person { id, .. } => {
                matches!(&subject.actor, Actor::User { id: own, .. } if own == id)
            }
            Self::Groups(groups) => {
                let member = |group: &Group| subject.groups.contains(&group.id);
                !groups.is_empty() && groups.iter().all(member)
            }
        }
    }
}

impl Binding {
    /// A binding without an end.
    pub const fn new(id: BindingId, who: Principal, role: Role, hosts: Hosts) -> Self {
        Self { id, who, role, hosts, expires_at: None }
    }

    /// Whether it gives `subject` its role at the time `now`.
    pub fn gives(&self, subject: &Subject, now: Timestamp) -> bool {
        self.who.is(subject) && self.expires_at.is_none_or(|end| now < end)
    }
}

/// The bindings that allow `action` to `subject` at the time `now`. None do if its token is not for
/// that action.
pub fn granting<'a>(
    bindings: &'a [Binding],
    subject: &'a Subject,
    action: Action,
    now: Timestamp,
) -> impl Iterator<Item = &'a Binding> {
    let grants =
        move |binding: &&Binding| binding.role.allows(action) && binding.gives(subject, now);
    bindings.iter().filter(grants).filter(move |_| subject.may_at_most(action))
}

/// What follows from bindings: the operator of the machine may do everything, a person what its
/// roles allow, in the scopes of those, and everybody else nothing. Whoever acts by a token gets of
/// that what the limit of the token leaves.
pub fn decide(bindings: &[Binding], request: &AccessRequest<'_>, now: Timestamp) -> Decision {
    let subject = request.subject;
    if !subject.may_at_most(request.action) {
        return Decision::Deny;
    }
    match without_limit(bindings, request, now) {
        Decision::Allow(scope) => Decision::Allow(subject.within_limit(scope)),
        Decision::Deny => Decision::Deny,
    }
}

fn without_limit(bindings: &[Binding], request: &AccessRequest<'_>, now: Timestamp) -> Decision {
    match request.subject.actor {
        Actor::Local { .. } => return Decision::Allow(Scope::All),
        Actor::User { .. } => {}
        Actor::Machine { .. } | Actor::Background { .. } => return Decision::Deny,
    }
    let granting = granting(bindings, request.subject, request.action, now);
    let mut scopes: Vec<Scope> = granting.map(|binding| binding.hosts.scope()).collect();
    if scopes.contains(&Scope::All) {
        return Decision::Allow(Scope::All);
    }
    match scopes.len() {
        0 => Decision::Deny,
        1 => Decision::Allow(scopes.remove(0)),
        _ => Decision::Allow(Scope::AnyOf(scopes)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::Action::{ChangeHosts, MarkHosts, SeeHosts};

    const NOW: Timestamp = Timestamp::from_millis(1000);

    fn person(groups: &[&str]) -> Subject {
        let actor = Actor::User { id: "corp/1105".parse().unwrap(), name: "bob".to_owned() };
        Subject::new(actor, groups.iter().map(|group| group.parse().unwrap()).collect())
    }

    fn groups(ids: &[&str]) -> Principal {
        let group = |id: &&str| Group { id: id.parse().unwrap(), name: "any".to_owned() };
        Principal::Groups(ids.iter().map(group).collect())
    }

    fn binding(who: Principal, role: Role, hosts: Hosts) -> Binding {
        Binding::new(BindingId::from_bytes([1; 16]), who, role, hosts)
    }

    fn site(name: &str) -> Hosts {
        Hosts::Site(name.parse().unwrap())
    }

    fn decided(bindings: &[Binding], subject: &Subject, action: Action) -> Decision {
        decide(bindings, &AccessRequest { subject, action, resource: None }, NOW)
    }

    #[test]
    fn without_a_binding_nothing_is_allowed() {
        for action in Action::ALL {
            assert_eq!(decided(&[], &person(&["corp/7"]), action), Decision::Deny);
        }
    }

    #[test]
    fn a_role_holds_in_its_scope_and_for_its_actions() {
        let bindings = [
            binding(groups(&["corp/7"]), Role::Reimager, site("north")),
            binding(groups(&["corp/8"]), Role::Reimager, site("south")),
            binding(groups(&["corp/8"]), Role::Viewer, Hosts::All),
        ];
        let (north, south) = (site("north").scope(), site("south").scope());
        let one = person(&["corp/7"]);
        assert_eq!(decided(&bindings, &one, MarkHosts), Decision::Allow(north.clone()));
        assert_eq!(decided(&bindings, &one, ChangeHosts), Decision::Deny);
        let both = person(&["corp/7", "corp/8"]);
        let any = Scope::AnyOf(vec![north, south]);
        assert_eq!(decided(&bindings, &both, MarkHosts), Decision::Allow(any));
        assert_eq!(decided(&bindings, &both, SeeHosts), Decision::Allow(Scope::All));
    }

    #[test]
    fn several_groups_mean_all_of_them() {
        let bindings = [binding(groups(&["corp/7", "corp/8"]), Role::Viewer, Hosts::All)];
        assert_eq!(decided(&bindings, &person(&["corp/7"]), SeeHosts), Decision::Deny);
        let both = person(&["corp/8", "corp/7"]);
        assert_eq!(decided(&bindings, &both, SeeHosts), Decision::Allow(Scope::All));
        let nobody = [binding(groups(&[]), Role::Viewer, Hosts::All)];
        assert_eq!(decided(&nobody, &both, SeeHosts), Decision::Deny);
    }

    #[test]
    fn a_person_is_known_by_the_id_and_not_by_the_name() {
        let who = |id: &str| Principal::Person { id: id.parse().unwrap(), name: "bob".to_owned() };
        let of = |id: &str| [binding(who(id), Role::Admin, Hosts::All)];
        assert_eq!(decided(&of("corp/1105"), &person(&[]), MarkHosts), Decision::Allow(Scope::All));
        // The same name in another domain, and an earlier bob.
        for id in ["local/1105", "corp/1104"] {
            assert_eq!(decided(&of(id), &person(&[]), MarkHosts), Decision::Deny);
        }
    }

    #[test]
    fn a_binding_ends_at_its_time() {
        let mut ending = binding(groups(&["corp/7"]), Role::Viewer, Hosts::All);
        ending.expires_at = Some(Timestamp::from_millis(1001));
        let one = person(&["corp/7"]);
        assert_ne!(decided(std::slice::from_ref(&ending), &one, SeeHosts), Decision::Deny);
        ending.expires_at = Some(NOW);
        assert_eq!(decided(&[ending], &one, SeeHosts), Decision::Deny);
    }

    #[test]
    fn machines_and_tasks_have_no_roles() {
        let bindings = [binding(groups(&["corp/7"]), Role::Admin, Hosts::All)];
        let mut subject = person(&["corp/7"]);
        subject.actor = Actor::Background { task: "sweep".to_owned() };
        assert_eq!(decided(&bindings, &subject, SeeHosts), Decision::Deny);
    }
}
