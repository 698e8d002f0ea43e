//! Cases about many callers that do the same at once, half of them by a second handle.

use super::{
    super::race::{CALLERS, Call, ROUNDS, at_once, winner_of},
    AccessBench, holds, must, same,
    view::View,
};
use crate::{
    access::{Account, EndSessions, Rotation, Session, SessionTouch, Token},
    audit::AuditEntry,
    stores::StoreError,
};

/// Fewer rounds where a round takes many writes.
const SOME: u16 = 5;

fn is_lost(error: &StoreError) -> bool {
    matches!(error, StoreError::Conflict | StoreError::AlreadyExists(_))
}

/// The bench of a caller, and its audit entry: what a store does with a long one takes a while, in
/// which callers meet.
fn of(both: &[AccessBench; 2], caller: u16) -> (&AccessBench, AuditEntry) {
    let [first, second] = both;
    let bench = if caller.is_multiple_of(2) { first } else { second };
    (bench, AuditEntry { detail: Some("x".repeat(2000)), ..bench.entry("race") })
}

async fn two(bench: AccessBench) -> [AccessBench; 2] {
    let second = bench.second().await;
    [bench, second]
}

fn put_account(both: &[AccessBench; 2], caller: u16, account: Account) -> Call {
    let (bench, entry) = of(both, caller);
    let (store, grant) = (bench.store.clone(), bench.service());
    Box::pin(async move { store.put_account(&grant, &account, &entry).await })
}

/// Who wins leaves an entry, and nobody else does.
async fn entries(both: &[AccessBench; 2], expected: usize) {
    let [bench, _] = both;
    let entries = bench.actions().await.iter().filter(|action| *action == "race").count();
    same(&entries, &expected, "who wins leaves an entry, and nobody else does");
}

/// Many new accounts with one name: one is stored.
pub async fn one_of_many_accounts_gets_the_name(bench: AccessBench) {
    let both = two(bench).await;
    for round in 0..ROUNDS {
        let name = format!("round{round}");
        let call = |caller| put_account(&both, caller, of(&both, caller).0.account(&name));
        winner_of(&at_once(call).await, is_lost, "a name is of one account");
    }
    entries(&both, ROUNDS.into()).await;
    let [bench, _] = &both;
    same(&View::of(bench).await.accounts.len(), &ROUNDS.into(), "each round stores one account");
}

/// Many changes of an account that all of them looked at: one is written.
pub async fn one_of_many_changes_of_an_account_wins(bench: AccessBench) {
    let both = two(bench).await;
    let [bench, _] = &both;
    let account = bench.account("ann");
    must(bench.put_account(&account).await);
    for generation in 1..=ROUNDS {
        let changed = |caller: u16| Account {
            generation: generation.into(),
            display_name: Some(caller.to_string()),
            ..account.clone()
        };
        let call = |caller| put_account(&both, caller, changed(caller));
        let winner = winner_of(&at_once(call).await, is_lost, "an account is changed once");
        let expected = Account { generation: u64::from(generation) + 1, ..changed(winner) };
        same(&View::of(bench).await.accounts, &vec![expected], "the change that won is stored");
    }
    entries(&both, ROUNDS.into()).await;
}

/// Many requests that replace the secret of one session: one does.
pub async fn one_of_many_rotations_wins(bench: AccessBench) {
    let both = two(bench).await;
    let [bench, _] = &both;
    let mut session = bench.session(&bench.person(1));
    must(bench.put_session(&session).await);
    for _ in 0..ROUNDS {
        let secrets: Vec<_> = (0..CALLERS).map(|_| bench.digest()).collect();
        let to = |caller: u16| must(secrets.get(usize::from(caller)).copied().ok_or("no caller"));
        let call = |caller: u16| -> Call {
            let bench = of(&both, caller).0;
            let (store, grant, id) = (bench.store.clone(), bench.service(), session.id);
            let rotation = Some(Rotation { from: session.secret, to: to(caller) });
            let touch = SessionTouch { rotation, ..SessionTouch::default() };
            Box::pin(async move { store.touch_session(&grant, id, &touch).await })
        };
        let winner = winner_of(&at_once(call).await, is_lost, "a secret is replaced once");
        session.secret = to(winner);
        let found = bench.by_secret(&session.secret).await;
        same(&found.as_ref(), &Some(&session), "the secret that won is stored");
    }
}

/// Many ends of one session, while it is touched: one counts, and it stays ended.
pub async fn a_session_ends_once_and_for_ever(bench: AccessBench) {
    let both = two(bench).await;
    for _ in 0..ROUNDS {
        let [bench, _] = &both;
        let session = bench.session(&bench.person(1));
        must(bench.put_session(&session).await);
        let call = |caller: u16| -> Call<u64> {
            let (bench, entry) = of(&both, caller);
            let (store, grant, id) = (bench.store.clone(), bench.service(), session.id);
            if caller < CALLERS / 2 {
                let which = EndSessions::One(id);
                return Box::pin(
                    async move { store.end_sessions(&grant, &which, Some(&entry)).await },
                );
            }
            let refreshed = Some((bench.later(1), session.person.clone()));
            let touch = SessionTouch { refreshed, ..SessionTouch::default() };
            Box::pin(async move { store.touch_session(&grant, id, &touch).await.map(|()| 0) })
        };
        let (ends, touches) = {
            let mut ends = at_once(call).await;
            let touches = ends.split_off(usize::from(CALLERS / 2));
            (ends, touches)
        };
        let is_gone = |error: &StoreError| matches!(error, StoreError::NotFound);
        winner_of(&ends, is_gone, "a session ends once");
        let fair = touches.iter().all(|touch| touch.as_ref().err().is_none_or(is_gone));
        holds(fair, "a session is touched until it has ended", &touches);
        same(&bench.by_secret(&session.secret).await, &None, "a session that ended stays so");
    }
    entries(&both, ROUNDS.into()).await;
}

/// Many new tokens of a person who may have one more: one is stored.
pub async fn one_of_many_tokens_gets_the_last_place(bench: AccessBench) {
    let both = two(bench).await;
    let [bench, _] = &both;
    for round in 0..u32::from(SOME) {
        let owner = bench.person(round);
        for _ in 1..Token::MAX {
            must(bench.put_token(&bench.token(&owner)).await);
        }
        let call = |caller: u16| -> Call {
            let (bench, entry) = of(&both, caller);
            let (store, grant, token) = (bench.store.clone(), bench.service(), bench.token(&owner));
            Box::pin(async move { store.put_token(&grant, &token, &entry).await })
        };
        let is_full = |error: &StoreError| matches!(error, StoreError::Invalid(_));
        winner_of(&at_once(call).await, is_full, "a person has 100 tokens at most");
        let tokens = must(bench.store.list_tokens(&bench.service(), Some(&owner.id)).await);
        same(&tokens.len(), &100, "a person has 100 tokens at most");
    }
    entries(&both, SOME.into()).await;
}

/// Many new sessions of a person who has as many as it may: each is stored, and as many end.
pub async fn many_sessions_at_once_stay_bounded(bench: AccessBench) {
    let both = two(bench).await;
    let [bench, _] = &both;
    let person = bench.person(1);
    for _ in 1..Session::MAX {
        must(bench.put_session(&bench.session(&person)).await);
    }
    for _ in 0..SOME {
        let call = |caller: u16| -> Call {
            let (bench, entry) = of(&both, caller);
            let (store, grant) = (bench.store.clone(), bench.service());
            let session = bench.session(&person);
            Box::pin(async move { store.put_session(&grant, &session, &entry).await })
        };
        let results = at_once(call).await;
        holds(results.iter().all(Result::is_ok), "everybody is signed in", &results);
        let sessions = must(bench.store.list_sessions(&bench.service(), Some(&person.id)).await);
        same(&sessions.len(), &100, "a person has 100 sessions at most");
    }
    entries(&both, usize::from(SOME) * usize::from(CALLERS)).await;
}
