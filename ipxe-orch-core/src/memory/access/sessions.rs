//! Sessions.

use super::Access;
use crate::{
    access::{EndSessions, Session, SessionTouch},
    auth::{AccessGrant, PersonId},
    digest::Digest,
    error::StoreError,
    ids::SessionId,
};

fn taken(what: &str) -> StoreError {
    StoreError::AlreadyExists(format!("there is a session with {what} already"))
}

impl Access {
    pub(super) fn put_session(
        &mut self,
        grant: &AccessGrant,
        session: &Session,
    ) -> Result<(), StoreError> {
        let (id, owner) = (session.id, &session.person.id);
        grant.check_person(owner)?;
        if self.sessions.contains_key(&id) {
            return Err(taken(&format!("the id {id}")));
        }
        self.check_secret(&session.secret)?;
        let own = || self.sessions.values().filter(|session| session.person.id == *owner);
        let is_full = u32::try_from(own().count()).is_ok_and(|count| count >= Session::MAX);
        let oldest = own().map(|session| (session.created_at, session.id)).min();
        if let Some((_, oldest)) = oldest.filter(|_| is_full) {
            self.sessions.remove(&oldest);
        }
        self.sessions.insert(id, session.clone());
        Ok(())
    }

    fn check_secret(&self, secret: &Digest) -> Result<(), StoreError> {
        let is_used = self.sessions.values().any(|session| session.secret == *secret);
        if is_used { Err(taken("this secret")) } else { Ok(()) }
    }

    pub(super) fn touch_session(
        &mut self,
        grant: &AccessGrant,
        id: SessionId,
        touch: &SessionTouch,
    ) -> Result<(), StoreError> {
        let session = self.sessions.get(&id).ok_or(StoreError::NotFound)?;
        grant.check_person(&session.person.id)?;
        let mut next = session.clone();
        next.touch(touch)?;
        if next.secret != session.secret {
            self.check_secret(&next.secret)?;
        }
        self.sessions.insert(id, next);
        Ok(())
    }

    pub(super) fn lookup_session(&self, grant: &AccessGrant, secret: &Digest) -> Option<Session> {
        let session = self.sessions.values().find(|session| session.secret == *secret);
        session.filter(|session| grant.covers(&session.person.id)).cloned()
    }

    pub(super) fn list_sessions(
        &self,
        grant: &AccessGrant,
        person: Option<&PersonId>,
    ) -> Vec<Session> {
        let wanted = |session: &&Session| {
            let owner = &session.person.id;
            grant.covers(owner) && person.is_none_or(|person| person == owner)
        };
        let mut sessions: Vec<_> = self.sessions.values().filter(wanted).cloned().collect();
        sessions.sort_by_key(|session| std::cmp::Reverse((session.created_at, session.id)));
        sessions.truncate(usize::try_from(Session::LIST_MAX).unwrap_or(usize::MAX));
        sessions
    }

    pub(super) fn end_sessions(
        &mut self,
        grant: &AccessGrant,
        which: &EndSessions,
    ) -> Result<u64, StoreError> {
        match which {
            EndSessions::One(id) => {
                let session = self.sessions.get(id).ok_or(StoreError::NotFound)?;
                grant.check_person(&session.person.id)?;
            }
            EndSessions::Of(person) => grant.check_person(person)?,
            EndSessions::ExpiredBefore(_) => {}
        }
        let before = self.sessions.len();
        self.sessions.retain(|id, session| {
            let meant = match which {
                EndSessions::One(one) => one == id,
                EndSessions::Of(person) => *person == session.person.id,
                EndSessions::ExpiredBefore(time) => session.expires_at < *time,
            };
            !meant || !grant.covers(&session.person.id)
        });
        Ok(u64::try_from(before.saturating_sub(self.sessions.len())).unwrap_or(u64::MAX))
    }
}
