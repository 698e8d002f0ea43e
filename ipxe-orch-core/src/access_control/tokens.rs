//! API tokens.

use super::{AccessControl, AccessError, SignedIn, sessions::NOTE};
use crate::{
    access::{EndSessions, RemoveTokens, Token, TokenSecret, TokenTouch},
    auth::{AccessGrant, Actor, Limit, Origin, PersonId, Subject},
    ids::TokenId,
    keys::Purpose,
    stores::StoreError,
};
use std::time::Duration;

/// What a person says about a new token.
#[derive(Clone, Debug)]
pub struct NewToken {
    /// What the person calls it.
    pub name: String,
    /// What it may at most.
    pub limit: Limit,
    /// How long it is valid.
    pub lifetime: Duration,
}

impl AccessControl {
    /// Makes a token for the person. Its text is shown once: the store does not have it.
    ///
    /// # Errors
    /// [`AccessError::Invalid`] for a lifetime of 0, or one beyond
    /// [`AccessLimits::token`](super::AccessLimits::token); what
    /// [`TokenStore::put_token`](crate::stores::TokenStore::put_token) says.
    pub async fn create_token(
        &self,
        signed_in: &SignedIn,
        new: NewToken,
        origin: &Origin,
    ) -> Result<(TokenSecret, Token), AccessError> {
        if new.lifetime.is_zero() || new.lifetime > self.limits.token {
            let days = self.limits.token.as_secs() / 86_400;
            return Err(AccessError::Invalid(format!("a token is valid for 1 to {days} days")));
        }
        let (now, random) = (self.now(), self.parts.random.as_ref());
        let key = self.parts.keys.active(Purpose::Token).await?;
        let secret = TokenSecret::generate(TokenId::generate(now, random), random);
        let owner = signed_in.session.person.clone();
        let verifier = (key.id, secret.verifier(&key));
        let mut token =
            Token::new(secret.id(), new.name, owner, verifier, now, now.plus(new.lifetime));
        token.limit = new.limit;
        let actor = signed_in.subject().actor;
        let mut entry = self.entry(&actor, origin, "token.create");
        entry.detail = Some(format!("token {}", token.id));
        let grant = AccessGrant::own(&token.owner.id, actor);
        self.parts.store.put_token(&grant, &token, &entry).await?;
        Ok((secret, token))
    }

    /// Who acts by the token, limited to what the token may.
    ///
    /// # Errors
    /// [`AccessError::NotSignedIn`] if it is not one of this installation, has ended, or its owner
    /// may not sign in any more.
    pub async fn token(&self, secret: &TokenSecret) -> Result<(Token, Subject), AccessError> {
        let grant = AccessGrant::service();
        let token = self.parts.store.lookup_token(&grant, secret.id()).await?;
        let mut token = token.ok_or(AccessError::NotSignedIn)?;
        let key = self.parts.keys.lookup(Purpose::Token, token.key).await?;
        let now = self.now();
        let genuine = key.is_some_and(|key| secret.is(&token.verifier, &key));
        if !genuine || token.has_expired(now) {
            return Err(AccessError::NotSignedIn);
        }
        let mut touch = TokenTouch::default();
        if token.used_at.is_none_or(|used| used.plus(NOTE) <= now) {
            touch.used_at = Some(now);
        }
        if token.refreshed_at.plus(self.limits.refresh) <= now {
            touch.refreshed = self.refreshed(&token.owner, token.refreshed_at).await?;
        }
        if touch != TokenTouch::default() {
            match self.parts.store.touch_token(&grant, token.id, &touch).await {
                Ok(()) => token.touch(&touch)?,
                Err(StoreError::NotFound) => return Err(AccessError::NotSignedIn),
                Err(error) => return Err(error.into()),
            }
        }
        let subject = Subject::from(&token.owner).with_limit(token.limit.clone());
        Ok((token, subject))
    }

    /// The tokens of the person, the newest first.
    ///
    /// # Errors
    /// [`AccessError::Store`].
    pub async fn own_tokens(&self, signed_in: &SignedIn) -> Result<Vec<Token>, AccessError> {
        let person = &signed_in.session.person.id;
        let grant = AccessGrant::own(person, signed_in.subject().actor);
        Ok(self.parts.store.list_tokens(&grant, Some(person)).await?)
    }

    /// Removes a token of the person. It is void at once.
    ///
    /// # Errors
    /// [`AccessError::Store`] with [`StoreError::NotFound`] if the person has no such token.
    pub async fn remove_own_token(
        &self,
        signed_in: &SignedIn,
        id: TokenId,
        origin: &Origin,
    ) -> Result<(), AccessError> {
        let actor = signed_in.subject().actor;
        let mut entry = self.entry(&actor, origin, "token.remove");
        entry.detail = Some(format!("token {id}"));
        let grant = AccessGrant::own(&signed_in.session.person.id, actor);
        self.parts.store.remove_tokens(&grant, &RemoveTokens::One(id), Some(&entry)).await?;
        Ok(())
    }

    /// Ends all sessions and tokens of a person who may not sign in any more.
    pub(super) async fn shut_out(&self, person: &PersonId, why: &str) -> Result<(), AccessError> {
        let grant = AccessGrant::service();
        let actor = Actor::Background { task: "sign-in".to_owned() };
        let origin = Origin("access".to_owned());
        let entry = |action: &str| {
            let mut entry = self.entry(&actor, &origin, action);
            entry.detail = Some(format!("{person}: {why}"));
            entry
        };
        let (sessions, tokens) =
            (EndSessions::Of(person.clone()), RemoveTokens::Of(person.clone()));
        let store = &self.parts.store;
        store.end_sessions(&grant, &sessions, Some(&entry("session.end"))).await?;
        store.remove_tokens(&grant, &tokens, Some(&entry("token.remove"))).await?;
        Ok(())
    }
}
