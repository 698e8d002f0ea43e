//! API tokens: programs that act for a person.

use super::session::same_person;
use crate::{
    auth::{Limit, Person, PersonId},
    digest::Digest,
    error::StoreError,
    ids::{KeyId, TokenId},
    time::Timestamp,
};
use serde::{Deserialize, Serialize};

/// The right of a program to act for a person, as far as its [`Limit`] goes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Token {
    /// Its id, which is a part of the text that the program shows.
    pub id: TokenId,
    /// What the person calls it. It is only shown.
    pub name: String,
    /// The person, with the groups that the login service told last.
    pub owner: Person,
    /// The HMAC of the secret under the key [`Self::key`]. Whoever reads the database cannot try
    /// secrets without that key.
    pub verifier: Digest,
    /// The key of the verifier.
    pub key: KeyId,
    /// What the token may at most. It never gets more than its owner.
    pub limit: Limit,
    /// The time when it was made.
    pub created_at: Timestamp,
    /// It ends at this time.
    pub expires_at: Timestamp,
    /// The time when it was used last. A server need not write each use.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub used_at: Option<Timestamp>,
    /// The time when the login service was asked last whether the owner may still sign in.
    pub refreshed_at: Timestamp,
}

impl Token {
    /// The largest number of tokens of one person, those that have expired included. A further one
    /// is refused.
    pub const MAX: u32 = 100;
    /// The largest number of tokens in a list.
    pub const LIST_MAX: u32 = 10_000;
    /// The largest number of characters of [`Self::name`].
    pub const NAME_MAX: usize = 100;

    /// A token that may do all that its owner may, made at `now`.
    pub fn new(
        id: TokenId,
        name: impl Into<String>,
        owner: Person,
        (key, verifier): (KeyId, Digest),
        now: Timestamp,
        expires_at: Timestamp,
    ) -> Self {
        Self {
            id,
            name: name.into(),
            owner,
            verifier,
            key,
            limit: Limit::default(),
            created_at: now,
            expires_at,
            used_at: None,
            refreshed_at: now,
        }
    }

    /// Whether it has ended.
    pub fn has_expired(&self, now: Timestamp) -> bool {
        self.expires_at <= now
    }

    /// Whether it can be stored. Stores ask this before they store it.
    ///
    /// # Errors
    /// [`StoreError::Invalid`] unless the name has 1 to [`Self::NAME_MAX`] characters that print.
    pub fn check(&self) -> Result<(), StoreError> {
        let long = self.name.chars().count() > Self::NAME_MAX;
        if self.name.trim().is_empty() || long || self.name.chars().any(char::is_control) {
            return Err(StoreError::Invalid(format!(
                "`{}` is not a name of a token: 1 to {} characters that print",
                crate::text::shown(&self.name),
                Self::NAME_MAX
            )));
        }
        Ok(())
    }

    /// The error of a person who has [`Self::MAX`] tokens already.
    pub fn too_many(owner: &PersonId) -> StoreError {
        StoreError::Invalid(format!("{owner} has {} tokens already: remove one first", Self::MAX))
    }

    /// What [`TokenTouch`] says. What is older than what is known is ignored, because several
    /// servers may tell of one token.
    ///
    /// # Errors
    /// [`StoreError::Invalid`] for the refresh of another person. Nothing is changed then.
    pub fn touch(&mut self, touch: &TokenTouch) -> Result<(), StoreError> {
        touch.check(&self.owner.id)?;
        if let Some((at, person)) = &touch.refreshed
            && *at >= self.refreshed_at
        {
            (self.refreshed_at, self.owner) = (*at, person.clone());
        }
        self.used_at = self.used_at.max(touch.used_at);
        Ok(())
    }
}

/// What a server notes of a token. Start from `TokenTouch::default()`, which notes nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct TokenTouch {
    /// The time when it was used.
    pub used_at: Option<Timestamp>,
    /// When the login service was asked, and what it said of the owner.
    pub refreshed: Option<(Timestamp, Person)>,
}

impl TokenTouch {
    /// Whether it may be of a token of this person.
    ///
    /// # Errors
    /// [`StoreError::Invalid`] for the refresh of another person.
    pub fn check(&self, owner: &PersonId) -> Result<(), StoreError> {
        same_person(self.refreshed.as_ref(), owner)
    }
}

/// Which tokens are to be removed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RemoveTokens {
    /// This one.
    One(TokenId),
    /// All of a person.
    Of(PersonId),
    /// Those whose [`Token::expires_at`] is before this time.
    ExpiredBefore(Timestamp),
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millis(millis)
    }

    fn token(name: &str) -> Token {
        let (id, key) = (TokenId::from_bytes([1; 16]), KeyId::from_bytes([1; 4]));
        let owner = Person::new("corp/7".parse().unwrap(), "ann");
        Token::new(id, name, owner, (key, Digest::of("a")), at(10), at(20))
    }

    #[test]
    fn a_name_is_short_and_prints() {
        assert!(token("CI of the cluster äöü").check().is_ok());
        for name in ["", "  ", "a\nb", &"x".repeat(Token::NAME_MAX + 1)] {
            assert!(token(name).check().is_err(), "{name:?}");
        }
    }

    #[test]
    fn only_what_is_newer_is_noted() {
        let mut token = token("a");
        let named = |name: &str| Person::new("corp/7".parse().unwrap(), name);
        let touch = |millis, name| TokenTouch {
            used_at: Some(at(millis)),
            refreshed: Some((at(millis), named(name))),
        };
        token.touch(&touch(12, "ann-new")).unwrap();
        token.touch(&touch(11, "ann-old")).unwrap();
        token.touch(&TokenTouch::default()).unwrap();
        assert_eq!((token.used_at, token.refreshed_at), (Some(at(12)), at(12)));
        assert_eq!(token.owner.name, "ann-new");
        let other = Person::new("corp/8".parse().unwrap(), "bob");
        let touch = TokenTouch { used_at: None, refreshed: Some((at(13), other)) };
        assert!(matches!(token.touch(&touch), Err(StoreError::Invalid(_))));
    }
}
