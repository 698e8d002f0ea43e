//! The traits of accounts, bindings, sessions and tokens.

use super::super::store::MemoryStore;
use crate::{
    access::{
        Account, AccountKey, EndSessions, RemoveTokens, Session, SessionTouch, Token, TokenTouch,
    },
    audit::AuditEntry,
    auth::{AccessGrant, Binding, PersonId},
    digest::Digest,
    ids::{BindingId, SessionId, TokenId},
    stores::{AccountStore, BindingStore, SessionStore, StoreError, TokenStore},
};
use async_trait::async_trait;

#[async_trait]
impl AccountStore for MemoryStore {
    async fn put_account(
        &self,
        grant: &AccessGrant,
        account: &Account,
        audit: &AuditEntry,
    ) -> Result<(), StoreError> {
        grant.check_all()?;
        self.transaction(|state| {
            state.access.put_account(account)?;
            state.audit.append(audit)
        })
    }

    async fn lookup_account(
        &self,
        grant: &AccessGrant,
        key: &AccountKey,
    ) -> Result<Option<Account>, StoreError> {
        Ok(self.state().access.lookup_account(grant, key))
    }

    async fn list_accounts(&self, grant: &AccessGrant) -> Result<Vec<Account>, StoreError> {
        Ok(self.state().access.list_accounts(grant))
    }
}

#[async_trait]
impl BindingStore for MemoryStore {
    async fn put_binding(
        &self,
        grant: &AccessGrant,
        binding: &Binding,
        audit: &AuditEntry,
    ) -> Result<(), StoreError> {
        grant.check_all()?;
        self.transaction(|state| {
            state.access.put_binding(binding)?;
            state.audit.append(audit)
        })
    }

    async fn remove_binding(
        &self,
        grant: &AccessGrant,
        id: BindingId,
        audit: &AuditEntry,
    ) -> Result<(), StoreError> {
        grant.check_all()?;
        self.transaction(|state| {
            state.access.remove_binding(id)?;
            state.audit.append(audit)
        })
    }

    async fn list_bindings(&self, grant: &AccessGrant) -> Result<Vec<Binding>, StoreError> {
        Ok(self.state().access.list_bindings(grant))
    }
}

#[async_trait]
impl SessionStore for MemoryStore {
    async fn put_session(
        &self,
        grant: &AccessGrant,
        session: &Session,
        audit: &AuditEntry,
    ) -> Result<(), StoreError> {
        self.transaction(|state| {
            state.access.put_session(grant, session)?;
            state.audit.append(audit)
        })
    }

    async fn touch_session(
        &self,
        grant: &AccessGrant,
        id: SessionId,
        touch: &SessionTouch,
    ) -> Result<(), StoreError> {
        self.transaction(|state| state.access.touch_session(grant, id, touch))
    }

    async fn lookup_session(
        &self,
        grant: &AccessGrant,
        secret: &Digest,
    ) -> Result<Option<Session>, StoreError> {
        Ok(self.state().access.lookup_session(grant, secret))
    }

    async fn list_sessions(
        &self,
        grant: &AccessGrant,
        person: Option<&PersonId>,
    ) -> Result<Vec<Session>, StoreError> {
        Ok(self.state().access.list_sessions(grant, person))
    }

    async fn end_sessions(
        &self,
        grant: &AccessGrant,
        which: &EndSessions,
        audit: Option<&AuditEntry>,
    ) -> Result<u64, StoreError> {
        self.transaction(|state| {
            let ended = state.access.end_sessions(grant, which)?;
            audit.map_or(Ok(()), |entry| state.audit.append(entry))?;
            Ok(ended)
        })
    }
}

#[async_trait]
impl TokenStore for MemoryStore {
    async fn put_token(
        &self,
        grant: &AccessGrant,
        token: &Token,
        audit: &AuditEntry,
    ) -> Result<(), StoreError> {
        self.transaction(|state| {
            state.access.put_token(grant, token)?;
            state.audit.append(audit)
        })
    }

    async fn touch_token(
        &self,
        grant: &AccessGrant,
        id: TokenId,
        touch: &TokenTouch,
    ) -> Result<(), StoreError> {
        self.transaction(|state| state.access.touch_token(grant, id, touch))
    }

    async fn lookup_token(
        &self,
        grant: &AccessGrant,
        id: TokenId,
    ) -> Result<Option<Token>, StoreError> {
        Ok(self.state().access.lookup_token(grant, id))
    }

    async fn list_tokens(
        &self,
        grant: &AccessGrant,
        owner: Option<&PersonId>,
    ) -> Result<Vec<Token>, StoreError> {
        Ok(self.state().access.list_tokens(grant, owner))
    }

    async fn remove_tokens(
        &self,
        grant: &AccessGrant,
        which: &RemoveTokens,
        audit: Option<&AuditEntry>,
    ) -> Result<u64, StoreError> {
        self.transaction(|state| {
            let removed = state.access.remove_tokens(grant, which)?;
            audit.map_or(Ok(()), |entry| state.audit.append(entry))?;
            Ok(removed)
        })
    }
}
