//! Sessions: who is signed in with a browser.

use crate::{
    auth::{Origin, Person, PersonId},
    digest::Digest,
    error::StoreError,
    ids::SessionId,
    time::Timestamp,
};
use serde::{Deserialize, Serialize};

/// A person who is signed in with a browser.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Session {
    /// Its id, which lists show. It opens nothing.
    pub id: SessionId,
    /// The SHA-256 of the random secret in the cookie; unique among the sessions of a store.
    pub secret: Digest,
    /// The person, with the groups that the login service told last.
    pub person: Person,
    /// The time when the person signed in.
    pub created_at: Timestamp,
    /// The time when a request showed the secret last. A server need not write each of them.
    pub seen_at: Timestamp,
    /// The time when the login service was asked last whether the person may still sign in.
    pub refreshed_at: Timestamp,
    /// The time when the person showed the password last.
    pub proved_at: Timestamp,
    /// It ends at this time, whatever is done with it.
    pub expires_at: Timestamp,
    /// The address from which the person signed in.
    pub origin: Origin,
    /// What the browser calls itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent: Option<String>,
}

impl Session {
    /// The largest number of sessions of one person. If there are more, the oldest one ends.
    pub const MAX: u32 = 100;
    /// The largest number of sessions in a list.
    pub const LIST_MAX: u32 = 10_000;
    /// The largest number of characters of [`Self::agent`].
    pub const AGENT_MAX: usize = 200;

    /// The session of a person who has just shown the password.
    pub const fn new(
        id: SessionId,
        secret: Digest,
        person: Person,
        now: Timestamp,
        expires_at: Timestamp,
        origin: Origin,
    ) -> Self {
        Self {
            id,
            secret,
            person,
            created_at: now,
            seen_at: now,
            refreshed_at: now,
            proved_at: now,
            expires_at,
            origin,
            agent: None,
        }
    }

    /// The same with what the browser calls itself, at most [`Self::AGENT_MAX`] characters of it.
    #[must_use]
    pub fn with_agent(mut self, agent: &str) -> Self {
        self.agent = Some(agent.chars().take(Self::AGENT_MAX).collect());
        self
    }

    /// Whether it has ended by itself.
    pub fn has_expired(&self, now: Timestamp) -> bool {
        self.expires_at <= now
    }

    /// What [`SessionTouch`] says. What is older than what is known is ignored, because several
    /// servers may tell of one session.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if the session has another secret than the one that is to be
    /// replaced. [`StoreError::Invalid`] for the refresh of another person. Nothing is changed
    /// then.
    pub fn touch(&mut self, touch: &SessionTouch) -> Result<(), StoreError> {
        touch.check(&self.person.id)?;
        if touch.rotation.is_some_and(|rotation| rotation.from != self.secret) {
            return Err(StoreError::Conflict);
        }
        if let Some(rotation) = touch.rotation {
            self.secret = rotation.to;
        }
        if let Some((at, person)) = &touch.refreshed
            && *at >= self.refreshed_at
        {
            (self.refreshed_at, self.person) = (*at, person.clone());
        }
        self.seen_at = touch.seen_at.map_or(self.seen_at, |at| at.max(self.seen_at));
        self.proved_at = touch.proved_at.map_or(self.proved_at, |at| at.max(self.proved_at));
        Ok(())
    }
}

/// What a server notes of a session that goes on. Start from `SessionTouch::default()`, which notes
/// nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct SessionTouch {
    /// The time when a request showed the secret.
    pub seen_at: Option<Timestamp>,
    /// When the login service was asked, and what it said of the person.
    pub refreshed: Option<(Timestamp, Person)>,
    /// The time when the person showed the password again.
    pub proved_at: Option<Timestamp>,
    /// The session gets another secret.
    pub rotation: Option<Rotation>,
}

impl SessionTouch {
    /// Whether it may be of a session of this person.
    ///
    /// # Errors
    /// [`StoreError::Invalid`] for the refresh of another person.
    pub fn check(&self, owner: &PersonId) -> Result<(), StoreError> {
        same_person(self.refreshed.as_ref(), owner)
    }
}

/// Another secret in the place of one that was shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rotation {
    /// The SHA-256 of the secret that was shown. Of two rotations at once, one finds another one.
    pub from: Digest,
    /// The SHA-256 of the new secret.
    pub to: Digest,
}

/// Which sessions are to end.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum EndSessions {
    /// This one.
    One(SessionId),
    /// All of a person.
    Of(PersonId),
    /// Those whose [`Session::expires_at`] is before this time.
    ExpiredBefore(Timestamp),
}

/// A refresh tells of the person whose session or token it is.
pub(super) fn same_person(
    refreshed: Option<&(Timestamp, Person)>,
    owner: &PersonId,
) -> Result<(), StoreError> {
    match refreshed {
        Some((_, person)) if person.id != *owner => Err(StoreError::Invalid(format!(
            "this is {owner}'s, and the refresh is of {}",
            person.id
        ))),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millis(millis)
    }

    fn session() -> Session {
        let person = Person::new("corp/7".parse().unwrap(), "ann");
        let (id, secret) = (SessionId::from_bytes([1; 16]), Digest::of("a"));
        Session::new(id, secret, person, at(10), at(20), Origin("192.0.2.1".to_owned()))
    }

    #[test]
    fn only_what_is_newer_is_noted() {
        let mut session = session();
        let named = |name: &str| Person::new("corp/7".parse().unwrap(), name);
        let touch = |millis, name| SessionTouch {
            seen_at: Some(at(millis)),
            refreshed: Some((at(millis), named(name))),
            proved_at: Some(at(millis)),
            rotation: None,
        };
        session.touch(&touch(12, "ann-new")).unwrap();
        session.touch(&touch(11, "ann-old")).unwrap();
        let times = [session.seen_at, session.refreshed_at, session.proved_at];
        assert_eq!((times, session.person.name.as_str()), ([at(12); 3], "ann-new"));
        let before = session.clone();
        session.touch(&SessionTouch::default()).unwrap();
        assert_eq!(session, before);
    }

    #[test]
    fn a_secret_is_replaced_once_and_by_its_own_person() {
        let mut session = session();
        let rotation = Some(Rotation { from: Digest::of("a"), to: Digest::of("b") });
        let touch = SessionTouch { rotation, ..SessionTouch::default() };
        session.touch(&touch).unwrap();
        assert_eq!(session.secret, Digest::of("b"));
        assert!(matches!(session.touch(&touch), Err(StoreError::Conflict)));
        let other = Person::new("corp/8".parse().unwrap(), "bob");
        let refreshed = Some((at(12), other));
        let touch = SessionTouch { refreshed, ..SessionTouch::default() };
        assert!(matches!(session.touch(&touch), Err(StoreError::Invalid(_))));
    }

    #[test]
    fn it_ends_at_its_time_and_its_agent_is_short() {
        assert!(!session().has_expired(at(19)) && session().has_expired(at(20)));
        let agent = session().with_agent(&"ä".repeat(300)).agent.unwrap();
        assert_eq!(agent.chars().count(), Session::AGENT_MAX);
    }
}
