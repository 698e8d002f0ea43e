//! Cases about local accounts.

use super::{AccessBench, conflict, must, not_found, same, taken, view::View};
use crate::{
    access::{Account, AccountKey},
    auth::Person,
};

/// What is written comes back, by id, by name and in the list, with the next generation.
pub async fn an_account_comes_back_as_it_was_put(bench: AccessBench) {
    let promise = "an account comes back as it was written, as the next generation";
    let mut accounts = ["bob", "ann", "ann-2", "a.z@example.test"].map(|name| bench.account(name));
    for account in &mut accounts {
        must(bench.put_account(account).await);
        account.generation = 1;
    }
    let (store, grant) = (&bench.store, bench.service());
    for account in &accounts {
        for key in [AccountKey::Id(account.id.clone()), AccountKey::Name(account.name.clone())] {
            let found = must(store.lookup_account(&grant, &key).await);
            same(&found.as_ref(), &Some(account), promise);
        }
    }
    let [bob, ann, second, other] = accounts;
    let listed = must(store.list_accounts(&grant).await);
    let promise = "accounts are listed by the bytes of their names";
    same(&listed, &vec![other, ann.clone(), second, bob], promise);
    let changed = Account { disabled: false, display_name: None, ..ann };
    must(bench.put_account(&changed).await);
    let found = store.lookup_account(&grant, &AccountKey::Id(changed.id.clone())).await;
    let expected = Account { generation: 2, ..changed };
    same(&must(found), &Some(expected), "a change takes the place of the whole account");
    let nobody = must(store.lookup_account(&grant, &AccountKey::Name(must("eve".parse()))).await);
    same(&nobody, &None, "an account that is not there is none");
}

/// An account is written only as it was looked at, and only where there is one.
pub async fn an_account_is_written_only_as_it_was_looked_at(bench: AccessBench) {
    let promise = "an account of another generation is a conflict";
    let account = bench.account("ann");
    let early = Account { generation: 1, ..account.clone() };
    conflict(&bench.put_account(&early).await, promise);
    for generation in [0, 1] {
        must(bench.put_account(&Account { generation, ..account.clone() }).await);
    }
    let before = View::of(&bench).await;
    for generation in [1, 3] {
        let stale = Account { generation, disabled: false, ..account.clone() };
        conflict(&bench.put_account(&stale).await, promise);
    }
    taken(&bench.put_account(&account).await, &[], "the id of an account is used once");
    same(&View::of(&bench).await, &before, "nothing is kept of an account that is refused");
}

/// A name is of one account, of new ones and of those that are renamed.
pub async fn a_name_is_of_one_account(bench: AccessBench) {
    let promise = "a name is of one account";
    let (ann, bob) = (bench.account("ann"), bench.account("bob"));
    must(bench.put_account(&ann).await);
    must(bench.put_account(&bob).await);
    let before = View::of(&bench).await;
    taken(&bench.put_account(&bench.account("ann")).await, &["ann"], promise);
    let renamed = Account { name: ann.name.clone(), generation: 1, ..bob };
    taken(&bench.put_account(&renamed).await, &["ann"], promise);
    same(&View::of(&bench).await, &before, "nothing is kept of an account that is refused");
    let gone = Account { name: must("anna".parse()), generation: 1, ..ann };
    must(bench.put_account(&gone).await);
    must(bench.put_account(&renamed).await);
}

/// A person sees its own account alone, and changes none.
pub async fn accounts_are_for_a_grant_over_everybody(bench: AccessBench) {
    let (ann, bob) = (bench.account("ann"), bench.account("bob"));
    for account in [&ann, &bob] {
        must(bench.put_account(account).await);
    }
    let before = View::of(&bench).await;
    let (store, own) = (&bench.store, bench.own(&Person::new(ann.id.clone(), "ann")));
    let stored = Account { generation: 1, ..ann.clone() };
    for (account, seen) in [(&ann, Some(&stored)), (&bob, None)] {
        for key in [AccountKey::Id(account.id.clone()), AccountKey::Name(account.name.clone())] {
            let found = must(store.lookup_account(&own, &key).await);
            same(&found.as_ref(), &seen, "a person sees its own account alone");
        }
    }
    let listed = must(store.list_accounts(&own).await);
    same(&listed, &vec![stored.clone()], "a person sees its own account alone");
    let promise = "a grant for one person changes no account";
    for account in [&stored, &bench.account("eve")] {
        let put = store.put_account(&own, account, &bench.entry("outside")).await;
        not_found(&put, promise);
    }
    same(&View::of(&bench).await, &before, promise);
}
