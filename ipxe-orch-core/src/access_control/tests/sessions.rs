use super::*;
use crate::auth::Group;

#[tokio::test]
async fn signing_in_makes_a_session_that_opens_with_its_secret_alone() {
    let bench = Bench::new().await;
    let signed_in = bench.signed_in().await;
    let secret = signed_in.secret.clone().unwrap();
    let again = bench.access.session(&secret).await.unwrap();
    assert_eq!(again.session.person.name, "bob");
    assert_eq!(again.session.agent.as_deref(), Some("a browser"));
    let other = crate::access::SessionSecret::generate(&CountingRandom::default());
    let other = bench.access.session(&other).await;
    assert!(matches!(other, Err(AccessError::NotSignedIn)), "{other:?}");
    assert_eq!(bench.audit().await, [("session.start".to_owned(), AuditOutcome::Done)]);
}

#[tokio::test]
async fn a_wrong_password_is_told_in_the_audit_without_it() {
    let bench = Bench::new().await;
    let wrong = bench.try_as("bob\n", "hunter2hunter2").await;
    assert!(matches!(wrong, Err(AccessError::Refused(Refusal::Credentials))), "{wrong:?}");
    let [entry] = bench.entries().await.try_into().unwrap();
    assert_eq!(entry.outcome, AuditOutcome::Denied);
    assert_eq!(entry.origin, home());
    let detail = entry.detail.unwrap();
    assert!(detail.contains("corp/bob\\n") && !detail.contains("hunter2"), "{detail}");
}

#[tokio::test]
async fn after_some_wrong_passwords_nothing_is_tried() {
    let bench = Bench::new().await;
    for _ in 0..3 {
        bench.try_as("bob", "wrong").await.unwrap_err();
    }
    let waits = bench.try_as("bob", RIGHT).await;
    assert!(matches!(waits, Err(AccessError::Wait(_))), "{waits:?}");
    assert_eq!(bench.audit().await.len(), 3, "who must wait fills no audit");
    // From elsewhere nobody waits.
    let away = Origin("192.0.2.9:1".to_owned());
    bench.access.sign_in(None, "bob", &password(RIGHT), &away, None).await.unwrap();
    bench.later(Duration::from_secs(2));
    bench.signed_in().await;
}

#[tokio::test]
async fn a_session_ends_when_it_is_idle_and_at_its_end() {
    let bench = Bench::new().await;
    let idle = bench.signed_in().await.secret.unwrap();
    let used = bench.signed_in().await.secret.unwrap();
    for _ in 0..23 {
        bench.later(Duration::from_mins(30));
        bench.access.session(&used).await.unwrap();
    }
    for secret in [&idle, &used] {
        bench.later(Duration::from_mins(30));
        let ended = bench.access.session(secret).await;
        assert!(matches!(ended, Err(AccessError::NotSignedIn)), "{ended:?}");
    }
}

#[tokio::test]
async fn groups_are_those_of_the_last_refresh() {
    let bench = Bench::new().await;
    bench.directory.say(Some(Ok(bob(&["corp/7"]))));
    let secret = bench.signed_in().await.secret.unwrap();
    bench.directory.say(Some(Ok(bob(&["corp/8"]))));
    let groups = |signed_in: &SignedIn| {
        let groups = signed_in.session.person.groups.iter();
        groups.map(|Group { id, .. }| id.to_string()).collect::<Vec<_>>()
    };
    bench.later(Duration::from_mins(4));
    assert_eq!(groups(&bench.access.session(&secret).await.unwrap()), ["corp/7"]);
    // What needs a proof does not rest on old groups.
    let signed_in = bench.access.session(&secret).await.unwrap();
    assert_eq!(groups(&bench.access.proved(signed_in).await.unwrap()), ["corp/8"]);
    bench.directory.say(Some(Ok(bob(&[]))));
    bench.later(Duration::from_mins(5));
    assert_eq!(groups(&bench.access.session(&secret).await.unwrap()), [""; 0]);
}

#[tokio::test]
async fn whoever_is_disabled_loses_all_sessions() {
    let bench = Bench::new().await;
    let (one, two) = (bench.signed_in().await, bench.signed_in().await);
    bench.later(Duration::from_mins(5));
    bench.directory.say(Some(Err(Refusal::Disabled)));
    let gone = bench.access.session(&one.secret.unwrap()).await;
    assert!(matches!(gone, Err(AccessError::NotSignedIn)), "{gone:?}");
    bench.directory.say(Some(Ok(bob(&[]))));
    let gone = bench.access.session(&two.secret.unwrap()).await;
    assert!(matches!(gone, Err(AccessError::NotSignedIn)), "the other one as well: {gone:?}");
    let audit = bench.audit().await;
    assert!(audit.contains(&("session.end".to_owned(), AuditOutcome::Done)), "{audit:?}");
}

#[tokio::test]
async fn whoever_is_locked_goes_on_later() {
    let bench = Bench::new().await;
    let secret = bench.signed_in().await.secret.unwrap();
    bench.later(Duration::from_mins(5));
    // Anybody can lock an account by wrong passwords.
    bench.directory.say(Some(Err(Refusal::Locked)));
    assert!(bench.access.session(&secret).await.is_err());
    bench.directory.say(Some(Ok(bob(&[]))));
    bench.access.session(&secret).await.unwrap();
}

#[tokio::test]
async fn a_silent_directory_ends_no_session_at_once() {
    let bench = Bench::new().await;
    let secret = bench.signed_in().await.secret.unwrap();
    bench.directory.say(None);
    for _ in 0..5 {
        bench.later(Duration::from_mins(10));
        bench.access.session(&secret).await.unwrap();
    }
    let signed_in = bench.access.session(&secret).await.unwrap();
    bench.later(Duration::from_mins(10));
    let stale = bench.access.session(&secret).await;
    assert!(matches!(stale, Err(AccessError::Unavailable { .. })), "{stale:?}");
    let proved = bench.access.proved(signed_in).await;
    assert!(proved.is_err(), "what needs a proof does not rest on old answers");
    bench.directory.say(Some(Ok(bob(&[]))));
    bench.access.session(&secret).await.unwrap();
}

#[tokio::test]
async fn a_proof_lasts_and_gives_another_secret() {
    let bench = Bench::new().await;
    let first = bench.signed_in().await;
    let old = first.secret.clone().unwrap();
    bench.later(Duration::from_mins(15));
    let signed_in = bench.access.session(&old).await.unwrap();
    let late = bench.access.proved(signed_in.clone()).await;
    assert!(matches!(late, Err(AccessError::ProofNeeded)), "{late:?}");
    let wrong = bench.access.prove(&signed_in, &password("wrong"), &home()).await;
    assert!(matches!(wrong, Err(AccessError::Refused(_))), "{wrong:?}");
    let proved = bench.access.prove(&signed_in, &password(RIGHT), &home()).await.unwrap();
    bench.access.proved(proved.clone()).await.unwrap();
    assert!(bench.access.session(&old).await.is_err(), "the old secret is void");
    bench.access.session(&proved.secret.unwrap()).await.unwrap();
}

#[tokio::test]
async fn sessions_are_listed_and_ended_by_their_person() {
    let bench = Bench::new().await;
    let (one, two) = (bench.signed_in().await, bench.signed_in().await);
    let own = bench.access.own_sessions(&one).await.unwrap();
    assert_eq!(own.len(), 2);
    bench.access.end_own_session(&one, two.session.id, &home()).await.unwrap();
    assert!(bench.access.session(&two.secret.unwrap()).await.is_err());
    bench.directory.say(Some(Ok(Person::new("corp/9".parse().unwrap(), "eve"))));
    let eve = bench.signed_in().await;
    let others = bench.access.end_own_session(&eve, one.session.id, &home()).await;
    assert!(matches!(others, Err(AccessError::Store(StoreError::NotFound))), "{others:?}");
    bench.directory.say(Some(Ok(bob(&[]))));
    bench.access.sign_out(&one, &home()).await.unwrap();
    assert!(bench.access.session(&one.secret.unwrap()).await.is_err());
}
