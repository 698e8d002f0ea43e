//! Who acts.

use crate::ids::HostId;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Whoever does something: a person, a machine or the program itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
#[non_exhaustive]
pub enum Actor {
    /// A person who signed in.
    User {
        /// As the directory names the person.
        name: String,
        /// Directory groups, nested ones included.
        groups: Vec<String>,
    },
    /// The operator of the machine on which the program works on the database itself.
    Local {
        /// The operating system's user.
        user: String,
    },
    /// A machine that proved its boot secret.
    Machine {
        /// The host.
        host: HostId,
    },
    /// Work that nobody asked for just now.
    Background {
        /// Which.
        task: String,
    },
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

/// From where it was done: an address, or a program.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Origin(pub String);
