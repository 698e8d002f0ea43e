//! All that a store shows.

use super::{AccessBench, must};
use crate::{
    access::{Account, Session, Token},
    auth::Binding,
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
