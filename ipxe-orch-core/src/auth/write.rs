//! The proof that a change of a lease needs.

use super::{Actor, Boot, Granted, HostRef, MarkHosts, ReleaseHolds, Scope};
use crate::error::StoreError;

/// Proof that its actor may change the leases of the hosts in its scope.
///
/// Only this crate makes one: from a permission of which the lease's table knows events. So a
/// store has no list of permissions to compare with; it asks whether the host is covered.
/// [What does not compile](crate::auth#what-does-not-compile) has the proof of that.
#[derive(Clone, Debug)]
pub struct WriteGrant {
    actor: Actor,
    scope: Scope,
}

impl WriteGrant {
    /// Who was granted it.
    pub const fn actor(&self) -> &Actor {
        &self.actor
    }

    /// For which hosts.
    pub const fn scope(&self) -> &Scope {
        &self.scope
    }

    /// Whether the lease of this host may be changed.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] otherwise: what may not be changed is not there.
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

may_write!(MarkHosts, ReleaseHolds, Boot);
