//! Who calls, and from where.

use super::{Actor, Origin, Subject};

/// Who calls a method, and from where.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Caller {
    /// The actor, with the groups of the directory.
    pub subject: Subject,
    /// The address or the program from which it came.
    pub origin: Origin,
}

impl Caller {
    /// A caller who calls from `origin`.
    pub fn new(subject: impl Into<Subject>, origin: Origin) -> Self {
        Self { subject: subject.into(), origin }
    }

    /// The actor, as the audit names it.
    pub const fn actor(&self) -> &Actor {
        &self.subject.actor
    }
}
