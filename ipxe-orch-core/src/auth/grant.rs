//! The proof itself.

use super::{
    Action, Actor, Boot, BuildImages, ChangeHosts, MarkHosts, Permission, ReleaseHolds, SeeHosts,
};
use crate::{
    ids::{AttemptId, HostId},
    names::{LabelKey, LabelValue, SiteName},
    stores::{HostRecord, StoreError},
};
use std::{collections::BTreeMap, marker::PhantomData, ops::Deref};

/// For which hosts a grant holds.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Scope {
    /// All.
    All,
    /// Those of one site.
    Site(SiteName),
    /// Those that have all these labels.
    Labels(BTreeMap<LabelKey, LabelValue>),
    /// One.
    Host(HostId),
    /// The one to which this attempt was offered.
    Attempt(AttemptId),
}

/// A [`Granted`] without its type; stores check its action and scope.
#[derive(Clone, Debug)]
pub struct Grant {
    actor: Actor,
    action: Action,
    scope: Scope,
}

impl Grant {
    /// Who was granted it.
    pub const fn actor(&self) -> &Actor {
        &self.actor
    }

    /// What was granted.
    pub const fn action(&self) -> Action {
        self.action
    }

    /// For which hosts; a list takes it as its filter.
    pub const fn scope(&self) -> &Scope {
        &self.scope
    }

    /// Whether the grant holds for this host.
    pub fn covers(&self, host: &HostRecord) -> bool {
        match &self.scope {
            Scope::All => true,
            Scope::Site(site) => host.spec.site.as_ref() == Some(site),
            Scope::Labels(wanted) => {
                wanted.iter().all(|(key, value)| host.spec.labels.get(key) == Some(value))
            }
            Scope::Host(id) => *id == host.id,
            Scope::Attempt(id) => {
                host.lease.attempt.as_ref().is_some_and(|attempt| attempt.id == *id)
            }
        }
    }

    /// Whether the grant, made from a ticket, is for this attempt.
    pub fn covers_attempt(&self, attempt: AttemptId) -> bool {
        self.scope == Scope::Attempt(attempt)
    }

    /// Whether the grant holds for this host.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] otherwise: what may not be seen is not there.
    pub fn check(&self, host: &HostRecord) -> Result<(), StoreError> {
        if self.covers(host) { Ok(()) } else { Err(StoreError::NotFound) }
    }

    /// Whether the grant holds for all hosts of a site, or for all hosts without one.
    ///
    /// # Errors
    /// [`StoreError::Invalid`] otherwise, which names `what`.
    pub fn check_site(&self, site: Option<&SiteName>, what: &str) -> Result<(), StoreError> {
        match (&self.scope, site) {
            (Scope::Site(own), Some(site)) if own == site => Ok(()),
            _ => self.check_all(what),
        }
    }

    /// Whether the grant holds for all hosts, as for what all of them share.
    ///
    /// # Errors
    /// [`StoreError::Invalid`] otherwise, which names `what`.
    pub fn check_all(&self, what: &str) -> Result<(), StoreError> {
        if self.scope == Scope::All {
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
            /// Whoever may do this to hosts may see them.
            pub fn see(&self) -> Granted<SeeHosts> {
                Granted::new(self.actor.clone(), self.scope.clone())
            }
        }
    )+};
}

may_see!(ChangeHosts, BuildImages, MarkHosts, ReleaseHolds);

impl Granted<SeeHosts> {
    /// For work of the program itself that looks at hosts and changes none.
    pub(crate) fn background(task: &str) -> Self {
        Self::new(Actor::Background { task: task.to_owned() }, Scope::All)
    }
}

impl Granted<Boot> {
    /// For the machine that proved the boot secret of `host`.
    pub(crate) const fn machine(host: HostId) -> Self {
        Self::new(Actor::Machine { host }, Scope::Host(host))
    }

    /// For whoever holds the ticket of `attempt`.
    pub(crate) fn ticket(attempt: AttemptId) -> Self {
        let actor = Actor::Background { task: format!("ticket:{attempt}") };
        Self::new(actor, Scope::Attempt(attempt))
    }

    /// For the machine whose attempt the ticket is of: what the ticket's holder writes, the
    /// machine writes.
    pub(crate) fn of_host(&self, host: &HostRecord, attempt: AttemptId) -> Option<Self> {
        self.covers_attempt(attempt).then(|| Self::machine(host.id))
    }
}
