//! Cases about the audit of who can sign in.

use super::{AccessBench, must, same};
use crate::access::{EndSessions, RemoveTokens};

/// Each change has its own entry, and no other one; a bookkeeping of the program has none.
pub async fn each_change_of_access_has_its_entry(bench: AccessBench) {
    let (store, grant) = (&bench.store, bench.grant().await);
    let (person, binding, account) = (bench.person(1), bench.binding(), bench.account("ann"));
    let mut expected = Vec::new();
    let mut entry = |action: &str| {
        expected.push(action.to_owned());
        bench.entry(action)
    };
    must(store.put_account(&grant, &account, &entry("1")).await);
    must(store.put_binding(&grant, &binding, &entry("2")).await);
    let (session, token) = (bench.session(&person), bench.token(&person));
    must(store.put_session(&grant, &session, &entry("3")).await);
    must(store.put_token(&grant, &token, &entry("4")).await);
    must(store.end_sessions(&grant, &EndSessions::One(session.id), Some(&entry("5"))).await);
    must(store.remove_tokens(&grant, &RemoveTokens::One(token.id), Some(&entry("6"))).await);
    must(store.remove_binding(&grant, binding.id, &entry("7")).await);
    must(store.end_sessions(&grant, &EndSessions::Of(person.id), Some(&entry("8"))).await);
    let past = bench.later(0);
    must(store.end_sessions(&grant, &EndSessions::ExpiredBefore(past), None).await);
    must(store.remove_tokens(&grant, &RemoveTokens::ExpiredBefore(past), None).await);
    same(&bench.actions().await, &expected, "each change of access has its own entry");
}
