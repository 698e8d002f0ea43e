use super::*;
use crate::{
    access_control::NewBinding,
    auth::{
        AccessRequest, Action, Authorizer as _, Decision, Group, Hosts, Principal, Role, Scope,
        Subject,
    },
};

fn of_group(id: &str, role: Role, hosts: Hosts) -> NewBinding {
    let group = Group { id: id.parse().unwrap(), name: "operators".to_owned() };
    let who = Principal::Groups(vec![group]);
    NewBinding { who, role, hosts, expires_at: None, reason: None, change_ref: None }
}

async fn decided(bench: &Bench, subject: &Subject, action: Action) -> Decision {
    let authorizer = RoleAuthorizer::new(bench.store.clone(), bench.clock.clone());
    let request = AccessRequest { subject, action, resource: None };
    authorizer.decide(&request).await.unwrap()
}

#[tokio::test]
async fn a_role_holds_from_its_binding_until_it_is_taken_away() {
    let bench = Bench::new().await;
    let subject = Subject::from(&bob(&["corp/7"]));
    assert_eq!(decided(&bench, &subject, Action::MarkHosts).await, Decision::Deny);
    let north = Hosts::Site("north".parse().unwrap());
    let mut new = of_group("corp/7", Role::Reimager, north.clone());
    (new.reason, new.change_ref) = (Some("new team".to_owned()), Some("CHG-1".to_owned()));
    let binding = bench.access.bind(&operator(), new).await.unwrap();
    let allowed = Decision::Allow(north.scope());
    assert_eq!(decided(&bench, &subject, Action::MarkHosts).await, allowed);
    let entry = bench.entries().await.pop().unwrap();
    assert_eq!(entry.change_ref.as_deref(), Some("CHG-1"));
    let told = entry.detail.unwrap();
    assert!(told.contains("reimager of site north for groups operators (corp/7)"), "{told}");
    bench.access.unbind(&operator(), binding.id, None, None).await.unwrap();
    assert_eq!(decided(&bench, &subject, Action::MarkHosts).await, Decision::Deny);
    let again = bench.access.unbind(&operator(), binding.id, None, None).await;
    assert!(matches!(again, Err(AccessError::Store(StoreError::NotFound))), "{again:?}");
}

#[tokio::test]
async fn nobody_gives_a_role_to_oneself() {
    let bench = Bench::new().await;
    let new = of_group("corp/7", Role::SecurityAdmin, Hosts::All);
    bench.access.bind(&operator(), new).await.unwrap();
    bench.directory.say(Some(Ok(bob(&["corp/7", "corp/8"]))));
    let bob = Caller::new(bench.signed_in().await.subject(), home());
    let who = Principal::Person { id: "corp/1105".parse().unwrap(), name: "other".to_owned() };
    let own = NewBinding { who, ..of_group("corp/9", Role::Admin, Hosts::All) };
    for own in [own, of_group("corp/8", Role::Auditor, Hosts::All)] {
        let denied = bench.access.bind(&bob, own).await;
        assert!(matches!(denied, Err(AccessError::Denied(_))), "{denied:?}");
    }
    bench.access.bind(&bob, of_group("corp/9", Role::Viewer, Hosts::All)).await.unwrap();
}

#[tokio::test]
async fn bindings_that_say_nothing_are_refused() {
    let bench = Bench::new().await;
    let mut past = of_group("corp/7", Role::Viewer, Hosts::All);
    past.expires_at = Some(bench.clock.now());
    let nobody = NewBinding { who: Principal::Groups(Vec::new()), ..past.clone() };
    // No labels would be all hosts.
    let all = of_group("corp/7", Role::Viewer, Hosts::Labels(std::collections::BTreeMap::new()));
    for new in [past, NewBinding { expires_at: None, ..nobody }, all] {
        let refused = bench.access.bind(&operator(), new).await;
        assert!(matches!(refused, Err(AccessError::Invalid(_))), "{refused:?}");
    }
    assert_eq!(bench.access.bindings(&operator()).await.unwrap(), []);
}

#[tokio::test]
async fn it_is_explained_with_the_groups_of_now() {
    let bench = Bench::new().await;
    let root = operator();
    let give = |id: &str, role| bench.access.bind(&root, of_group(id, role, Hosts::All));
    let (viewer, reimager) = (
        give("corp/7", Role::Viewer).await.unwrap(),
        give("corp/7", Role::Reimager).await.unwrap(),
    );
    give("corp/8", Role::Admin).await.unwrap();
    bench.directory.say(Some(Ok(bob(&["corp/7"]))));
    let id = bench.access.find_person(&operator(), &"corp".parse().unwrap(), "bob").await.unwrap();
    let explained = bench.access.explain(&operator(), &id, Action::MarkHosts).await.unwrap();
    assert_eq!(explained.scope, Some(Scope::All));
    assert_eq!((explained.granting, explained.others), (vec![reimager], vec![viewer]));
    bench.directory.say(Some(Ok(bob(&[]))));
    let explained = bench.access.explain(&operator(), &id, Action::MarkHosts).await.unwrap();
    assert_eq!((explained.scope, explained.granting.len()), (None, 0));
    assert_eq!(explained.others, []);
}
