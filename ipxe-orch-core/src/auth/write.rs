//! The proof that a change of a lease needs.

use super::{
    Actor, ApproveMarks, Boot, Granted, HostRef, ManageKeys, MarkHosts, ReleaseHolds, Scope,
};
use crate::error::StoreError;

/// Proof that its actor may change the leases of the hosts in its scope.
///
/// Only this crate makes one, from the permissions that the lease's table knows. So a store needs
/// no list of permissions: it only asks whether the host is covered. [These examples do not
/// compile](crate::auth#what-does-not-compile).
#[derive(Clone, Debug)]
pub struct WriteGrant {
    actor: Actor,
    scope: Scope,
}

impl WriteGrant {
    /// The actor who may do it.
    pub const fn actor(&self) -> &Actor {
        &self.actor
    }

    /// The hosts for which it holds.
    pub const fn scope(&self) -> &Scope {
        &self.scope
    }

    /// Whether the lease of this host may be changed.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] if it may not: such a host is not there.
    pub fn check_write<'a>(&self, host: impl Into<HostRef<'a>>) -> Result<(), StoreError> {
        if self.scope.covers(host) { Ok(()) } else { Err(StoreError::NotFound) }
    }
}

macro_rules! may_write {
    ($($permission:ident),+) => {$(
        impl Granted<$permission> {
            /// For the changes of leases that this permission allows.
            pub(crate) fn write(&self) -> WriteGrant {
                WriteGrant { actor: self.actor().clone(), scope: self.scope().clone() }
            }
        }
    )+};
}

may_write!(MarkHosts, ApproveMarks, ReleaseHolds, ManageKeys, Boot);
