//! What changes in a directory is seen at once.

use crate::common::{AD_BASE, AD_PASSWORD, Admin, ad, names, refusal, sign_in};
use ipxe_orch_core::auth::{Authenticator as _, Refusal};

#[tokio::test]
async fn a_renamed_group_is_the_same_and_a_new_one_of_its_name_is_another() {
    let mut admin = Admin::of_ad().await;
    let user = admin.add_user("rename-user").await;
    let group = admin.add_group("rename-old", &user).await;
    let directory = ad("");
    let [before] = <[_; 1]>::try_from(directory.group("rename-old").await.unwrap()).unwrap();
    let moved = admin.rename(&group, "rename-new", &format!("OU=left,{AD_BASE}")).await;
    admin.replace(&moved, "sAMAccountName", "rename-new").await;
    admin.add_group("rename-old", &user).await;
    let [after] = <[_; 1]>::try_from(directory.group("rename-new").await.unwrap()).unwrap();
    assert_eq!((&after.id, after.name.as_str()), (&before.id, "rename-new"));
    let [other] = <[_; 1]>::try_from(directory.group("rename-old").await.unwrap()).unwrap();
    assert_ne!(other.id, before.id);
    let person = sign_in(&directory, "rename-user", AD_PASSWORD).await.unwrap();
    assert!(person.groups.contains(&after) && person.groups.contains(&other));
}

#[tokio::test]
async fn a_person_that_was_renamed_and_moved_is_the_same() {
    let mut admin = Admin::of_ad().await;
    let user = admin.add_user("move-user").await;
    let directory = ad("");
    let before = sign_in(&directory, "move-user", AD_PASSWORD).await.unwrap();
    let moved = admin
        .rename(
            &user,
            "moved, twice (x)".replace(',', "\\,").as_str(),
            &format!("OU=left,{AD_BASE}"),
        )
        .await;
    admin.replace(&moved, "sAMAccountName", "moved-user").await;
    let after = directory.refresh(&before.id).await.unwrap();
    assert_eq!((&after.id, after.name.as_str()), (&before.id, "moved-user"));
    sign_in(&directory, "moved-user", AD_PASSWORD).await.unwrap();
}

#[tokio::test]
async fn a_lost_group_is_lost_at_the_next_refresh() {
    let mut admin = Admin::of_ad().await;
    let user = admin.add_user("lost-user").await;
    let inner = admin.add_group("lost-inner", &user).await;
    admin.add_group("lost-outer", &inner).await;
    for strategy in ["token_groups", "in_chain", "recursive"] {
        let directory = ad(&format!("group_strategy = '{strategy}'"));
        let person = sign_in(&directory, "lost-user", AD_PASSWORD).await.unwrap();
        assert!(names(&person).contains("lost-outer"), "{strategy}");
    }
    admin.take_away(&inner, "member", &user).await;
    for strategy in ["token_groups", "in_chain", "recursive"] {
        let directory = ad(&format!("group_strategy = '{strategy}'"));
        let id = sign_in(&directory, "lost-user", AD_PASSWORD).await.unwrap().id;
        let person = directory.refresh(&id).await.unwrap();
        assert!(!names(&person).contains("lost-outer") && !names(&person).contains("lost-inner"));
    }
}

#[tokio::test]
async fn who_is_disabled_expired_or_deleted_is_refused_at_the_next_refresh() {
    let mut admin = Admin::of_ad().await;
    let user = admin.add_user("leaver").await;
    let directory = ad("");
    let id = sign_in(&directory, "leaver", AD_PASSWORD).await.unwrap().id;
    directory.refresh(&id).await.unwrap();
    admin.replace(&user, "accountExpires", "130000000000000000").await;
    assert_eq!(refusal(directory.refresh(&id).await), Refusal::Expired);
    admin.replace(&user, "accountExpires", "0").await;
    admin.replace(&user, "userAccountControl", "66050").await;
    assert_eq!(refusal(directory.refresh(&id).await), Refusal::Disabled);
    admin.delete(&user).await;
    assert_eq!(refusal(directory.refresh(&id).await), Refusal::Gone);
    assert_eq!(refusal(sign_in(&directory, "leaver", AD_PASSWORD).await), Refusal::Credentials);
    // Somebody else of the same name is somebody else.
    admin.add_user("leaver").await;
    assert_ne!(sign_in(&directory, "leaver", AD_PASSWORD).await.unwrap().id, id);
    assert_eq!(refusal(directory.refresh(&id).await), Refusal::Gone);
}
