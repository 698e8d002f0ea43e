//! Answers that the servers of these tests do not give.

use crate::{
    common::{ad_options, names, open, refusal, sign_in, unavailable},
    fake::{Asked, BOB, Fake, Say, nobody, person, sid},
};
use ipxe_orch_core::auth::Refusal;
use std::net::TcpListener;

const SHORT: &str = "operation_seconds = 2";

fn asks_for(asked: &Asked, attribute: &str) -> bool {
    matches!(asked, Asked::Search { attributes, .. } if attributes.iter().any(|name| name == attribute))
}

fn values(all: &[&str]) -> Vec<Vec<u8>> {
    all.iter().map(|value| value.as_bytes().to_vec()).collect()
}

#[tokio::test]
async fn values_that_come_in_parts_are_all_read() {
    let fake = Fake::start(|asked| {
        let part = |name: &'static str, all: &[&str]| {
            Some(vec![Say::Entry(BOB, vec![(name, values(all))]), Say::Done(0, "")])
        };
        match asked {
            asked if asks_for(asked, "memberOf;range=2-*") => {
                part("memberOf;range=2-3", &["CN=g3,DC=x", "CN=g4,DC=x"])
            }
            asked if asks_for(asked, "memberOf;range=4-*") => {
                part("memberOf;range=4-*", &["CN=g5,DC=x"])
            }
            asked if asks_for(asked, "accountExpires") => {
                let Say::Entry(dn, mut attributes) = person(BOB, 1105) else { unreachable!() };
                attributes.push(("memberOf", vec![]));
                attributes.push(("memberOf;range=0-1", values(&["CN=g1,DC=x", "CN=g2,DC=x"])));
                Some(vec![Say::Entry(dn, attributes), Say::Done(0, "")])
            }
            Asked::Search { base, .. } if base.starts_with("CN=g") => {
                let rid = u32::from(base.as_bytes()[4]);
                let name = base.as_bytes()[3..5].to_vec();
                let group = vec![("objectSid", vec![sid(rid)]), ("sAMAccountName", vec![name])];
                Some(vec![Say::Entry("CN=g,DC=x", group), Say::Done(0, "")])
            }
            _ => None,
        }
    });
    let directory = open(&ad_options(&[&fake.url], "group_strategy = 'member_of'"));
    let bob = sign_in(&directory, "bob", "x").await.unwrap();
    assert_eq!(names(&bob).into_iter().collect::<Vec<_>>(), ["g1", "g2", "g3", "g4", "g5"]);
}

#[tokio::test]
async fn a_part_that_leads_nowhere_ends() {
    let fake = Fake::start(|asked| {
        asks_for(asked, "tokenGroups").then(|| {
            vec![Say::Entry(BOB, vec![("tokenGroups;range=0-0", vec![sid(513)])]), Say::Done(0, "")]
        })
    });
    let bob = sign_in(&open(&ad_options(&[&fake.url], "")), "bob", "x").await.unwrap();
    assert_eq!(bob.groups.len(), 1);
}

#[tokio::test]
async fn token_groups_without_the_right_to_read_them_are_told() {
    let fake = Fake::start(|asked| {
        asks_for(asked, "tokenGroups").then(|| vec![Say::Entry(BOB, vec![]), Say::Done(0, "")])
    });
    let text = unavailable(sign_in(&open(&ad_options(&[&fake.url], "")), "bob", "x").await);
    assert!(text.contains("Windows Authorization Access Group"), "{text}");
}

#[tokio::test]
async fn a_group_of_another_domain_has_its_sid_for_a_name() {
    let bob =
        sign_in(&open(&ad_options(&[&Fake::start(|_| None).url], "")), "bob", "x").await.unwrap();
    assert_eq!(bob.groups[0].id.to_string(), "corp/S-1-5-21-7-8-9-513");
    assert_eq!(bob.groups[0].name, "S-1-5-21-7-8-9-513");
}

#[tokio::test]
async fn one_account_name_in_two_domains_is_two_persons() {
    const CHILD: &str = "CN=bob,OU=x,dc=child,dc=corp,dc=example,dc=test";
    let fake = Fake::start(|asked| match asked {
        asked if asks_for(asked, "accountExpires") => {
            Some(vec![person(BOB, 1105), person(CHILD, 2105), Say::Done(0, "")])
        }
        Asked::Search { base, .. } if base.is_empty() => Some(vec![
            Say::Entry(
                "",
                vec![
                    ("supportedCapabilities", values(&["1.2.840.113556.1.4.800"])),
                    (
                        "configurationNamingContext",
                        values(&["CN=Configuration,DC=corp,DC=example,DC=test"]),
                    ),
                ],
            ),
            Say::Done(0, ""),
        ]),
        Asked::Search { base, filter, .. }
            if base.starts_with("CN=Partitions,CN=Configuration,") =>
        {
            let domain = if filter.contains("CHILD") {
                "DC=child,DC=corp,DC=example,DC=test"
            } else {
                "DC=corp,DC=example,DC=test"
            };
            Some(vec![Say::Entry("CN=x", vec![("nCName", values(&[domain]))]), Say::Done(0, "")])
        }
        _ => None,
    });
    let directory = open(&ad_options(&[&fake.url], ""));
    assert_eq!(refusal(sign_in(&directory, "bob", "x").await), Refusal::Ambiguous);
    assert_eq!((fake.binds(BOB), fake.binds(CHILD)), (0, 0));
    let child = sign_in(&directory, "CHILD\\bob", "x").await.unwrap();
    assert!(child.id.key().ends_with("-2105"), "{}", child.id);
    let parent = sign_in(&directory, "CORP\\bob", "x").await.unwrap();
    assert!(parent.id.key().ends_with("-1105"), "{}", parent.id);
}

#[tokio::test]
async fn nobody_follows_a_referral() {
    let trap = TcpListener::bind("127.0.0.1:0").unwrap();
    trap.set_nonblocking(true).unwrap();
    let url: &'static str = format!("ldap://{}/DC=x", trap.local_addr().unwrap()).leak();
    let fake = Fake::start(move |asked| match asked {
        Asked::Bind { name, .. } if name == BOB => Some(vec![Say::Referred(url)]),
        asked if asks_for(asked, "accountExpires") => Some(vec![
            person(BOB, 1105),
            Say::Reference(url),
            Say::Reference(url),
            Say::Done(0, ""),
        ]),
        _ => None,
    });
    let directory = open(&ad_options(&[&fake.url], ""));
    let text = unavailable(sign_in(&directory, "bob", "x").await);
    assert!(text.contains("neither question nor password follow it"), "{text}");
    assert_eq!(directory.test(Some("bob")).await.person.unwrap().referrals, 2);
    assert!(trap.accept().is_err(), "somebody followed the referral");
}

#[tokio::test]
async fn an_answer_that_is_not_ldap_ends_nothing_else() {
    let cases = [
        (Say::BrokenReferral { to_bind: false }, false),
        (Say::BrokenReferral { to_bind: true }, true),
        (Say::Noise, false),
    ];
    for (broken, to_bind) in cases {
        let fake = Fake::start(move |asked| {
            let is_bind = to_bind && matches!(asked, Asked::Bind { .. });
            let is_search = !to_bind && asks_for(asked, "accountExpires");
            (is_bind || is_search).then(|| vec![broken.clone()])
        });
        let directory = open(&ad_options(&[&fake.url], SHORT));
        unavailable(sign_in(&directory, "bob", "x").await);
        let good = Fake::start(|_| None);
        let directory = open(&ad_options(&[&fake.url, &good.url], SHORT));
        sign_in(&directory, "bob", "x").await.unwrap();
    }
}

#[tokio::test]
async fn what_a_controller_demands_is_explained() {
    let binding = "80090346: LdapErr: DSID-0C0907DB, comment: AcceptSecurityContext error, data 80090346, v4563";
    let cases = [
        (8, "BindSimple: Transport encryption required.", "use ldaps://"),
        (13, "confidentiality required", "`start_tls = true`"),
        (49, binding, "channel binding"),
        (
            49,
            "x: AcceptSecurityContext error, data 775, v1db1",
            "the account is locked; check `bind_name`",
        ),
    ];
    for (code, text, expected) in cases {
        let fake = Fake::start(move |asked| {
            matches!(asked, Asked::Bind { .. }).then(|| vec![Say::Bound(code, text)])
        });
        let told = unavailable(open(&ad_options(&[&fake.url], "")).probe().await);
        assert!(told.contains(expected), "{told}");
    }
}

#[tokio::test]
async fn codes_that_samba_does_not_send_are_understood() {
    let cases = [
        ("AcceptSecurityContext error, data 530, v1db1", Refusal::NotNow),
        ("AcceptSecurityContext error, data 531, v1db1", Refusal::NotNow),
        ("AcceptSecurityContext error, data 532, v1db1", Refusal::PasswordExpired),
    ];
    for (text, expected) in cases {
        let fake = Fake::start(move |asked| {
            matches!(asked, Asked::Bind { name, .. } if name == BOB)
                .then(|| vec![Say::Bound(49, text)])
        });
        assert_eq!(
            refusal(sign_in(&open(&ad_options(&[&fake.url], "")), "bob", "x").await),
            expected
        );
    }
}

#[tokio::test]
async fn a_state_that_cannot_be_read_is_not_taken_for_good() {
    let fake = Fake::start(|asked| {
        asks_for(asked, "accountExpires").then(|| {
            let id = vec![("objectSid", vec![sid(1105)])];
            vec![Say::Entry(BOB, id), Say::Done(0, "")]
        })
    });
    let text =
        unavailable(sign_in(&open(&ad_options(&[&fake.url, &nobody()], "")), "bob", "x").await);
    assert!(text.contains("`userAccountControl`"), "{text}");
    assert_eq!(fake.binds(BOB), 0);
}

#[tokio::test]
async fn an_entry_without_a_name_is_not_bound_to() {
    let fake = Fake::start(|asked| {
        asks_for(asked, "accountExpires").then(|| vec![person("", 1105), Say::Done(0, "")])
    });
    let text = unavailable(sign_in(&open(&ad_options(&[&fake.url], "")), "bob", "x").await);
    assert!(text.contains("proves nothing"), "{text}");
    assert_eq!(fake.binds(""), 0);
}

#[tokio::test]
async fn groups_that_never_end_cost_a_deadline() {
    let fake = Fake::start(|asked| {
        let of_groups = asks_for(asked, "objectSid") && asks_for(asked, "cn");
        (of_groups && matches!(asked, Asked::Search { filter, .. } if filter.contains("1.2.840.113556.1.4.1941")))
            .then(Vec::new)
    });
    let directory =
        open(&ad_options(&[&fake.url], &format!("group_strategy = 'in_chain'\n{SHORT}")));
    let text = unavailable(sign_in(&directory, "bob", "x").await);
    assert!(text.contains("search: no answer within 2 s"), "{text}");
    assert_eq!(fake.binds(BOB), 1, "the password was tried once");
}
