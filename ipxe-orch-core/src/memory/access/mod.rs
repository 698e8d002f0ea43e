//! Accounts, bindings, sessions and tokens.

mod sessions;
mod store;
mod tokens;

use crate::{
    access::{Account, AccountKey, Session, Token},
    auth::{AccessGrant, Binding, PersonId},
    error::StoreError,
    ids::{BindingId, SessionId, TokenId},
    names::AccountName,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Snapshots of older versions have none of it.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Access {
    accounts: BTreeMap<PersonId, Account>,
    bindings: BTreeMap<BindingId, Binding>,
    sessions: BTreeMap<SessionId, Session>,
    tokens: BTreeMap<TokenId, Token>,
}

impl Access {
    pub(super) const fn empty() -> Self {
        Self {
            accounts: BTreeMap::new(),
            bindings: BTreeMap::new(),
            sessions: BTreeMap::new(),
            tokens: BTreeMap::new(),
        }
    }

    fn put_account(&mut self, account: &Account) -> Result<(), StoreError> {
        let before = self.accounts.get(&account.id);
        if account.generation == 0 && before.is_some() {
            return Err(StoreError::AlreadyExists(format!(
                "there is an account with the id {} already",
                account.id
            )));
        }
        if before.map_or(0, |before| before.generation) != account.generation {
            return Err(StoreError::Conflict);
        }
        let same = |other: &&Account| other.name == account.name && other.id != account.id;
        if let Some(other) = self.accounts.values().find(same) {
            return Err(StoreError::AlreadyExists(format!(
                "the name {} belongs to the account {} already",
                account.name, other.id
            )));
        }
        let generation = account.generation.saturating_add(1);
        self.accounts.insert(account.id.clone(), Account { generation, ..account.clone() });
        Ok(())
    }

    fn lookup_account(&self, grant: &AccessGrant, key: &AccountKey) -> Option<Account> {
        let by_name =
            |name: &AccountName| self.accounts.values().find(|account| account.name == *name);
        let account = match key {
            AccountKey::Id(id) => self.accounts.get(id),
            AccountKey::Name(name) => by_name(name),
        };
        account.filter(|account| grant.covers(&account.id)).cloned()
    }

    fn list_accounts(&self, grant: &AccessGrant) -> Vec<Account> {
        let covered = self.accounts.values().filter(|account| grant.covers(&account.id));
        let mut accounts: Vec<_> = covered.cloned().collect();
        accounts.sort_by(|a, b| a.name.cmp(&b.name));
        accounts
    }

    fn put_binding(&mut self, binding: &Binding) -> Result<(), StoreError> {
        let id = binding.id;
        if self.bindings.insert(id, binding.clone()).is_some() {
            let text = format!("there is a binding with the id {id} already");
            return Err(StoreError::AlreadyExists(text));
        }
        Ok(())
    }

    fn remove_binding(&mut self, id: BindingId) -> Result<(), StoreError> {
        self.bindings.remove(&id).map(drop).ok_or(StoreError::NotFound)
    }

    fn list_bindings(&self, grant: &AccessGrant) -> Vec<Binding> {
        let shown = grant.check_all().is_ok();
        self.bindings.values().filter(|_| shown).cloned().collect()
    }
}
