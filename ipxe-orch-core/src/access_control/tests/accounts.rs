use super::*;
use crate::{access_control::NewAccount, names::AccountName};

fn name(text: &str) -> AccountName {
    text.parse().unwrap()
}

fn new(text: &str) -> NewAccount {
    NewAccount { name: name(text), display_name: None }
}

const CHANGED: &str = "twelve characters";

#[tokio::test]
async fn the_first_administrator_is_made_once_and_must_change_the_password() {
    let bench = Bench::new().await;
    let first = bench.access.first_administrator(&home()).await.unwrap().unwrap();
    assert!(bench.access.first_administrator(&home()).await.unwrap().is_none());
    assert_eq!((first.name.as_str(), first.password.len()), ("admin", 23));
    let early = bench.try_as("admin", &first.password).await;
    assert!(matches!(early, Err(AccessError::Refused(Refusal::MustChangePassword))), "{early:?}");
    let old = password(&first.password);
    for refused in ["short", &first.password] {
        let new = password(refused);
        let refused = bench.access.change_password(&first.name, &old, &new, &home()).await;
        assert!(matches!(refused, Err(AccessError::Invalid(_))), "{refused:?}");
    }
    let new = password(CHANGED);
    bench.access.change_password(&first.name, &old, &new, &home()).await.unwrap();
    let signed_in = bench.try_as("ADMIN", CHANGED).await.unwrap();
    let caller = Caller::new(signed_in.subject(), home());
    bench.access.accounts(&caller).await.unwrap();
    assert!(bench.try_as("admin", &first.password).await.is_err());
}

#[tokio::test]
async fn a_local_account_works_while_the_directory_is_down() {
    let bench = Bench::new().await;
    let first = bench.access.first_administrator(&home()).await.unwrap().unwrap();
    bench.directory.say(None);
    let (old, new) = (password(&first.password), password(CHANGED));
    bench.access.change_password(&first.name, &old, &new, &home()).await.unwrap();
    let secret = bench.try_as("admin", CHANGED).await.unwrap().secret.unwrap();
    bench.later(Duration::from_mins(30));
    bench.access.session(&secret).await.unwrap();
    let down = bench.try_as("bob", RIGHT).await;
    assert!(matches!(down, Err(AccessError::Unavailable { .. })), "{down:?}");
}

#[tokio::test]
async fn a_disabled_account_is_out_at_once() {
    let bench = Bench::new().await;
    let (account, once) = bench.access.create_account(&operator(), new("ann")).await.unwrap();
    let (old, changed) = (password(&once), password(CHANGED));
    bench.access.change_password(&account.name, &old, &changed, &home()).await.unwrap();
    let secret = bench.try_as("ann", CHANGED).await.unwrap().secret.unwrap();
    bench.access.disable_account(&operator(), &account.name, true).await.unwrap();
    assert!(bench.access.session(&secret).await.is_err());
    let refused = bench.try_as("ann", CHANGED).await;
    assert!(matches!(refused, Err(AccessError::Refused(Refusal::Disabled))), "{refused:?}");
    let wrong = bench.try_as("ann", "wrong").await;
    assert!(matches!(wrong, Err(AccessError::Refused(Refusal::Credentials))), "{wrong:?}");
    bench.access.disable_account(&operator(), &account.name, false).await.unwrap();
    let secret = bench.try_as("ann", CHANGED).await.unwrap().secret.unwrap();
    let once = bench.access.reset_password(&operator(), &account.name).await.unwrap();
    assert!(bench.access.session(&secret).await.is_err());
    let must = bench.try_as("ann", &once).await;
    assert!(matches!(must, Err(AccessError::Refused(Refusal::MustChangePassword))), "{must:?}");
}

#[tokio::test]
async fn only_who_may_manage_access_manages_accounts_and_denials_are_told() {
    let bench = Bench::new().await;
    let bob = Caller::new(bench.signed_in().await.subject(), home());
    let denied = [
        bench.access.create_account(&bob, new("ann")).await.map(|_| ()),
        bench.access.accounts(&bob).await.map(|_| ()),
        bench.access.disable_account(&bob, &name("ann"), true).await.map(|_| ()),
        bench.access.reset_password(&bob, &name("ann")).await.map(|_| ()),
        bench.access.bindings(&bob).await.map(|_| ()),
    ];
    let count = denied.len();
    for denied in denied {
        assert!(matches!(denied, Err(AccessError::Denied(_))), "{denied:?}");
    }
    let audit = bench.audit().await;
    let told = audit.iter().filter(|(_, outcome)| *outcome == AuditOutcome::Denied).count();
    assert_eq!(told, count, "{audit:?}");
    bench.access.create_account(&operator(), new("ann")).await.unwrap();
    let twice = bench.access.create_account(&operator(), new("ann")).await;
    assert!(matches!(twice, Err(AccessError::Store(StoreError::AlreadyExists(_)))), "{twice:?}");
}
