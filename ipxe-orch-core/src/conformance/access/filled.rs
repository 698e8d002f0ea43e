//! Something of everything, and all that a store shows.

use super::{AccessBench, must};
use crate::{
    access::{Account, Session, Token},
    auth::Binding,
    stores::StoreError,
};

/// All that a store shows of access, and the actions of its audit.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct View {
    pub(super) accounts: Vec<Account>,
    pub(super) bindings: Vec<Binding>,
    pub(super) sessions: Vec<Session>,
    pub(super) tokens: Vec<Token>,
    pub(super) actions: Vec<String>,
}

impl View {
    pub(super) async fn of(bench: &AccessBench) -> Self {
        let (store, grant) = (&bench.store, bench.grant().await);
        Self {
            accounts: must(store.list_accounts(&grant).await),
            bindings: must(store.list_bindings(&grant).await),
            sessions: must(store.list_sessions(&grant, None).await),
            tokens: must(store.list_tokens(&grant, None).await),
            actions: bench.actions().await,
        }
    }
}

impl AccessBench {
    /// Two accounts, bindings, sessions and tokens, each of another person.
    pub async fn fill(&self) {
        for (number, name) in [(1, "ann"), (2, "bob")] {
            must(self.put_account(&self.account(name)).await);
            must(self.put_binding(&self.binding()).await);
            must(self.put_session(&self.session(&self.person(number))).await);
            must(self.put_token(&self.token(&self.person(number))).await);
        }
    }

    pub(super) async fn put_account(&self, account: &Account) -> Result<(), StoreError> {
        let entry = self.entry("account.put");
        self.store.put_account(&self.grant().await, account, &entry).await
    }

    pub(super) async fn put_binding(&self, binding: &Binding) -> Result<(), StoreError> {
        let entry = self.entry("binding.put");
        self.store.put_binding(&self.grant().await, binding, &entry).await
    }

    pub(super) async fn put_session(&self, session: &Session) -> Result<(), StoreError> {
        let entry = self.entry("session.put");
        self.store.put_session(&self.service(), session, &entry).await
    }

    pub(super) async fn put_token(&self, token: &Token) -> Result<(), StoreError> {
        let entry = self.entry("token.put");
        self.store.put_token(&self.own(&token.owner), token, &entry).await
    }
}
