//! The proof that something is allowed.

use super::{
    Action, Actor, ApproveMarks, Boot, BuildImages, ChangeHosts, HostRef, ManageKeys, MarkHosts,
    Permission, ReadAudit, Record, ReleaseHolds, Scope, SeeHosts,
};
use crate::{
    error::StoreError,
    ids::{AttemptId, HostId},
    names::SiteName,
};
use std::{marker::PhantomData, ops::Deref};

/// A [`Granted`] without its type. Stores use its scope.
#[derive(Clone, Debug)]
pub struct Grant {
    actor: Actor,
    action: Action,
    scope: Scope,
}

impl Grant {
    /// The actor who may do it.
    pub const fn actor(&self) -> &Actor {
        &self.actor
    }

    /// What the actor may do.
    pub const fn action(&self) -> Action {
        self.action
    }

    /// The hosts for which it holds. A list uses it as its filter.
    pub const fn scope(&self) -> &Scope {
        &self.scope
    }

    /// Whether the grant holds for this host.
    pub fn covers<'a>(&self, host: impl Into<HostRef<'a>>) -> bool {
        self.scope.covers(host)
    }

    /// Whether the grant holds for an attempt of this host, the latest one or an earlier one. The
    /// grant of a ticket holds for its own attempt only.
    pub fn covers_attempt<'a>(&self, host: impl Into<HostRef<'a>>, attempt: AttemptId) -> bool {
        self.scope.covers(HostRef { attempt: Some(attempt), ..host.into() })
    }

    /// Whether the grant holds for this host.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] if it does not: a host that may not be seen is not there.
    pub fn check<'a>(&self, host: impl Into<HostRef<'a>>) -> Result<(), StoreError> {
        if self.covers(host) { Ok(()) } else { Err(StoreError::NotFound) }
    }

    /// Whether the grant holds for all hosts of a site. Without a site: whether it holds for all
    /// hosts.
    ///
    /// # Errors
    /// [`StoreError::Invalid`] if it does not. The text names `what`.
    pub fn check_site(&self, site: Option<&SiteName>, what: &str) -> Result<(), StoreError> {
        if self.scope.is_all_of(site) { Ok(()) } else { self.check_all(what) }
    }

    /// Whether the grant holds for all hosts, which is needed for what they share.
    ///
    /// # Errors
    /// [`StoreError::Invalid`] if it does not. The text names `what`.
    pub fn check_all(&self, what: &str) -> Result<(), StoreError> {
        if self.scope.is_all() {
            return Ok(());
        }
        Err(StoreError::Invalid(format!(
            "{what} is for all hosts, the grant only for some of them"
        )))
    }
}

/// Proof that its actor may do `P` to the hosts in its scope.
#[derive(Debug)]
pub struct Granted<P> {
    grant: Grant,
    permission: PhantomData<fn() -> P>,
}

impl<P> Clone for Granted<P> {
    fn clone(&self) -> Self {
        Self { grant: self.grant.clone(), permission: PhantomData }
    }
}

impl<P> Deref for Granted<P> {
    type Target = Grant;

    fn deref(&self) -> &Grant {
        &self.grant
    }
}

impl<P: Permission> Granted<P> {
    pub(super) const fn new(actor: Actor, scope: Scope) -> Self {
        let grant = Grant { actor, action: P::ACTION, scope };
        Self { grant, permission: PhantomData }
    }
}

macro_rules! may_see {
    ($($permission:ident),+) => {$(
        impl Granted<$permission> {
            /// The proof that the actor may see the same hosts.
            pub fn see(&self) -> Granted<SeeHosts> {
                Granted::new(self.actor.clone(), self.scope.clone())
            }
        }
    )+};
}

may_see!(ChangeHosts, BuildImages, MarkHosts, ApproveMarks, ReleaseHolds, ManageKeys, Boot);

/// For the program itself. None of these can be asked for from outside of this crate.
macro_rules! background {
    ($($permission:ident),+) => {$(
        impl Granted<$permission> {
            pub(crate) fn background(task: &str) -> Self {
                Self::new(Actor::Background { task: task.to_owned() }, Scope::All)
            }
        }
    )+};
}

background!(SeeHosts, ReadAudit, Record);

impl Granted<Boot> {
    /// For the machine that proved the boot secret of `host`.
    pub(crate) const fn machine(host: HostId) -> Self {
        Self::new(Actor::Machine { host }, Scope::Host(host))
    }

    /// For the bearer of the ticket of `attempt`, whose machine is not known yet.
    pub(crate) fn ticket(attempt: AttemptId) -> Self {
        let actor = Actor::Background { task: format!("ticket:{attempt}") };
        Self::new(actor, Scope::Attempt(attempt))
    }

    /// For the machine whose attempt the ticket is of: what the bearer of the ticket does, that
    /// machine does.
    pub(crate) fn of_host(&self, host: HostId, attempt: AttemptId) -> Option<Self> {
        self.scope().is_of_attempt(attempt).then(|| Self::machine(host))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    #[test]
    fn a_ticket_covers_its_own_attempt_only() {
        let (own, other) = (AttemptId::from_bytes([1; 16]), AttemptId::from_bytes([2; 16]));
        let (id, labels) = (HostId::from_bytes([3; 16]), BTreeMap::new());
        for latest in [None, Some(own), Some(other)] {
            let host = HostRef { id, site: None, labels: &labels, attempt: latest };
            let ticket = Granted::ticket(own);
            assert!(ticket.covers_attempt(host, own) && !ticket.covers_attempt(host, other));
            let machine = Granted::machine(id);
            assert!(machine.covers_attempt(host, own) && machine.covers_attempt(host, other));
            let stranger = Granted::machine(HostId::from_bytes([4; 16]));
            assert!(!stranger.covers_attempt(host, own));
        }
    }
}
