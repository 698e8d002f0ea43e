//! What follows from the bindings.

use super::{AccessControl, AccessError};
use crate::{
    access::Account,
    auth::{
        AccessGrant, AccessRequest, Action, Actor, Authorizer, Binding, Caller, Decision, PersonId,
        Scope, Subject, decide, granting,
    },
    names::RealmName,
    stores::{AccessStore, StoreError},
    time::Clock,
};
use async_trait::async_trait;
use std::{fmt, sync::Arc};

/// Decides by the bindings in a store, which are read each time: a role that was taken away is gone
/// at once, on each server.
#[derive(Clone)]
pub struct RoleAuthorizer {
    store: Arc<dyn AccessStore>,
    clock: Arc<dyn Clock>,
}

impl fmt::Debug for RoleAuthorizer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RoleAuthorizer")
    }
}

impl RoleAuthorizer {
    /// Reads the bindings of `store`.
    pub fn new(store: Arc<dyn AccessStore>, clock: Arc<dyn Clock>) -> Self {
        Self { store, clock }
    }
}

#[async_trait]
impl Authorizer for RoleAuthorizer {
    async fn decide(&self, request: &AccessRequest<'_>) -> Result<Decision, StoreError> {
        // The operator of the machine needs no bindings, and others get nothing by them.
        let bindings = match request.subject.actor {
            Actor::User { .. } => self.store.list_bindings(&AccessGrant::service()).await?,
            _ => Vec::new(),
        };
        Ok(decide(&bindings, request, self.clock.now()))
    }
}

/// Why somebody may do something, or may not.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Explained {
    /// The person, with the groups of now.
    pub subject: Subject,
    /// The hosts for which it is allowed; `None` if it is not.
    pub scope: Option<Scope>,
    /// The bindings that allow it.
    pub granting: Vec<Binding>,
    /// The other bindings of the person.
    pub others: Vec<Binding>,
}

pub(super) fn actor_of(account: &Account) -> Actor {
    Actor::User { id: account.id.clone(), name: account.name.to_string() }
}

impl AccessControl {
    /// Who has this name at a login service.
    ///
    /// # Errors
    /// [`AccessError::Denied`], [`AccessError::Refused`], [`AccessError::Unavailable`].
    pub async fn find_person(
        &self,
        caller: &Caller,
        realm: &RealmName,
        name: &str,
    ) -> Result<PersonId, AccessError> {
        self.manage(caller, "access.find").await?;
        Ok(self.realm(realm)?.find(name).await?)
    }

    /// The actions that `caller` has for some hosts at least: what a page offers.
    ///
    /// # Errors
    /// [`AccessError::Store`].
    pub async fn actions(&self, caller: &Caller) -> Result<Vec<Action>, AccessError> {
        let mut allowed = Vec::new();
        for action in Action::ALL {
            let request = AccessRequest { subject: &caller.subject, action, resource: None };
            if self.parts.authorizer.decide(&request).await? != Decision::Deny {
                allowed.push(action);
            }
        }
        Ok(allowed)
    }

    /// Explains whether `person` may do `action`. The groups are those of now.
    ///
    /// # Errors
    /// As [`Self::find_person`].
    pub async fn explain(
        &self,
        caller: &Caller,
        person: &PersonId,
        action: Action,
    ) -> Result<Explained, AccessError> {
        let grant = self.manage(caller, "access.explain").await?;
        let person = self.realm_of(person)?.refresh(person).await?;
        let (subject, now) = (Subject::from(&person), self.now());
        let bindings = self.parts.store.list_bindings(&grant).await?;
        let request = AccessRequest { subject: &subject, action, resource: None };
        let scope = match decide(&bindings, &request, now) {
            Decision::Allow(scope) => Some(scope),
            Decision::Deny => None,
        };
        let granting: Vec<_> = granting(&bindings, &subject, action, now).cloned().collect();
        let other = |binding: &&Binding| binding.who.is(&subject) && !granting.contains(binding);
        let others = bindings.iter().filter(other).cloned().collect();
        Ok(Explained { subject, scope, granting, others })
    }
}
