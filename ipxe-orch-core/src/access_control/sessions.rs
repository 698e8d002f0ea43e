//! Sessions: who shows one, and ending them.

use super::{AccessControl, AccessError};
use crate::{
    access::{EndSessions, RemoveTokens, Rotation, Session, SessionSecret, SessionTouch},
    auth::{AccessGrant, Actor, Origin, Password, Person, PersonId, SignInError, Subject},
    ids::SessionId,
    stores::StoreError,
    time::Timestamp,
};
use std::time::Duration;

/// How often it is written that a session or token was used.
pub(super) const NOTE: Duration = Duration::from_mins(1);

/// A person with a session.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct SignedIn {
    /// The secret for the browser, if it is a new one.
    pub secret: Option<SessionSecret>,
    /// The session.
    pub session: Session,
}

impl SignedIn {
    /// Who acts, with the groups.
    pub fn subject(&self) -> Subject {
        Subject::from(&self.session.person)
    }

    fn grant(&self) -> AccessGrant {
        AccessGrant::own(&self.session.person.id, self.subject().actor)
    }
}

impl AccessControl {
    /// Whose session it is. The login service is asked from time to time whether the person may
    /// still sign in; if not, all sessions of that person end.
    ///
    /// # Errors
    /// [`AccessError::NotSignedIn`] if there is no such session any more, and
    /// [`AccessError::Unavailable`] if the login service could not be asked for too long.
    pub async fn session(&self, secret: &SessionSecret) -> Result<SignedIn, AccessError> {
        let found =
            self.parts.store.lookup_session(&AccessGrant::service(), &secret.digest()).await?;
        let session = found.ok_or(AccessError::NotSignedIn)?;
        let now = self.now();
        let idle = session.seen_at.plus(self.limits.idle.saturating_add(NOTE)) <= now;
        if session.has_expired(now) || idle {
            let which = EndSessions::One(session.id);
            self.parts.store.end_sessions(&AccessGrant::service(), &which, None).await.ok();
            return Err(AccessError::NotSignedIn);
        }
        let mut touch = SessionTouch::default();
        if session.seen_at.plus(NOTE) <= now {
            touch.seen_at = Some(now);
        }
        if session.refreshed_at.plus(self.limits.refresh) <= now {
            touch.refreshed = self.refreshed(&session.person, session.refreshed_at).await?;
        }
        self.noted(session, &touch).await
    }

    /// Asks the login service now, whenever it was asked last: for what must not rest on old
    /// groups.
    ///
    /// # Errors
    /// As [`Self::session`]; [`AccessError::ProofNeeded`] if the password was shown too long ago.
    pub async fn proved(&self, signed_in: SignedIn) -> Result<SignedIn, AccessError> {
        let SignedIn { session, secret } = signed_in;
        let now = self.now();
        if session.proved_at.plus(self.limits.proof) <= now || now < session.proved_at {
            return Err(AccessError::ProofNeeded);
        }
        let person = self.ask(&session.person.id).await?;
        let refreshed = Some((now, person));
        let touch = SessionTouch { refreshed, ..SessionTouch::default() };
        let SignedIn { session, .. } = self.noted(session, &touch).await?;
        Ok(SignedIn { secret, session })
    }

    /// Takes the password again, and gives the session another secret.
    ///
    /// # Errors
    /// As [`Self::sign_in`]; [`AccessError::Refused`] also if it is the password of somebody else.
    pub async fn prove(
        &self,
        signed_in: &SignedIn,
        password: &Password,
        origin: &Origin,
    ) -> Result<SignedIn, AccessError> {
        let session = &signed_in.session;
        let realm = self.realm_of(&session.person.id)?;
        let person = self.check_password(realm, &session.person.name, password, origin).await?;
        if person.id != session.person.id {
            return Err(AccessError::Refused(crate::auth::Refusal::Credentials));
        }
        let secret = SessionSecret::generate(self.parts.random.as_ref());
        let touch = SessionTouch {
            seen_at: None,
            refreshed: Some((self.now(), person)),
            proved_at: Some(self.now()),
            rotation: Some(Rotation { from: session.secret, to: secret.digest() }),
        };
        let SignedIn { session, .. } = self.noted(session.clone(), &touch).await?;
        Ok(SignedIn { secret: Some(secret), session })
    }

    /// Ends the session.
    ///
    /// # Errors
    /// [`AccessError::Store`].
    pub async fn sign_out(&self, signed_in: &SignedIn, origin: &Origin) -> Result<(), AccessError> {
        self.end_own_session(signed_in, signed_in.session.id, origin).await
    }

    /// Ends another session of the same person.
    ///
    /// # Errors
    /// [`AccessError::Store`] with [`StoreError::NotFound`] if the person has no such session.
    pub async fn end_own_session(
        &self,
        signed_in: &SignedIn,
        id: SessionId,
        origin: &Origin,
    ) -> Result<(), AccessError> {
        let entry = self.entry(&signed_in.subject().actor, origin, "session.end");
        let (grant, which) = (signed_in.grant(), EndSessions::One(id));
        self.parts.store.end_sessions(&grant, &which, Some(&entry)).await?;
        Ok(())
    }

    /// The sessions of the same person, the newest first.
    ///
    /// # Errors
    /// [`AccessError::Store`].
    pub async fn own_sessions(&self, signed_in: &SignedIn) -> Result<Vec<Session>, AccessError> {
        let person = &signed_in.session.person.id;
        let all = self.parts.store.list_sessions(&signed_in.grant(), Some(person)).await?;
        let now = self.now();
        let lives = |session: &Session| {
            !session.has_expired(now) && session.seen_at.plus(self.limits.idle) > now
        };
        Ok(all.into_iter().filter(lives).collect())
    }

    /// Ends all sessions of a person, who has changed the password.
    pub(super) async fn end_sessions_of(
        &self,
        person: &PersonId,
        actor: &Actor,
        origin: &Origin,
    ) -> Result<(), AccessError> {
        let entry = self.entry(actor, origin, "session.end");
        let which = EndSessions::Of(person.clone());
        self.parts.store.end_sessions(&AccessGrant::service(), &which, Some(&entry)).await?;
        Ok(())
    }

    /// Removes sessions that have ended by themselves, and tokens that ended 30 days ago: until then
    /// their owners see that they have.
    ///
    /// # Errors
    /// [`AccessError::Store`].
    pub async fn forget_ended(&self) -> Result<(), AccessError> {
        let (grant, now, store) = (AccessGrant::service(), self.now(), &self.parts.store);
        store.end_sessions(&grant, &EndSessions::ExpiredBefore(now), None).await?;
        let before = now.minus(Duration::from_hours(30 * 24));
        store.remove_tokens(&grant, &RemoveTokens::ExpiredBefore(before), None).await?;
        Ok(())
    }

    async fn noted(
        &self,
        mut session: Session,
        touch: &SessionTouch,
    ) -> Result<SignedIn, AccessError> {
        if *touch != SessionTouch::default() {
            let grant = AccessGrant::service();
            match self.parts.store.touch_session(&grant, session.id, touch).await {
                Ok(()) => session.touch(touch)?,
                // It was ended meanwhile, or another request has made its secret anew.
                Err(StoreError::NotFound | StoreError::Conflict) => {
                    return Err(AccessError::NotSignedIn);
                }
                Err(error) => return Err(error.into()),
            }
        }
        Ok(SignedIn { secret: None, session })
    }

    /// What a login service says of a person now. If it cannot be reached, its answer of `last`
    /// counts for some time, and there is `None`.
    pub(super) async fn refreshed(
        &self,
        person: &Person,
        last: Timestamp,
    ) -> Result<Option<(Timestamp, Person)>, AccessError> {
        match self.ask(&person.id).await {
            Ok(person) => Ok(Some((self.now(), person))),
            Err(AccessError::Unavailable { .. }) if last.plus(self.limits.stale) > self.now() => {
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    /// Asks the login service. Whoever may not sign in any more loses all sessions and tokens.
    pub(super) async fn ask(&self, person: &PersonId) -> Result<Person, AccessError> {
        match self.realm_of(person)?.refresh(person).await {
            Ok(person) => Ok(person),
            Err(SignInError::Refused(refusal)) => {
                if refusal.is_final() {
                    self.shut_out(person, &refusal.to_string()).await?;
                }
                Err(AccessError::NotSignedIn)
            }
            Err(unavailable) => Err(unavailable.into()),
        }
    }
}
