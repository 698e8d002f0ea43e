//! API tokens.

use super::Access;
use crate::{
    access::{RemoveTokens, Token, TokenTouch},
    auth::{AccessGrant, PersonId},
    error::StoreError,
    ids::TokenId,
};

impl Access {
    pub(super) fn put_token(
        &mut self,
        grant: &AccessGrant,
        token: &Token,
    ) -> Result<(), StoreError> {
        let (id, owner) = (token.id, &token.owner.id);
        grant.check_person(owner)?;
        token.check()?;
        if self.tokens.contains_key(&id) {
            let text = format!("there is a token with the id {id} already");
            return Err(StoreError::AlreadyExists(text));
        }
        let own = self.tokens.values().filter(|token| token.owner.id == *owner).count();
        if u32::try_from(own).is_ok_and(|count| count >= Token::MAX) {
            return Err(Token::too_many(owner));
        }
        self.tokens.insert(id, token.clone());
        Ok(())
    }

    pub(super) fn touch_token(
        &mut self,
        grant: &AccessGrant,
        id: TokenId,
        touch: &TokenTouch,
    ) -> Result<(), StoreError> {
        let token = self.tokens.get_mut(&id).ok_or(StoreError::NotFound)?;
        grant.check_person(&token.owner.id)?;
        token.touch(touch)
    }

    pub(super) fn lookup_token(&self, grant: &AccessGrant, id: TokenId) -> Option<Token> {
        self.tokens.get(&id).filter(|token| grant.covers(&token.owner.id)).cloned()
    }

    pub(super) fn list_tokens(&self, grant: &AccessGrant, owner: Option<&PersonId>) -> Vec<Token> {
        let wanted = |token: &&Token| {
            let id = &token.owner.id;
            grant.covers(id) && owner.is_none_or(|owner| owner == id)
        };
        let mut tokens: Vec<_> = self.tokens.values().filter(wanted).cloned().collect();
        tokens.sort_by_key(|token| std::cmp::Reverse((token.created_at, token.id)));
        tokens.truncate(usize::try_from(Token::LIST_MAX).unwrap_or(usize::MAX));
        tokens
    }

    pub(super) fn remove_tokens(
        &mut self,
        grant: &AccessGrant,
        which: &RemoveTokens,
    ) -> Result<u64, StoreError> {
        match which {
            RemoveTokens::One(id) => {
                let token = self.tokens.get(id).ok_or(StoreError::NotFound)?;
                grant.check_person(&token.owner.id)?;
            }
            RemoveTokens::Of(person) => grant.check_person(person)?,
            RemoveTokens::ExpiredBefore(_) => {}
        }
        let before = self.tokens.len();
        self.tokens.retain(|id, token| {
            let meant = match which {
                RemoveTokens::One(one) => one == id,
                RemoveTokens::Of(person) => *person == token.owner.id,
                RemoveTokens::ExpiredBefore(time) => token.expires_at < *time,
            };
            !meant || !grant.covers(&token.owner.id)
        });
        Ok(u64::try_from(before.saturating_sub(self.tokens.len())).unwrap_or(u64::MAX))
    }
}
