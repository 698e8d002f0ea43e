//! The proof that accounts, bindings, sessions and tokens need.

use super::{Actor, Granted, ManageAccess, PersonId};
use crate::error::StoreError;

/// Proof that its actor may see and change who can sign in: of everybody, or of one person alone.
///
/// Only this crate makes one: for whoever may manage access everywhere, for a person over its own
/// sessions and tokens, and for the login service before anybody is signed in. [These examples do
/// not compile](crate::auth#what-does-not-compile).
#[derive(Clone, Debug)]
pub struct AccessGrant {
    actor: Actor,
    /// `None` for everybody.
    person: Option<PersonId>,
}

impl AccessGrant {
    /// For a person over its own sessions and tokens.
    pub(crate) fn own(person: &PersonId, actor: Actor) -> Self {
        Self { actor, person: Some(person.clone()) }
    }

    /// For the login service itself: nobody is signed in yet.
    pub(crate) fn service() -> Self {
        Self { actor: Actor::Background { task: "sign-in".to_owned() }, person: None }
    }

    /// The actor who may do it.
    pub const fn actor(&self) -> &Actor {
        &self.actor
    }

    /// The one person that it holds for; `None` if it holds for everybody. A list uses it as its
    /// filter.
    pub const fn person(&self) -> Option<&PersonId> {
        self.person.as_ref()
    }

    /// Whether it holds for this person.
    pub fn covers(&self, person: &PersonId) -> bool {
        self.person.as_ref().is_none_or(|own| own == person)
    }

    /// Whether it holds for this person.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] if it does not: what is of somebody else is not there.
    pub fn check_person(&self, person: &PersonId) -> Result<(), StoreError> {
        if self.covers(person) { Ok(()) } else { Err(StoreError::NotFound) }
    }

    /// Whether it holds for everybody, which is needed for accounts and bindings.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] if it does not.
    pub fn check_all(&self) -> Result<(), StoreError> {
        if self.person.is_none() { Ok(()) } else { Err(StoreError::NotFound) }
    }
}

impl Granted<ManageAccess> {
    /// Over everybody.
    ///
    /// # Errors
    /// [`StoreError::Invalid`] if the permission does not hold for all hosts. Whoever could give
    /// roles with it would get all hosts.
    pub(crate) fn access(&self) -> Result<AccessGrant, StoreError> {
        self.check_all("access")?;
        Ok(AccessGrant { actor: self.actor().clone(), person: None })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::Scope;

    fn actor() -> Actor {
        Actor::Local { user: "ann".to_owned() }
    }

    #[test]
    fn it_holds_for_everybody_or_for_one_person() {
        let (ann, bob): (PersonId, PersonId) =
            ("corp/1".parse().unwrap(), "corp/2".parse().unwrap());
        let own = AccessGrant::own(&ann, actor());
        assert!(own.check_person(&ann).is_ok());
        assert!(matches!(own.check_person(&bob), Err(StoreError::NotFound)));
        assert!(matches!(own.check_all(), Err(StoreError::NotFound)));
        let service = AccessGrant::service();
        assert!(service.check_person(&bob).is_ok() && service.check_all().is_ok());
    }

    #[test]
    fn access_is_managed_everywhere_or_not_at_all() {
        let granted = |scope| Granted::<ManageAccess>::new(actor(), scope);
        assert!(granted(Scope::All).access().unwrap().check_all().is_ok());
        let site = granted(Scope::Site("north".parse().unwrap())).access();
        assert!(matches!(site, Err(StoreError::Invalid(_))));
    }
}
