//! The first administrator, without whom nobody could give a role.

use super::{AccessControl, AccessError, accounts::one_time};
use crate::{
    auth::{AccessGrant, Actor, Binding, Hosts, Origin, Principal, Role},
    ids::BindingId,
    names::AccountName,
    stores::StoreError,
};
use std::fmt;
use zeroize::Zeroizing;

/// The account that was made at the first start.
pub struct FirstAdministrator {
    /// The name with which to sign in.
    pub name: AccountName,
    /// The one-time password. It must be changed at the first login.
    pub password: Zeroizing<String>,
}

impl fmt::Debug for FirstAdministrator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FirstAdministrator").field("name", &self.name).finish_non_exhaustive()
    }
}

impl AccessControl {
    /// Makes the account `admin` with the role of an administrator, if there is no account and
    /// nobody of a directory has a role. Of several servers that start at once, one makes it.
    ///
    /// # Errors
    /// [`AccessError::Store`].
    pub async fn first_administrator(
        &self,
        origin: &Origin,
    ) -> Result<Option<FirstAdministrator>, AccessError> {
        let (grant, store) = (AccessGrant::service(), &self.parts.store);
        let local = |binding: &Binding| match &binding.who {
            Principal::Person { id, .. } => Self::is_local(id.realm()),
            Principal::Groups(_) => false,
        };
        let bound = store.list_bindings(&grant).await?;
        if !bound.iter().all(local) || !store.list_accounts(&grant).await?.is_empty() {
            return Ok(None);
        }
        let name: AccountName =
            "admin".parse().map_err(|_| AccessError::Invalid("admin is no name".to_owned()))?;
        let password = one_time(self.parts.random.as_ref());
        let account = self.new_account(name.clone(), &password).await?;
        let actor = Actor::Background { task: "first-start".to_owned() };
        let entry = |action: &str, detail: String| {
            let mut entry = self.entry(&actor, origin, action);
            entry.detail = Some(detail);
            entry
        };
        // The role comes first. Without the account it is of no use to anybody, and the account is
        // made at the next start.
        let who = Principal::Person { id: account.id.clone(), name: name.to_string() };
        let id = BindingId::generate(self.now(), self.parts.random.as_ref());
        let binding = Binding::new(id, who, Role::Admin, Hosts::All);
        let told = entry("binding.create", format!("{} of all hosts for {name}", Role::Admin));
        store.put_binding(&grant, &binding, &told).await?;
        let told = entry("account.create", format!("account {name} ({})", account.id));
        match store.put_account(&grant, &account, &told).await {
            Ok(()) => Ok(Some(FirstAdministrator { name, password })),
            Err(StoreError::AlreadyExists(_)) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }
}
