//! The groups that each strategy finds.

use crate::common::{AD_PASSWORD, NAME, ad, ldap, names, sign_in, unavailable};
use std::collections::BTreeSet;

/// Nested, in a circle, and by the primary group. `newsletter` is no security group.
const BOB: [&str; 7] =
    ["Domain Users", "all-staff", "everybody", "ipxe-operators", "ring-a", "ring-b", "server-team"];

#[tokio::test]
async fn token_groups_are_all_of_active_directory() {
    let bob = sign_in(&ad(""), "bob", AD_PASSWORD).await.unwrap();
    let mut expected = BTreeSet::from(BOB);
    expected.insert("Users");
    assert_eq!(names(&bob), expected);
    let users = bob.groups.iter().find(|group| group.name == "Users").unwrap();
    assert_eq!(users.id.key(), "S-1-5-32-545");
}

#[tokio::test]
async fn in_chain_and_recursive_find_the_groups_of_the_domain() {
    let of_token: Vec<_> = sign_in(&ad(""), "bob", AD_PASSWORD).await.unwrap().groups;
    for strategy in ["in_chain", "recursive"] {
        let directory = ad(&format!("group_strategy = '{strategy}'"));
        let bob = sign_in(&directory, "bob", AD_PASSWORD).await.unwrap();
        let mut found = names(&bob);
        // It contains `Domain Users`, as the domain was made.
        assert!(found.remove("Users"), "{strategy}");
        assert_eq!(found, BTreeSet::from(BOB), "{strategy}");
        assert_eq!(bob.groups, of_token, "{strategy}");
    }
}

#[tokio::test]
async fn member_of_finds_direct_groups_and_the_primary_one() {
    let directory = ad("group_strategy = 'member_of'");
    let bob = sign_in(&directory, "bob", AD_PASSWORD).await.unwrap();
    assert_eq!(names(&bob), BTreeSet::from(["Domain Users", "ipxe-operators", "ring-a"]));
}

#[tokio::test]
async fn names_with_signs_of_filters_and_dns_break_nothing() {
    for strategy in ["token_groups", "in_chain", "member_of", "recursive"] {
        let directory = ad(&format!("group_strategy = '{strategy}'\ngroup_name_attribute = 'cn'"));
        let ann = sign_in(&directory, "ann", AD_PASSWORD).await.unwrap();
        assert!(names(&ann).contains(NAME), "{strategy}: {:?}", names(&ann));
    }
    for (tree, strategy) in [("main", "recursive"), ("main", "member_of"), ("nested", "member_of")]
    {
        let directory = ldap(tree, &format!("group_strategy = '{strategy}'"));
        let ann = sign_in(&directory, NAME, "secret").await.unwrap();
        let found = names(&ann);
        assert!(
            found.contains(NAME) && found.contains("ipxe-operators"),
            "{tree} {strategy}: {found:?}"
        );
    }
}

#[tokio::test]
async fn a_depth_that_is_too_small_leaves_groups_out() {
    let directory = ad("group_strategy = 'recursive'\nmax_depth = 1");
    let bob = sign_in(&directory, "bob", AD_PASSWORD).await.unwrap();
    assert!(names(&bob).contains("ipxe-operators") && !names(&bob).contains("server-team"));
    let test = directory.test(Some("bob")).await;
    let notes = &test.person.unwrap().groups[0].notes;
    assert!(notes[0].contains("`max_depth`"), "{notes:?}");
}

#[tokio::test]
async fn groups_of_openldap_are_found_by_search() {
    let bob = sign_in(&ldap("main", ""), "bob", "secret").await.unwrap();
    let expected = ["all-staff", "big", "ipxe-operators", "ring-a", "ring-b", "server-team"];
    assert_eq!(names(&bob), BTreeSet::from(expected));
    assert!(bob.groups.iter().all(|group| group.id.key().len() == 36));
    let operators = bob.groups.iter().find(|group| group.name == "ipxe-operators").unwrap();
    let found = ldap("main", "").group("IPXE-Operators").await.unwrap();
    assert_eq!(found, std::slice::from_ref(operators));
}

#[tokio::test]
async fn member_of_of_openldap_depends_on_its_overlay() {
    let bob =
        sign_in(&ldap("main", "group_strategy = 'member_of'"), "bob", "secret").await.unwrap();
    assert_eq!(names(&bob), BTreeSet::from(["big", "ipxe-operators", "ring-a"]));
    let bob =
        sign_in(&ldap("nested", "group_strategy = 'member_of'"), "bob", "secret").await.unwrap();
    let expected = ["all-staff", "ipxe-operators", "ring-a", "ring-b", "server-team"];
    assert_eq!(names(&bob), BTreeSet::from(expected));
}

#[tokio::test]
async fn a_strategy_that_finds_nothing_without_an_error_is_refused() {
    let directory = ldap("main", "group_strategy = 'in_chain'");
    let text = unavailable(directory.probe().await);
    assert!(text.contains("`group_strategy = \"in_chain\"` does not work here"), "{text}");
    let text = unavailable(sign_in(&directory, "bob", "secret").await);
    assert!(text.contains("set `recursive`"), "{text}");
    let text = unavailable(ldap("plain", "group_strategy = 'member_of'").probe().await);
    assert!(text.contains("overlay `memberof`"), "{text}");
    for strategy in ["token_groups", "in_chain", "member_of", "recursive"] {
        ad(&format!("group_strategy = '{strategy}'")).probe().await.unwrap();
    }
}

#[tokio::test]
async fn the_wrong_kind_is_noticed() {
    let url = crate::common::environment("IPXE_ORCH_TEST_AD");
    let mut options = crate::common::ldap_options(&[&url], "main", "id_attribute = 'cn'");
    options.base_dn = crate::common::AD_BASE.to_owned();
    options.bind_name = "svc-ipxe@corp.example.test".to_owned();
    options.bind_password_file = Some(crate::common::password_file(AD_PASSWORD));
    let text = unavailable(crate::common::open(&options).probe().await);
    assert!(text.contains("set `kind = \"active_directory\"`"), "{text}");
    let url = crate::common::environment("IPXE_ORCH_TEST_LDAP");
    let mut options = crate::common::ad_options(&[&url], "");
    options.base_dn = "dc=main,dc=test".to_owned();
    options.bind_name = "cn=svc-ipxe,dc=main,dc=test".to_owned();
    options.bind_password_file = Some(crate::common::password_file("bind"));
    let text = unavailable(crate::common::open(&options).probe().await);
    assert!(text.contains("set `kind = \"ldap\"`"), "{text}");
}
