//! Options that are wrong. Each error names the key and the remedy.

use crate::common::{ad_options, ldap_options, try_open};
use ipxe_orch_backends::ldap::DirectoryOptions;

fn error(options: &DirectoryOptions) -> String {
    try_open(options).unwrap_err().to_string()
}

#[test]
fn a_wrong_value_is_told_with_its_key() {
    let cases = [
        ("base_dn", "", "`base_dn` `corp` is not a DN"),
        (
            "group_strategy",
            "group_strategy = 'token_groups'\ngroup_filter = '(cn=x)'",
            "takes no `group_filter`",
        ),
        ("id_attribute", "id_attribute = 'cn'", "must be `objectSid` or `objectGUID`"),
        ("user_filter", "user_filter = 'cn=x'", "is not a filter"),
        ("group_filter", "group_strategy = 'recursive'\ngroup_filter = '(cn=x'", "is not a filter"),
        ("login_attributes", "login_attributes = []", "is empty"),
        ("login_attributes", "login_attributes = ['a)(b']", "is not the name of an attribute"),
        ("connect_seconds", "connect_seconds = 0", "write a number from 1 to 300"),
        ("call_seconds", "call_seconds = 301", "write a number from 1 to 300"),
        ("max_depth", "max_depth = 101", "write a number from 1 to 100"),
    ];
    for (key, more, expected) in cases {
        let mut options = ad_options(&["ldaps://dc1.corp.example"], more);
        if more.is_empty() {
            options.base_dn = "corp".to_owned();
        }
        let told = error(&options);
        assert!(
            told.starts_with(&format!("directory corp: `{key}` ")) && told.contains(expected),
            "{told}"
        );
    }
}

#[test]
fn a_wrong_url_is_told_without_a_password_in_it() {
    let urls = [
        "dc1.corp.example",
        "https://dc1.corp.example",
        "ldaps://",
        "ldaps://dc1/DC=corp",
        "ldaps://dc1?x",
        "ldaps://ann:geheim@dc1",
        "ldapi:///run/slapd",
        "ldaps://[::1]",
        "",
    ];
    for url in urls {
        let told = error(&ad_options(&[url], ""));
        assert!(told.starts_with("directory corp: `urls` ") && !told.contains("geheim"), "{told}");
    }
    assert!(error(&ad_options(&[], "")).contains("`urls` is empty"));
}

#[test]
fn the_global_catalogue_is_refused() {
    for port in [3268, 3269] {
        let told = error(&ad_options(&[&format!("ldaps://dc1.corp.example:{port}")], ""));
        assert!(told.contains("`urls`") && told.contains("is a global catalogue"), "{told}");
    }
    try_open(&ad_options(&["ldaps://dc1.corp.example:636"], "")).unwrap();
}

#[test]
fn what_only_active_directory_has_is_refused_elsewhere() {
    let ldap = |more| ldap_options(&["ldaps://ldap.example"], "main", more);
    assert!(
        error(&ldap("group_strategy = 'token_groups'"))
            .contains("write `recursive` or `member_of`")
    );
    assert!(error(&ldap("id_attribute = 'objectSid'")).contains("write `entryUUID`"));
}

#[test]
fn the_password_is_named_once_and_private() {
    let mut options = ad_options(&["ldaps://dc1.corp.example"], "");
    options.bind_password_credential = Some("corp".to_owned());
    assert!(error(&options).contains("one of the two"));
    options.bind_password_credential = None;
    let file = options.bind_password_file.clone().unwrap();
    std::fs::set_permissions(&file, std::os::unix::fs::PermissionsExt::from_mode(0o644)).unwrap();
    let told = error(&options);
    assert!(told.contains("`bind_password_file`") && told.contains("chmod 600"), "{told}");
    options.bind_password_file = None;
    assert!(error(&options).contains("one of the two"));
}

#[test]
fn an_unknown_key_is_an_error() {
    let text = "name = 'corp'\nkind = 'ldap'\nurls = []\nbase_dn = ''\nbind_name = ''\nbind_password = 'geheim'\n";
    let told = toml::from_str::<DirectoryOptions>(text).unwrap_err();
    assert!(told.message().contains("unknown field `bind_password`"), "{told}");
    assert!(!told.message().contains("geheim"));
}

#[test]
fn an_authority_must_be_a_certificate() {
    let mut options = ad_options(&["ldaps://dc1.corp.example"], "");
    options.ca_file = options.bind_password_file.clone();
    assert!(error(&options).contains("`ca_file` names a file without certificates"));
    options.ca_file = Some("/nonexistent".into());
    assert!(error(&options).contains("`ca_file` names a file that cannot be read"));
}

#[test]
fn the_examples_of_the_guide_are_options() {
    #[derive(serde::Deserialize)]
    struct Settings {
        directory: Vec<DirectoryOptions>,
    }
    let guide = include_str!("../../../docs/DIRECTORY.md");
    let examples: Vec<_> =
        guide.split("```toml\n").skip(1).map(|text| text.split("```").next().unwrap()).collect();
    assert_eq!(examples.len(), 2);
    for example in examples {
        let mut options = toml::from_str::<Settings>(example).unwrap().directory.remove(0);
        options.ca_file = Some(crate::common::ca_file());
        options.bind_password_credential = None;
        options.bind_password_file = Some(crate::common::password_file("x"));
        try_open(&options).unwrap();
    }
}
