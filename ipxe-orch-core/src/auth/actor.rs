//! Who does something.

use super::{Action, GroupId, Limit, Person, PersonId, Scope};
use crate::ids::HostId;
use serde::{Deserialize, Serialize};
use std::{
    fmt,
    net::{IpAddr, SocketAddr},
};

/// Who does something: a person, a machine or the program itself. The audit keeps this. It has no
/// groups, because an audit must not disclose who belongs to which group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
#[non_exhaustive]
pub enum Actor {
    /// A person who signed in.
    User {
        /// Who it is, for ever.
        id: PersonId,
        /// The name with which the person signed in.
        name: String,
    },
    /// The operator of the machine on which the program works on the database itself.
    Local {
        /// The user of the operating system.
        user: String,
    },
    /// A machine that proved its boot secret, or showed the ticket of one of its attempts.
    Machine {
        /// The host.
        host: HostId,
    },
    /// Work that the program does by itself.
    Background {
        /// The name of the work, such as `sweep`.
        task: String,
    },
}

impl Actor {
    /// Whether it is the same person, machine or task. A person who was renamed stays the same.
    pub fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::User { id, .. }, Self::User { id: other, .. }) => id == other,
            _ => self == other,
        }
    }
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::User { name, .. } => write!(f, "user:{name}"),
            Self::Local { user } => write!(f, "local:{user}"),
            Self::Machine { host } => write!(f, "machine:{host}"),
            Self::Background { task } => write!(f, "background:{task}"),
        }
    }
}

/// An [`Actor`] with its groups and the limit of its token: what an [`Authorizer`](super::Authorizer) decides about.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Subject {
    /// The actor.
    pub actor: Actor,
    /// The groups of the directory, nested ones included.
    pub groups: Vec<GroupId>,
    /// What it may at most, if it acts by a token.
    pub limit: Option<Limit>,
}

impl Subject {
    /// An actor that belongs to these groups.
    pub const fn new(actor: Actor, groups: Vec<GroupId>) -> Self {
        Self { actor, groups, limit: None }
    }

    /// The same that acts by a token, and so never gets more than `limit`.
    #[must_use]
    pub fn with_limit(mut self, limit: Limit) -> Self {
        self.limit = Some(limit);
        self
    }

    /// Whether its limit, if it has one, leaves `action`.
    pub fn may_at_most(&self, action: Action) -> bool {
        self.limit.as_ref().is_none_or(|limit| limit.allows(action))
    }

    /// What its limit, if it has one, leaves of a scope.
    #[must_use]
    pub fn within_limit(&self, scope: Scope) -> Scope {
        match &self.limit {
            Some(limit) => limit.within(scope),
            None => scope,
        }
    }
}

/// An actor without groups.
impl From<Actor> for Subject {
    fn from(actor: Actor) -> Self {
        Self::new(actor, Vec::new())
    }
}

/// Whoever signed in, with all groups.
impl From<&Person> for Subject {
    fn from(person: &Person) -> Self {
        let actor = Actor::User { id: person.id.clone(), name: person.name.clone() };
        Self::new(actor, person.groups.iter().map(|group| group.id.clone()).collect())
    }
}

/// From where something was done: the address of a machine, or the name of a program.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Origin(pub String);

impl Origin {
    /// The address, without its port if there is one. `None` for the name of a program. An IPv4
    /// address in the form of IPv6 is that IPv4 address.
    pub fn address(&self) -> Option<IpAddr> {
        let with_port = || self.0.parse::<SocketAddr>().ok().map(|socket| socket.ip());
        let address = self.0.parse::<IpAddr>().ok().or_else(with_port)?;
        Some(address.to_canonical())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_of_an_origin_has_no_port_and_one_form() {
        let address = |text: &str| Origin(text.to_owned()).address().map(|ip| ip.to_string());
        let v4 = Some("192.0.2.7".to_owned());
        for text in ["192.0.2.7", "192.0.2.7:49152", "::ffff:192.0.2.7", "[::ffff:192.0.2.7]:80"] {
            assert_eq!(address(text), v4, "{text}");
        }
        let v6 = Some("2001:db8::7".to_owned());
        for text in ["2001:db8::7", "2001:DB8:0::7", "[2001:db8::7]:80"] {
            assert_eq!(address(text), v6, "{text}");
        }
        for text in ["", "our portal", "sweep", "192.0.2", "192.0.2.7/24"] {
            assert_eq!(address(text), None, "{text}");
        }
    }
}
