//! Who may sign in at a domain controller, and by which name.

use crate::common::{AD_BASE, AD_PASSWORD, Admin, ad, refusal, sign_in, unique};
use ipxe_orch_core::auth::{Authenticator as _, PersonId, Refusal};

#[tokio::test]
async fn a_person_signs_in_by_each_of_its_names() {
    let directory = ad("");
    let bob = sign_in(&directory, "bob", AD_PASSWORD).await.unwrap();
    assert!(bob.id.key().starts_with("S-1-5-21-"), "{}", bob.id);
    assert_eq!((bob.name.as_str(), bob.display_name.as_deref()), ("bob", Some("Bob Builder")));
    for name in ["BOB", "bob@corp.example.test", "Bob@CORP.example.TEST", "CORP\\bob", "corp\\BOB"]
    {
        assert_eq!(sign_in(&directory, name, AD_PASSWORD).await.unwrap(), bob, "{name}");
    }
}

#[tokio::test]
async fn a_name_of_nobody_is_refused_as_a_wrong_password_is() {
    let directory = ad("");
    let names = [
        "nobody",
        "",
        "*",
        "bo*",
        "b\0b",
        "bob)(objectClass=*",
        "OTHER\\bob",
        "\\bob",
        "bob\n",
        "dc1$",
    ];
    for name in names {
        assert_eq!(
            refusal(sign_in(&directory, name, AD_PASSWORD).await),
            Refusal::Credentials,
            "{name:?}"
        );
    }
    assert_eq!(refusal(sign_in(&directory, "bob", "wrong").await), Refusal::Credentials);
    sign_in(&directory, "bob", AD_PASSWORD).await.unwrap();
}

#[tokio::test]
async fn a_principal_name_is_not_an_account_name_with_a_domain() {
    let mut admin = Admin::of_ad().await;
    let user = unique("upn");
    let dn = admin.add_user(&user).await;
    let (name, usual) =
        (format!("other.{user}@corp.example.test"), format!("{user}@corp.example.test"));
    admin.replace(&dn, "userPrincipalName", &name).await;
    let directory = ad("");
    assert_eq!(refusal(sign_in(&directory, &usual, AD_PASSWORD).await), Refusal::Credentials);
    let person = sign_in(&directory, &name, AD_PASSWORD).await.unwrap();
    assert_eq!(person.name, user);
}

#[tokio::test]
async fn a_name_of_two_persons_is_refused() {
    let directory = ad("login_attributes = ['mail']");
    let answer = sign_in(&directory, "team@corp.example.test", AD_PASSWORD).await;
    assert_eq!(refusal(answer), Refusal::Ambiguous);
}

#[tokio::test]
async fn accounts_in_a_bad_state_are_refused_with_the_reason() {
    let directory = ad("");
    let cases = [
        ("carol", Refusal::Disabled),
        ("dave", Refusal::Expired),
        ("erin", Refusal::MustChangePassword),
    ];
    for (name, expected) in cases {
        assert_eq!(refusal(sign_in(&directory, name, AD_PASSWORD).await), expected, "{name}");
    }
    for name in ["never0", "never1"] {
        sign_in(&directory, name, AD_PASSWORD).await.unwrap();
    }
}

#[tokio::test]
async fn three_wrong_passwords_lock_and_each_login_counts_once() {
    let frank0 = unique("frank");
    Admin::of_ad().await.add_user(&frank0).await;
    let url = crate::common::environment("IPXE_ORCH_TEST_AD");
    // Four times the same controller: each of them could count a wrong password.
    let urls = [url.as_str(); 4];
    let directory = crate::common::open(&crate::common::ad_options(&urls, ""));
    for _ in 0..2 {
        assert_eq!(refusal(sign_in(&directory, &frank0, "wrong").await), Refusal::Credentials);
    }
    let frank = sign_in(&directory, &frank0, AD_PASSWORD).await.unwrap();
    for _ in 0..3 {
        assert_eq!(refusal(sign_in(&directory, &frank0, "wrong").await), Refusal::Credentials);
    }
    assert_eq!(refusal(sign_in(&directory, &frank0, AD_PASSWORD).await), Refusal::Locked);
    assert_eq!(refusal(directory.refresh(&frank.id).await), Refusal::Locked);
}

#[tokio::test]
async fn who_is_outside_of_the_filter_or_the_base_is_nobody() {
    let directory = ad("user_filter = '(&(objectCategory=person)(mail=*))'");
    assert_eq!(refusal(sign_in(&directory, "never0", AD_PASSWORD).await), Refusal::Credentials);
    sign_in(&directory, "bob", AD_PASSWORD).await.unwrap();
    let id = sign_in(&ad(""), "never0", AD_PASSWORD).await.unwrap().id;
    assert_eq!(refusal(directory.refresh(&id).await), Refusal::Gone);
}

#[tokio::test]
async fn a_person_may_be_known_by_its_guid() {
    let directory = ad("id_attribute = 'objectGUID'");
    let bob = sign_in(&directory, "bob", AD_PASSWORD).await.unwrap();
    assert_eq!(bob.id.key().len(), 36, "{}", bob.id);
    assert_eq!(directory.refresh(&bob.id).await.unwrap(), bob);
    // Groups keep their SIDs.
    assert!(bob.groups.iter().all(|group| group.id.key().starts_with("S-1-5-")));
}

#[tokio::test]
async fn an_id_of_nobody_is_gone() {
    let directory = ad("");
    for id in
        ["corp/S-1-5-21-1-2-3-4", "corp/nonsense", "corp/S-1-5-32-544", "other/S-1-5-21-1-2-3-4"]
    {
        let id: PersonId = id.parse().unwrap();
        assert_eq!(refusal(directory.refresh(&id).await), Refusal::Gone, "{id}");
    }
}

#[tokio::test]
async fn a_base_that_does_not_exist_says_nothing_about_persons() {
    let url = crate::common::environment("IPXE_ORCH_TEST_AD");
    let mut options = crate::common::ad_options(&[&url], "");
    options.base_dn = format!("OU=nowhere,{AD_BASE}");
    let directory = crate::common::open(&options);
    let id: PersonId = "corp/S-1-5-21-1-2-3-4".parse().unwrap();
    let text = crate::common::unavailable(directory.refresh(&id).await);
    assert!(text.contains("check `base_dn`"), "{text}");
}
