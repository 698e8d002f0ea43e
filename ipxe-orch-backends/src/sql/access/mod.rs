//! Accounts, bindings, sessions and tokens: the jobs of the writer, and the statements.

mod accounts;
mod bindings;
mod places;
mod sessions;
mod store;
mod tokens;

#[cfg(test)]
pub(super) use self::{
    accounts::lookup_query as account_query,
    sessions::{list_query as sessions_query, lookup_query as session_query},
    tokens::{list_query as tokens_query, lookup_query as token_query},
};

use super::{audit::Entry, error::Done, work::Work};
use ipxe_orch_core::{
    access::{Account, EndSessions, RemoveTokens, Session, SessionTouch, Token, TokenTouch},
    auth::{AccessGrant, Binding},
    ids::{BindingId, SessionId, TokenId},
};
use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

/// How many rows a job has deleted. A job that is tried again counts anew.
#[derive(Clone, Debug, Default)]
pub(super) struct Deleted(Arc<AtomicU64>);

impl Deleted {
    fn set(&self, rows: u64) {
        self.0.store(rows, Ordering::SeqCst);
    }

    fn get(&self) -> u64 {
        self.0.load(Ordering::SeqCst)
    }
}

/// One thing to write about who can sign in. What needs a grant over everybody was checked before.
#[derive(Debug)]
pub(super) enum AccessJob {
    PutAccount(Account, Entry),
    PutBinding(Binding, Entry),
    RemoveBinding(BindingId, Entry),
    PutSession(Session, Entry),
    TouchSession(AccessGrant, SessionId, SessionTouch),
    EndSessions(AccessGrant, EndSessions, Option<Entry>, Deleted),
    PutToken(Token, Entry),
    TouchToken(AccessGrant, TokenId, TokenTouch),
    RemoveTokens(AccessGrant, RemoveTokens, Option<Entry>, Deleted),
}

impl AccessJob {
    /// Writes, and then the entry: what is refused has written nothing.
    pub(super) async fn run(&self, work: &mut Work<'_>) -> Done<()> {
        let session = &mut work.session;
        match self {
            Self::PutAccount(account, _) => accounts::put(session, account).await?,
            Self::PutBinding(binding, _) => bindings::put(session, binding).await?,
            Self::RemoveBinding(id, _) => bindings::remove(session, *id).await?,
            Self::PutSession(new, _) => sessions::put(session, new).await?,
            Self::TouchSession(grant, id, touch) => {
                sessions::touch(session, grant, *id, touch).await?;
            }
            Self::EndSessions(grant, which, _, deleted) => {
                deleted.set(sessions::end(session, grant, which).await?);
            }
            Self::PutToken(token, _) => tokens::put(session, token).await?,
            Self::TouchToken(grant, id, touch) => tokens::touch(session, grant, *id, touch).await?,
            Self::RemoveTokens(grant, which, _, deleted) => {
                deleted.set(tokens::remove(session, grant, which).await?);
            }
        }
        match self.entry() {
            Some(entry) => work.append(entry).await,
            None => Ok(()),
        }
    }

    const fn entry(&self) -> Option<&Entry> {
        match self {
            Self::PutAccount(_, entry)
            | Self::PutBinding(_, entry)
            | Self::RemoveBinding(_, entry)
            | Self::PutSession(_, entry)
            | Self::PutToken(_, entry) => Some(entry),
            Self::EndSessions(_, _, entry, _) | Self::RemoveTokens(_, _, entry, _) => {
                entry.as_ref()
            }
            Self::TouchSession(..) | Self::TouchToken(..) => None,
        }
    }

    /// Whether a person would miss it in the database that this one was moved to. People may sign
    /// in to see that it was moved.
    pub(super) const fn is_lost(&self) -> bool {
        self.entry().is_some() && !matches!(self, Self::PutSession(..))
    }

    /// Whether nobody may be told of it before it is remembered outside of the database: a right
    /// that was taken away must not come back with an older copy unseen.
    pub(super) const fn is_binding(&self) -> bool {
        self.is_lost()
    }
}
