use super::*;
use crate::{
    access::TokenSecret,
    access_control::NewToken,
    auth::{Action, Limit},
};

fn new(days: u64) -> NewToken {
    let limit = Limit { actions: Some([Action::SeeHosts].into()), ..Limit::default() };
    let lifetime = Duration::from_hours(24 * days);
    NewToken { name: "terraform".to_owned(), limit, lifetime }
}

#[tokio::test]
async fn a_token_acts_for_its_owner_within_its_limit_until_it_ends() {
    let bench = Bench::new().await;
    bench.directory.say(Some(Ok(bob(&["corp/7"]))));
    let signed_in = bench.signed_in().await;
    let (secret, token) = bench.access.create_token(&signed_in, new(30), &home()).await.unwrap();
    let (_, subject) = bench.access.token(&secret).await.unwrap();
    assert_eq!(subject.actor.to_string(), "user:bob");
    assert_eq!(subject.groups, ["corp/7".parse().unwrap()]);
    assert!(subject.may_at_most(Action::SeeHosts) && !subject.may_at_most(Action::MarkHosts));
    let own = bench.access.own_tokens(&signed_in).await.unwrap();
    assert_eq!((own.len(), own[0].used_at), (1, Some(bench.clock.now())));
    let forged = format!("{}A", &secret.reveal()[..58]);
    if *forged != **secret.reveal() {
        let forged = bench.access.token(&forged.parse::<TokenSecret>().unwrap()).await;
        assert!(matches!(forged, Err(AccessError::NotSignedIn)), "{forged:?}");
    }
    bench.later(Duration::from_hours(24 * 30));
    let ended = bench.access.token(&secret).await;
    assert!(matches!(ended, Err(AccessError::NotSignedIn)), "{ended:?}");
    let actions: Vec<_> = bench.audit().await.into_iter().map(|(action, _)| action).collect();
    assert_eq!(actions, ["session.start", "token.create"]);
    assert!(!format!("{token:?}").contains(&secret.reveal()[10..]));
}

#[tokio::test]
async fn a_token_is_lost_with_its_owner() {
    let bench = Bench::new().await;
    let signed_in = bench.signed_in().await;
    let (secret, _) = bench.access.create_token(&signed_in, new(30), &home()).await.unwrap();
    bench.later(Duration::from_mins(5));
    bench.directory.say(Some(Err(Refusal::Gone)));
    assert!(bench.access.token(&secret).await.is_err());
    bench.directory.say(Some(Ok(bob(&[]))));
    let gone = bench.access.token(&secret).await;
    assert!(matches!(gone, Err(AccessError::NotSignedIn)), "{gone:?}");
}

#[tokio::test]
async fn a_token_that_is_removed_is_void_at_once_and_others_stay() {
    let bench = Bench::new().await;
    let signed_in = bench.signed_in().await;
    let (one, token) = bench.access.create_token(&signed_in, new(1), &home()).await.unwrap();
    let (two, _) = bench.access.create_token(&signed_in, new(1), &home()).await.unwrap();
    bench.directory.say(Some(Ok(Person::new("corp/9".parse().unwrap(), "eve"))));
    let eve = bench.signed_in().await;
    let others = bench.access.remove_own_token(&eve, token.id, &home()).await;
    assert!(matches!(others, Err(AccessError::Store(StoreError::NotFound))), "{others:?}");
    bench.access.remove_own_token(&signed_in, token.id, &home()).await.unwrap();
    assert!(bench.access.token(&one).await.is_err());
    bench.directory.say(Some(Ok(bob(&[]))));
    bench.access.token(&two).await.unwrap();
}

#[tokio::test]
async fn a_token_lives_for_a_year_at_most() {
    let bench = Bench::new().await;
    let signed_in = bench.signed_in().await;
    for days in [0, 367] {
        let refused = bench.access.create_token(&signed_in, new(days), &home()).await;
        let text = refused.unwrap_err().to_string();
        assert_eq!(text, "a token is valid for 1 to 366 days");
    }
}
