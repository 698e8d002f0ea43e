//! Cases about what is there after a restart: the store is dropped, and its data opened again.

use super::{AccessBench, conflict, must, same, taken, view::View};
use crate::access::{Account, EndSessions};

/// Accounts, bindings, sessions and tokens, with each field; and what has ended stays so.
pub async fn access_is_there_after_reopening(bench: AccessBench) {
    bench.fill().await;
    let session = bench.session(&bench.person(3));
    must(bench.put_session(&session).await);
    must(bench.end(EndSessions::One(session.id)).await);
    let before = View::of(&bench).await;
    let bench = bench.reopened().await;
    same(&View::of(&bench).await, &before, "all is there after reopening");
    same(&bench.by_secret(&session.secret).await, &None, "what has ended stays so");
    for account in &before.accounts {
        let stale = Account { generation: 2, ..account.clone() };
        conflict(&bench.put_account(&stale).await, "what was stale is so after reopening");
        let again = bench.account(account.name.as_str());
        taken(&bench.put_account(&again).await, &[], "what was taken is so after reopening");
    }
    for binding in &before.bindings {
        taken(&bench.put_binding(binding).await, &[], "what was taken is so after reopening");
    }
}
