//! The traits of accounts, bindings, sessions and tokens over any database.

use super::{
    super::{audit::Entry, store::SqlStore, writer::Job},
    AccessJob, Deleted, accounts, bindings, sessions, tokens,
};
use async_trait::async_trait;
use ipxe_orch_core::{
    access::{
        Account, AccountKey, EndSessions, RemoveTokens, Session, SessionTouch, Token, TokenTouch,
    },
    audit::AuditEntry,
    auth::{AccessGrant, Binding, PersonId},
    digest::Digest,
    ids::{BindingId, SessionId, TokenId},
    stores::{AccountStore, BindingStore, SessionStore, StoreError, TokenStore},
};

impl<K> SqlStore<K> {
    async fn write_access(&self, job: AccessJob) -> Result<(), StoreError> {
        self.writer.write(Job::Access(Box::new(job))).await
    }
}

#[async_trait]
impl<K: Send + Sync> AccountStore for SqlStore<K> {
    async fn put_account(
        &self,
        grant: &AccessGrant,
        account: &Account,
        audit: &AuditEntry,
    ) -> Result<(), StoreError> {
        grant.check_all()?;
        self.write_access(AccessJob::PutAccount(account.clone(), Entry::new(audit)?)).await
    }

    async fn lookup_account(
        &self,
        grant: &AccessGrant,
        key: &AccountKey,
    ) -> Result<Option<Account>, StoreError> {
        let mut session = self.read().await?;
        self.result(accounts::lookup(&mut *session, grant, key).await)
    }

    async fn list_accounts(&self, grant: &AccessGrant) -> Result<Vec<Account>, StoreError> {
        let mut session = self.read().await?;
        self.result(accounts::list(&mut *session, grant).await)
    }
}

#[async_trait]
impl<K: Send + Sync> BindingStore for SqlStore<K> {
    async fn put_binding(
        &self,
        grant: &AccessGrant,
        binding: &Binding,
        audit: &AuditEntry,
    ) -> Result<(), StoreError> {
        grant.check_all()?;
        self.write_access(AccessJob::PutBinding(binding.clone(), Entry::new(audit)?)).await
    }

    async fn remove_binding(
        &self,
        grant: &AccessGrant,
        id: BindingId,
        audit: &AuditEntry,
    ) -> Result<(), StoreError> {
        grant.check_all()?;
        self.write_access(AccessJob::RemoveBinding(id, Entry::new(audit)?)).await
    }

    async fn list_bindings(&self, grant: &AccessGrant) -> Result<Vec<Binding>, StoreError> {
        if grant.check_all().is_err() {
            return Ok(Vec::new());
        }
        let mut session = self.read().await?;
        self.result(bindings::list(&mut *session).await)
    }
}

#[async_trait]
impl<K: Send + Sync> SessionStore for SqlStore<K> {
    async fn put_session(
        &self,
        grant: &AccessGrant,
        session: &Session,
        audit: &AuditEntry,
    ) -> Result<(), StoreError> {
        grant.check_person(&session.person.id)?;
        self.write_access(AccessJob::PutSession(session.clone(), Entry::new(audit)?)).await
    }

    async fn touch_session(
        &self,
        grant: &AccessGrant,
        id: SessionId,
        touch: &SessionTouch,
    ) -> Result<(), StoreError> {
        self.write_access(AccessJob::TouchSession(grant.clone(), id, touch.clone())).await
    }

    async fn lookup_session(
        &self,
        grant: &AccessGrant,
        secret: &Digest,
    ) -> Result<Option<Session>, StoreError> {
        let mut session = self.read().await?;
        self.result(sessions::lookup(&mut *session, grant, secret).await)
    }

    async fn list_sessions(
        &self,
        grant: &AccessGrant,
        person: Option<&PersonId>,
    ) -> Result<Vec<Session>, StoreError> {
        if person.is_some_and(|person| !grant.covers(person)) {
            return Ok(Vec::new());
        }
        let mut session = self.read().await?;
        self.result(sessions::list(&mut *session, person.or(grant.person())).await)
    }

    async fn end_sessions(
        &self,
        grant: &AccessGrant,
        which: &EndSessions,
        audit: Option<&AuditEntry>,
    ) -> Result<u64, StoreError> {
        let (entry, deleted) = (audit.map(Entry::new).transpose()?, Deleted::default());
        let (grant, which) = (grant.clone(), which.clone());
        self.write_access(AccessJob::EndSessions(grant, which, entry, deleted.clone())).await?;
        Ok(deleted.get())
    }
}

#[async_trait]
impl<K: Send + Sync> TokenStore for SqlStore<K> {
    async fn put_token(
        &self,
        grant: &AccessGrant,
        token: &Token,
        audit: &AuditEntry,
    ) -> Result<(), StoreError> {
        grant.check_person(&token.owner.id)?;
        token.check()?;
        self.write_access(AccessJob::PutToken(token.clone(), Entry::new(audit)?)).await
    }

    async fn touch_token(
        &self,
        grant: &AccessGrant,
        id: TokenId,
        touch: &TokenTouch,
    ) -> Result<(), StoreError> {
        self.write_access(AccessJob::TouchToken(grant.clone(), id, touch.clone())).await
    }

    async fn lookup_token(
        &self,
        grant: &AccessGrant,
        id: TokenId,
    ) -> Result<Option<Token>, StoreError> {
        let mut session = self.read().await?;
        self.result(tokens::lookup(&mut *session, grant, id).await)
    }

    async fn list_tokens(
        &self,
        grant: &AccessGrant,
        owner: Option<&PersonId>,
    ) -> Result<Vec<Token>, StoreError> {
        if owner.is_some_and(|owner| !grant.covers(owner)) {
            return Ok(Vec::new());
        }
        let mut session = self.read().await?;
        self.result(tokens::list(&mut *session, owner.or(grant.person())).await)
    }

    async fn remove_tokens(
        &self,
        grant: &AccessGrant,
        which: &RemoveTokens,
        audit: Option<&AuditEntry>,
    ) -> Result<u64, StoreError> {
        let (entry, deleted) = (audit.map(Entry::new).transpose()?, Deleted::default());
        let (grant, which) = (grant.clone(), which.clone());
        self.write_access(AccessJob::RemoveTokens(grant, which, entry, deleted.clone())).await?;
        Ok(deleted.get())
    }
}
