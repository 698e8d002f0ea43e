//! Cases about two programs that work on the same data, each with a handle of its own.

use super::{AccessBench, conflict, must, not_found, same, taken, view::View};
use crate::{
    access::{Account, EndSessions, RemoveTokens, Rotation, SessionTouch, TokenTouch},
    stores::StoreError,
};

/// Whatever one handle has written, the other one shows at once.
pub async fn a_second_handle_sees_access_at_once(bench: AccessBench) {
    let second = bench.second().await;
    same(&View::of(&second).await, &View::of(&bench).await, "two handles show the same");
    bench.fill().await;
    let promise = "a second handle sees what the first one has written, at once";
    same(&View::of(&second).await, &View::of(&bench).await, promise);
    let session = second.session(&second.person(3));
    must(second.put_session(&session).await);
    same(&bench.by_secret(&session.secret).await, &Some(session.clone()), promise);
    must(bench.end(EndSessions::Of(session.person.id)).await);
    same(&second.by_secret(&session.secret).await, &None, promise);
}

/// A session or token that one handle has ended is not brought back by the other one.
pub async fn what_one_handle_ended_no_other_one_brings_back(bench: AccessBench) {
    let second = bench.second().await;
    let person = bench.person(1);
    let (session, token) = (bench.session(&person), bench.token(&person));
    must(bench.put_session(&session).await);
    must(bench.put_token(&token).await);
    let seen = second.by_secret(&session.secret).await;
    same(&seen.as_ref(), &Some(&session), "a second handle sees the session");
    must(bench.end(EndSessions::One(session.id)).await);
    must(bench.remove(RemoveTokens::One(token.id)).await);
    let promise = "what one handle has ended is not brought back by another one";
    let rotation = Some(Rotation { from: session.secret, to: bench.digest() });
    let refreshed = Some((bench.later(1), person));
    let touch = SessionTouch { refreshed: refreshed.clone(), rotation, ..SessionTouch::default() };
    let touched = second.store.touch_session(&second.service(), session.id, &touch).await;
    not_found(&touched, promise);
    let touch = TokenTouch { used_at: Some(bench.later(1)), refreshed };
    let touched = second.store.touch_token(&second.service(), token.id, &touch).await;
    not_found(&touched, promise);
    for bench in [&bench, &second] {
        let View { sessions, tokens, .. } = View::of(bench).await;
        same(&(sessions, tokens), &(Vec::new(), Vec::new()), promise);
    }
}

/// What one handle has taken or changed is so for the other one.
pub async fn a_second_handle_refuses_what_is_taken_or_stale(bench: AccessBench) {
    let second = bench.second().await;
    let account = bench.account("ann");
    must(bench.put_account(&account).await);
    taken(&second.put_account(&second.account("ann")).await, &["ann"], "a name is taken");
    let seen = Account { generation: 1, ..account };
    must(bench.put_account(&seen).await);
    conflict(&second.put_account(&seen).await, "what another handle has changed is stale");
    let session = bench.session(&bench.person(1));
    must(bench.put_session(&session).await);
    let rotate = async |bench: &AccessBench| -> Result<(), StoreError> {
        let rotation = Some(Rotation { from: session.secret, to: bench.digest() });
        let touch = SessionTouch { rotation, ..SessionTouch::default() };
        bench.store.touch_session(&bench.service(), session.id, &touch).await
    };
    must(rotate(&bench).await);
    conflict(&rotate(&second).await, "a secret that another handle has replaced is stale");
}
