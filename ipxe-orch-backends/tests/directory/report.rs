//! What `directory test` tells.

use crate::{
    common::{ad, ad_options, environment, ldap, open},
    fake::{Fake, Say, nobody, silent},
};

#[tokio::test]
async fn a_test_tells_of_controllers_certificates_and_groups() {
    let url = environment("IPXE_ORCH_TEST_AD");
    let directory = open(&ad_options(&[&nobody(), &url, &silent()], "connect_seconds = 3"));
    let test = directory.test(Some("CORP\\bob")).await;
    let [dead, alive, silent] = &test.controllers[..] else { panic!("{test}") };
    assert!(dead.problem.as_ref().unwrap().contains("refused"), "{test}");
    assert!(silent.problem.as_ref().unwrap().contains("no answer within 3 s"), "{test}");
    assert_eq!((&alive.problem, alive.active_directory, alive.groups_proved), (&None, true, true));
    assert_eq!(alive.host.as_deref(), Some("dc1.corp.example.test"));
    let certificate = alive.certificate.as_ref().unwrap();
    assert_eq!(
        (certificate.subject.as_str(), certificate.issuer.as_str()),
        ("CN=directory", "CN=tests")
    );
    assert!(certificate.valid_until > 1_700_000_000);
    let bob = test.person.as_ref().unwrap();
    assert_eq!(bob.dn.as_deref(), Some("CN=bob,OU=people,DC=corp,DC=example,DC=test"));
    assert_eq!((&bob.problem, bob.name.as_deref(), bob.groups.len()), (&None, Some("bob"), 4));
    assert!(
        bob.groups.iter().all(|groups| groups.problem.is_none() && !groups.groups.is_empty()),
        "{test}"
    );
    let json = serde_json::to_value(&test).unwrap();
    assert_eq!(json["group_strategy"], "token_groups");
    assert_eq!(json["person"]["groups"][0]["strategy"], "token_groups");
}

#[tokio::test]
async fn a_test_tells_why_a_person_cannot_sign_in() {
    let directory = ad("");
    for (name, why) in
        [("carol", "disabled"), ("dave", "expired"), ("erin", "changed first"), ("x", "wrong")]
    {
        let test = directory.test(Some(name)).await;
        let problem = test.person.as_ref().unwrap().problem.as_ref().unwrap();
        assert!(problem.contains(why), "{problem}");
    }
    let test = directory.test(None).await;
    assert!(test.person.is_none() && test.to_string().contains("can be used"), "{test}");
}

#[tokio::test]
async fn a_strategy_that_does_not_work_is_told_among_the_others() {
    let test = ldap("main", "group_strategy = 'in_chain'").test(Some("bob")).await;
    assert!(test.controllers[0].problem.as_ref().unwrap().contains("does not work here"), "{test}");
    let test = ldap("plain", "").test(Some("bob")).await;
    let groups = &test.person.as_ref().unwrap().groups;
    assert!(
        groups[0].problem.is_none() && groups[1].problem.as_ref().unwrap().contains("overlay"),
        "{test}"
    );
}

#[tokio::test]
async fn hostile_names_do_no_harm_where_they_are_shown() {
    let is_safe =
        |text: &str| text.chars().all(|c| c == '\n' || !c.is_control() && c != '\u{202e}');
    let test = ldap("main", "").test(Some("hostile")).await;
    let called = test.person.as_ref().unwrap().display_name.clone().unwrap();
    assert!(called.contains('\u{1b}') && is_safe(&test.to_string()), "{test}");
    let fake = Fake::start(|_| Some(vec![Say::Bound(49, "\u{1b}[2J\nINJECTED")]));
    let test = open(&ad_options(&[&fake.url], "")).test(Some("\u{1b}]0;x\u{7}")).await;
    assert!(is_safe(&test.to_string()) && !test.to_string().contains("\nINJECTED"), "{test}");
}
