//! Who does something.

use crate::ids::HostId;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Who does something: a person, a machine or the program itself. The audit keeps this. It has no
/// groups, because an audit must not disclose who belongs to which group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
#[non_exhaustive]
pub enum Actor {
    /// A person who signed in.
    User {
        /// The name of the person in the directory.
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

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::User { name } => write!(f, "user:{name}"),
            Self::Local { user } => write!(f, "local:{user}"),
            Self::Machine { host } => write!(f, "machine:{host}"),
            Self::Background { task } => write!(f, "background:{task}"),
        }
    }
}

/// An [`Actor`] with its groups: what an [`Authorizer`](super::Authorizer) decides about.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Subject {
    /// The actor.
    pub actor: Actor,
    /// The groups of the directory, nested ones included.
    pub groups: Vec<String>,
}

impl Subject {
    /// An actor that belongs to these groups.
    pub const fn new(actor: Actor, groups: Vec<String>) -> Self {
        Self { actor, groups }
    }
}

/// An actor without groups.
impl From<Actor> for Subject {
    fn from(actor: Actor) -> Self {
        Self::new(actor, Vec::new())
    }
}

/// From where something was done: the address of a machine, or the name of a program.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Origin(pub String);
