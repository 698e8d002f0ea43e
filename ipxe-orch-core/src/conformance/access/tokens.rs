//! Cases about API tokens.

use super::{AccessBench, invalid, must, not_found, same, taken, view::View};
use crate::{
    access::{RemoveTokens, Token, TokenTouch},
    auth::Limit,
    ids::TokenId,
    stores::StoreError,
};
use std::time::Duration;

impl AccessBench {
    pub(super) async fn by_token(&self, id: TokenId) -> Option<Token> {
        must(self.store.lookup_token(&self.service(), id).await)
    }

    /// With an entry.
    pub(super) async fn remove(&self, which: RemoveTokens) -> Result<u64, StoreError> {
        let entry = self.entry("token.remove");
        self.store.remove_tokens(&self.service(), &which, Some(&entry)).await
    }
}

/// What is written comes back, by its id and in the list: the newest first.
pub async fn a_token_comes_back_as_it_was_put(bench: AccessBench) {
    let mut tokens = Vec::new();
    for number in [1, 2, 1] {
        let mut token = bench.token(&bench.person(number));
        if number == 2 {
            (token.limit, token.used_at) = (Limit::default(), Some(bench.later(3)));
        }
        token.limit.other.insert("newer".to_owned(), serde_json::json!([1]));
        must(bench.put_token(&token).await);
        tokens.push(token);
        bench.clock.advance(Duration::from_secs(1));
    }
    for token in &tokens {
        let found = bench.by_token(token.id).await;
        same(&found.as_ref(), &Some(token), "a token comes back as it was written");
    }
    let unknown = bench.by_token(TokenId::from_bytes([9; 16])).await;
    same(&unknown, &None, "a token that is not there is none");
    tokens.reverse();
    let listed = must(bench.store.list_tokens(&bench.service(), None).await);
    same(&listed, &tokens, "tokens are listed with the newest first");
    let one = bench.person(1).id;
    tokens.retain(|token| token.owner.id == one);
    let listed = must(bench.store.list_tokens(&bench.service(), Some(&one)).await);
    same(&listed, &tokens, "the tokens of a person are listed alone");
}

/// An id is of one token, and a name has its limits.
pub async fn a_token_is_stored_once_with_a_right_name(bench: AccessBench) {
    let one = bench.token(&bench.person(1));
    must(bench.put_token(&one).await);
    let before = View::of(&bench).await;
    let same_id = Token { id: one.id, ..bench.token(&bench.person(2)) };
    let named = one.id.to_string();
    taken(&bench.put_token(&same_id).await, &[&named], "an id is of one token");
    for name in [String::new(), "a\nb".to_owned(), "x".repeat(Token::NAME_MAX + 1)] {
        let token = Token { name, ..bench.token(&bench.person(1)) };
        invalid(&bench.put_token(&token).await, "the name of a token is short and prints");
    }
    same(&View::of(&bench).await, &before, "nothing is kept of a token that is refused");
}

/// A touch changes what it names, and nothing else; what is older than what is known is ignored.
pub async fn a_touch_of_a_token_notes_what_is_newer(bench: AccessBench) {
    let mut token = bench.token(&bench.person(1));
    must(bench.put_token(&token).await);
    let mut person = bench.person(1);
    person.groups.truncate(1);
    let used = |millis| TokenTouch { used_at: Some(bench.later(millis)), refreshed: None };
    let refreshed = |millis, person| TokenTouch {
        used_at: None,
        refreshed: Some((bench.later(millis), person)),
    };
    for touch in [
        used(20),
        used(10),
        refreshed(30, person),
        refreshed(29, bench.person(1)),
        used(20),
        TokenTouch::default(),
    ] {
        must(bench.store.touch_token(&bench.service(), token.id, &touch).await);
        must(token.touch(&touch));
        let found = bench.by_token(token.id).await;
        same(&found.as_ref(), &Some(&token), &format!("a touch notes what is newer: {touch:?}"));
    }
    let before = View::of(&bench).await;
    let other = refreshed(40, bench.person(2));
    let told = bench.store.touch_token(&bench.service(), token.id, &other).await;
    invalid(&told, "a token stays that of its owner");
    same(&View::of(&bench).await, &before, "a touch that is refused changes nothing");
    same(&before.actions, &vec!["token.put".to_owned()], "a touch leaves no entry");
}

/// Tokens are removed one by one, all of a person, or by their time; they stay so.
pub async fn tokens_are_removed_alone_together_and_by_time(bench: AccessBench) {
    let [one, two] = [1, 2].map(|number| bench.person(number));
    let mut tokens: Vec<_> = [&one, &one, &one, &two, &two].map(|owner| bench.token(owner)).into();
    for (millis, token) in (100..).zip(&mut tokens) {
        token.expires_at = bench.later(millis);
        must(bench.put_token(token).await);
    }
    let left = async || {
        let mut ends: Vec<_> =
            View::of(&bench).await.tokens.iter().map(|token| token.expires_at).collect();
        ends.sort_unstable();
        ends
    };
    let ends = |millis: &[u64]| millis.iter().map(|after| bench.later(*after)).collect::<Vec<_>>();
    let first = must(tokens.first().ok_or("no token"));
    same(&must(bench.remove(RemoveTokens::One(first.id)).await), &1, "one token is removed");
    same(&left().await, &ends(&[101, 102, 103, 104]), "one token is removed alone");
    not_found(&bench.remove(RemoveTokens::One(first.id)).await, "a token is removed once");
    let touch = TokenTouch { used_at: Some(bench.later(1)), refreshed: None };
    let touched = bench.store.touch_token(&bench.service(), first.id, &touch).await;
    not_found(&touched, "a token that was removed is not brought back");
    same(&must(bench.remove(RemoveTokens::Of(one.id.clone())).await), &2, "all of a person go");
    same(&must(bench.remove(RemoveTokens::Of(one.id)).await), &0, "nobody has none");
    let expired = RemoveTokens::ExpiredBefore(bench.later(104));
    let removed = bench.store.remove_tokens(&bench.service(), &expired, None).await;
    same(&must(removed), &1, "those that expired before a time are removed");
    same(&left().await, &ends(&[104]), "what expires at that time or later stays");
    let entries = bench.actions().await.iter().filter(|action| *action == "token.remove").count();
    same(&entries, &3, "each removal of a person has one entry, what is refused none");
}

/// A person has a bounded number of tokens: a further one is refused.
pub async fn a_person_has_a_bounded_number_of_tokens(bench: AccessBench) {
    let one = bench.person(1);
    let mut first = None;
    for _ in 0..Token::MAX {
        let token = bench.token(&one);
        must(bench.put_token(&token).await);
        first.get_or_insert(token.id);
    }
    let before = View::of(&bench).await;
    let further = bench.token(&one);
    invalid(&bench.put_token(&further).await, "a person has 100 tokens at most");
    same(&View::of(&bench).await, &before, "nothing is kept of a token that is refused");
    must(bench.put_token(&bench.token(&bench.person(2))).await);
    must(bench.remove(RemoveTokens::One(must(first.ok_or("no token")))).await);
    must(bench.put_token(&further).await);
}

/// A person sees, touches and removes its own tokens alone.
pub async fn a_person_has_its_own_tokens_alone(bench: AccessBench) {
    let [one, two] = [1, 2].map(|number| bench.token(&bench.person(number)));
    for token in [&one, &two] {
        must(bench.put_token(token).await);
    }
    let (store, own, entry) = (&bench.store, bench.own(&bench.person(1)), bench.entry("outside"));
    let before = View::of(&bench).await;
    let promise = "a person has its own tokens alone";
    same(&must(store.lookup_token(&own, two.id).await), &None, promise);
    same(&must(store.lookup_token(&own, one.id).await), &Some(one.clone()), promise);
    for (owner, seen) in [(None, true), (Some(&one.owner.id), true), (Some(&two.owner.id), false)] {
        let listed = must(store.list_tokens(&own, owner).await);
        same(&listed, &seen.then(|| one.clone()).into_iter().collect(), promise);
    }
    let foreign = bench.token(&bench.person(2));
    not_found(&store.put_token(&own, &foreign, &entry).await, promise);
    let touch = TokenTouch { used_at: Some(bench.later(5)), refreshed: None };
    not_found(&store.touch_token(&own, two.id, &touch).await, promise);
    for which in [RemoveTokens::One(two.id), RemoveTokens::Of(two.owner.id.clone())] {
        not_found(&store.remove_tokens(&own, &which, Some(&entry)).await, promise);
    }
    same(&View::of(&bench).await, &before, promise);
    let all = RemoveTokens::ExpiredBefore(bench.later(1_000_000));
    same(&must(store.remove_tokens(&own, &all, None).await), &1, promise);
    same(&View::of(&bench).await.tokens, &vec![two], promise);
}
