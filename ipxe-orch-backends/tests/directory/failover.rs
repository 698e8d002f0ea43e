//! Several controllers, of which some do not answer.

use crate::{
    common::{AD_PASSWORD, SetClock, ad_options, environment, open, refusal, sign_in, unavailable},
    fake::{Asked, BOB, Fake, Say, nobody, silent},
};
use ipxe_orch_backends::ldap::Directory;
use ipxe_orch_core::auth::{Authenticator as _, Refusal};
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

/// For tests that wait for them.
const SHORT: &str = "connect_seconds = 3\noperation_seconds = 3";

/// How long something took.
async fn timed<T>(work: impl Future<Output = T>) -> (T, Duration) {
    let start = tokio::time::Instant::now();
    (work.await, start.elapsed())
}

/// Answers the bind of a person, and of nobody else.
fn to_person(say: Say) -> impl Fn(&Asked) -> Option<Vec<Say>> {
    move |asked| matches!(asked, Asked::Bind { name, .. } if name == BOB).then(|| vec![say.clone()])
}

#[tokio::test]
async fn a_wrong_password_is_tried_at_one_controller() {
    let wrong =
        "80090308: LdapErr: DSID-0C0903A9, comment: AcceptSecurityContext error, data 52e, v1db1";
    let (one, two) = (Fake::start(to_person(Say::Bound(49, wrong))), Fake::start(|_| None));
    let directory = open(&ad_options(&[&one.url, &two.url], ""));
    assert_eq!(refusal(sign_in(&directory, "bob", "x").await), Refusal::Credentials);
    assert_eq!((one.binds(BOB), two.seen().len()), (1, 0));
}

#[tokio::test]
async fn a_dead_controller_is_left_for_the_next() {
    let directory = open(&ad_options(&[&nobody(), &environment("IPXE_ORCH_TEST_AD")], ""));
    sign_in(&directory, "bob", AD_PASSWORD).await.unwrap();
}

#[tokio::test]
async fn a_silent_controller_costs_its_deadline_and_then_nothing_for_a_while() {
    let directory = open(&ad_options(&[&silent(), &environment("IPXE_ORCH_TEST_AD")], SHORT));
    let (first, took) = timed(sign_in(&directory, "bob", AD_PASSWORD)).await;
    let bob = first.unwrap();
    assert!(took.as_secs_f32() >= 3.0, "{took:?}");
    let (second, took) = timed(sign_in(&directory, "bob", AD_PASSWORD)).await;
    assert_eq!(second.unwrap(), bob);
    assert!(took.as_secs_f32() < 3.0, "{took:?}");
    assert_eq!(directory.refresh(&bob.id).await.unwrap(), bob);
}

#[tokio::test]
async fn a_recovered_controller_is_used_again() {
    let is_up = Arc::new(AtomicBool::new(false));
    let up = Arc::clone(&is_up);
    let one = Fake::start(move |_| (!up.load(Ordering::SeqCst)).then(|| vec![Say::Close]));
    let two = Fake::start(|_| None);
    let clock = SetClock::real();
    let options = ad_options(&[&one.url, &two.url], "");
    let directory = Directory::open(&options, None, Arc::new(clock.clone())).unwrap();
    sign_in(&directory, "bob", "x").await.unwrap();
    is_up.store(true, Ordering::SeqCst);
    sign_in(&directory, "bob", "x").await.unwrap();
    assert_eq!((one.binds(BOB), two.binds(BOB)), (0, 2));
    clock.advance(31);
    sign_in(&directory, "bob", "x").await.unwrap();
    assert_eq!((one.binds(BOB), two.binds(BOB)), (1, 2));
}

#[tokio::test]
async fn a_password_without_an_answer_goes_to_no_other_controller() {
    for answer in [vec![], vec![Say::Close]] {
        let one = Fake::start(move |asked| {
            matches!(asked, Asked::Bind { name, .. } if name == BOB).then(|| answer.clone())
        });
        let two = Fake::start(|_| None);
        let directory = open(&ad_options(&[&one.url, &two.url], SHORT));
        let text = unavailable(sign_in(&directory, "bob", "x").await);
        assert!(text.contains("bind: "), "{text}");
        assert_eq!((one.binds(BOB), two.seen().len()), (1, 0));
    }
}

#[tokio::test]
async fn a_busy_controller_is_left_for_the_next() {
    for code in [51, 52] {
        let (one, two) = (Fake::start(to_person(Say::Bound(code, "busy"))), Fake::start(|_| None));
        let directory = open(&ad_options(&[&one.url, &two.url], ""));
        sign_in(&directory, "bob", "x").await.unwrap();
        assert_eq!((one.binds(BOB), two.binds(BOB)), (1, 1));
    }
}

#[tokio::test]
async fn groups_may_come_from_another_controller_than_the_one_that_checked_the_password() {
    let one = Fake::start(|asked| {
        let of_groups = matches!(asked, Asked::Search { attributes, .. } if attributes.iter().any(|a| a == "cn"));
        of_groups.then(|| vec![Say::Close])
    });
    let two = Fake::start(|_| None);
    let directory = open(&ad_options(&[&one.url, &two.url], ""));
    let bob = sign_in(&directory, "bob", "x").await.unwrap();
    assert_eq!(bob.groups.len(), 1);
    assert_eq!((one.binds(BOB), two.binds(BOB)), (1, 0), "the password was tried once");
}

#[tokio::test]
async fn if_none_answers_all_are_named_within_the_deadline() {
    let urls = [nobody(), silent(), silent()];
    let urls: Vec<&str> = urls.iter().map(String::as_str).collect();
    let directory = open(&ad_options(&urls, SHORT));
    let text = unavailable(sign_in(&directory, "bob", "x").await);
    assert!(urls.iter().all(|url| text.contains(url)), "{text}");
    let directory = open(&ad_options(&urls, "call_seconds = 1"));
    let (answer, took) = timed(sign_in(&directory, "bob", "x")).await;
    assert!(unavailable(answer).contains("`call_seconds`") && took.as_secs_f32() < 20.0);
}

#[tokio::test]
async fn a_controller_that_used_up_the_time_is_asked_last() {
    let slow = Fake::start(|asked| matches!(asked, Asked::Bind { .. }).then(Vec::new));
    let good = Fake::start(|_| None);
    let deadlines = "call_seconds = 4";
    let directory = open(&ad_options(&[&slow.url, &good.url], deadlines));
    assert!(unavailable(sign_in(&directory, "bob", "x").await).contains("`call_seconds`"));
    sign_in(&directory, "bob", "x").await.unwrap();
    assert_eq!(good.binds(BOB), 1);
}
