//! The trait for sessions.

use super::StoreError;
use crate::{
    access::{EndSessions, Session, SessionTouch},
    audit::AuditEntry,
    auth::{AccessGrant, PersonId},
    digest::Digest,
    ids::SessionId,
};
use async_trait::async_trait;

/// Sessions. A store knows no time: sessions that have expired are there until they are ended, and
/// whoever looks one up asks [`Session::has_expired`].
#[async_trait]
pub trait SessionStore: Send + Sync {
    /// Stores a new session. If the person has [`Session::MAX`] already, the oldest of them ends:
    /// the first by [`Session::created_at`] and id.
    ///
    /// # Errors
    /// [`StoreError::AlreadyExists`] for an id or a secret that a session has.
    /// [`StoreError::NotFound`] if the grant does not cover the person. Nothing is stored then.
    async fn put_session(
        &self,
        grant: &AccessGrant,
        session: &Session,
        audit: &AuditEntry,
    ) -> Result<(), StoreError>;

    /// Notes what [`Session::touch`] says. It has no audit entry, and never brings back a session
    /// that was ended meanwhile.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] if the session is not there, or the grant does not cover its
    /// person. [`StoreError::AlreadyExists`] for a new secret that a session has. What
    /// [`Session::touch`] says. Nothing is changed then.
    async fn touch_session(
        &self,
        grant: &AccessGrant,
        id: SessionId,
        touch: &SessionTouch,
    ) -> Result<(), StoreError>;

    /// The session with this secret, if it is there and the grant covers its person.
    ///
    /// # Errors
    /// [`StoreError`]; not being there is no error.
    async fn lookup_session(
        &self,
        grant: &AccessGrant,
        secret: &Digest,
    ) -> Result<Option<Session>, StoreError>;

    /// The sessions of one person or of all, as far as the grant covers them: the newest first, by
    /// [`Session::created_at`] and id. At most [`Session::LIST_MAX`].
    ///
    /// # Errors
    /// [`StoreError`].
    async fn list_sessions(
        &self,
        grant: &AccessGrant,
        person: Option<&PersonId>,
    ) -> Result<Vec<Session>, StoreError>;

    /// Ends sessions, as far as the grant covers them, and says how many. What a person ends has an
    /// audit entry, even if it was none.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] for a single session that is not there, and for sessions of a
    /// person whom the grant does not cover. There is no entry then.
    async fn end_sessions(
        &self,
        grant: &AccessGrant,
        which: &EndSessions,
        audit: Option<&AuditEntry>,
    ) -> Result<u64, StoreError>;
}
