//! Passwords with any signs, and that none is shown.

use crate::common::{
    AD_PASSWORD, HARD, ad, ad_options, environment, ldap, open, refusal, sign_in, unavailable,
};
use ipxe_orch_core::auth::Refusal;
use std::{fs, sync::Arc};

#[tokio::test]
async fn passwords_may_have_any_signs() {
    let (ad, ldap) = (ad("group_strategy = 'member_of'"), ldap("main", ""));
    for (index, password) in HARD.iter().enumerate() {
        let name = format!("hard{index}");
        sign_in(&ad, &name, password).await.unwrap_or_else(|error| panic!("{password}: {error}"));
        sign_in(&ldap, &name, password).await.unwrap_or_else(|error| panic!("{password}: {error}"));
    }
}

#[tokio::test]
async fn blanks_around_a_password_count() {
    for directory in [ad(""), ldap("main", "")] {
        let trimmed = HARD[3].trim();
        assert_eq!(refusal(sign_in(&directory, "hard3", trimmed).await), Refusal::Credentials);
    }
}

#[tokio::test]
async fn no_password_is_shown() {
    let url = environment("IPXE_ORCH_TEST_AD");
    let options = ad_options(&[&url], "");
    let directory = open(&options);
    let error = sign_in(&directory, "bob", "My-Wrong-Word").await.unwrap_err();
    let test = directory.test(Some("bob")).await;
    let all = format!(
        "{options:?}{directory:?}{error:?}{error}{test:?}{test}{}",
        serde_json::to_string(&test).unwrap()
    );
    assert!(!all.contains(AD_PASSWORD) && !all.contains("My-Wrong-Word"), "{all}");
}

#[tokio::test]
async fn a_wrong_password_of_the_bind_account_is_told_and_not_tried_again_at_once() {
    let url = environment("IPXE_ORCH_TEST_LDAP");
    let options = crate::common::ldap_options(&[&url, &url, &url], "main", "");
    let file = options.bind_password_file.clone().unwrap();
    fs::write(&file, "Secret-Typo").unwrap();
    let clock = crate::common::SetClock::real();
    let directory =
        ipxe_orch_backends::ldap::Directory::open(&options, None, Arc::new(clock.clone())).unwrap();
    let text = unavailable(sign_in(&directory, "bob", "secret").await);
    assert!(
        text.contains("check `bind_name` and its password") && !text.contains("Secret-Typo"),
        "{text}"
    );
    assert_eq!(text.matches("ldaps://").count(), 1, "no other controller was asked: {text}");
    let text = unavailable(sign_in(&directory, "bob", "secret").await);
    assert!(text.contains("was refused a moment ago"), "{text}");
    // The password is read anew, so mending the file needs no restart.
    fs::write(&file, "bind").unwrap();
    clock.advance(11);
    sign_in(&directory, "bob", "secret").await.unwrap();
}

#[tokio::test]
async fn the_password_may_be_a_credential_of_systemd() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("corp"), "bind\n").unwrap();
    let url = environment("IPXE_ORCH_TEST_LDAP");
    let mut options = crate::common::ldap_options(&[&url], "main", "");
    options.bind_password_file = None;
    options.bind_password_credential = Some("corp".to_owned());
    let open = |folder| {
        let clock = Arc::new(crate::common::SetClock::real());
        ipxe_orch_backends::ldap::Directory::open(&options, folder, clock)
    };
    sign_in(&open(Some(folder.path())).unwrap(), "bob", "secret").await.unwrap();
    let error = open(None).unwrap_err().to_string();
    assert!(error.contains("`LoadCredential=`"), "{error}");
}
