//! Logins at OpenLDAP.

use crate::common::{
    Admin, environment, ldap, ldap_options, names, open, refusal, sign_in, unique,
};
use ipxe_orch_core::auth::{Authenticator as _, Refusal};

#[tokio::test]
async fn a_person_signs_in_and_is_read_again() {
    let directory = ldap("main", "");
    let bob = sign_in(&directory, "bob", "secret").await.unwrap();
    assert_eq!((bob.name.as_str(), bob.display_name.as_deref()), ("bob", Some("Bob Builder")));
    assert_eq!(bob.id.key().len(), 36, "an entryUUID");
    assert_eq!(directory.refresh(&bob.id).await.unwrap(), bob);
    assert_eq!(refusal(sign_in(&directory, "bob", "wrong").await), Refusal::Credentials);
    assert_eq!(refusal(sign_in(&directory, "b*", "secret").await), Refusal::Credentials);
}

#[tokio::test]
async fn the_connection_may_be_encrypted_by_starttls() {
    let url = environment("IPXE_ORCH_TEST_LDAP_PLAIN");
    let directory = open(&ldap_options(&[&url], "main", "start_tls = true"));
    sign_in(&directory, "bob", "secret").await.unwrap();
    let url = environment("IPXE_ORCH_TEST_AD_PLAIN");
    let directory = open(&crate::common::ad_options(&[&url], "start_tls = true"));
    sign_in(&directory, "bob", crate::common::AD_PASSWORD).await.unwrap();
}

#[tokio::test]
async fn a_locked_account_is_told_by_the_control_of_the_password_policy() {
    let frank0 = unique("frank");
    Admin::of_ldap().await.add_person(&frank0).await;
    let directory = ldap("main", "");
    let frank = sign_in(&directory, &frank0, "secret").await.unwrap();
    for _ in 0..3 {
        assert_eq!(refusal(sign_in(&directory, &frank0, "wrong").await), Refusal::Credentials);
    }
    assert_eq!(refusal(sign_in(&directory, &frank0, "secret").await), Refusal::Locked);
    assert_eq!(refusal(directory.refresh(&frank.id).await), Refusal::Locked);
}

#[tokio::test]
async fn a_name_of_two_persons_is_refused() {
    let directory = ldap("main", "login_attributes = ['uid', 'mail']");
    let answer = sign_in(&directory, "team@example.test", "secret").await;
    assert_eq!(refusal(answer), Refusal::Ambiguous);
    sign_in(&directory, "bob", "secret").await.unwrap();
}

#[tokio::test]
async fn more_groups_than_a_server_gives_at_once_are_read_in_pages() {
    let busy = sign_in(&ldap("main", ""), "busy", "secret").await.unwrap();
    assert_eq!(busy.groups.len(), 1100);
    let busy =
        sign_in(&ldap("main", "group_strategy = 'member_of'"), "busy", "secret").await.unwrap();
    assert_eq!(busy.groups.len(), 1100);
}

#[tokio::test]
async fn members_may_be_login_names() {
    let directory = ldap("main", "member_attribute = 'memberUid'");
    let bob = sign_in(&directory, "bob", "secret").await.unwrap();
    assert_eq!(names(&bob).into_iter().collect::<Vec<_>>(), ["unix"]);
}

#[tokio::test]
async fn referrals_are_counted_and_nobody_follows_them() {
    let test = ldap("main", "").test(Some("bob")).await;
    assert_eq!(test.person.unwrap().referrals, 1);
    let test = crate::common::ad("").test(Some("bob")).await;
    assert_eq!(test.person.unwrap().referrals, 1);
}
