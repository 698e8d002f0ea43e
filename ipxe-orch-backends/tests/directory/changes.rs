//! What changes in a directory is seen at once.

use crate::common::{AD_BASE, AD_PASSWORD, Admin, ad, names, refusal, sign_in, unique};
use ipxe_orch_core::auth::{Authenticator as _, Refusal};

#[tokio::test]
async fn a_renamed_group_is_the_same_and_a_new_one_of_its_name_is_another() {
    let rename_user = unique("rename-user");
    let rename_old = unique("rename-old");
    let rename_new = unique("rename-new");
    let mut admin = Admin::of_ad().await;
    let user = admin.add_user(&rename_user).await;
    let group = admin.add_group(&rename_old, &user).await;
    let directory = ad("");
    let [before] = <[_; 1]>::try_from(directory.group(&rename_old).await.unwrap()).unwrap();
    let moved = admin.rename(&group, &rename_new, &format!("OU=left,{AD_BASE}")).await;
    admin.replace(&moved, "sAMAccountName", &rename_new).await;
    admin.add_group(&rename_old, &user).await;
    let [after] = <[_; 1]>::try_from(directory.group(&rename_new).await.unwrap()).unwrap();
    assert_eq!((&after.id, after.name.as_str()), (&before.id, rename_new.as_str()));
    let [other] = <[_; 1]>::try_from(directory.group(&rename_old).await.unwrap()).unwrap();
    assert_ne!(other.id, before.id);
    let person = sign_in(&directory, &rename_user, AD_PASSWORD).await.unwrap();
    assert!(person.groups.contains(&after) && person.groups.contains(&other));
}

#[tokio::test]
async fn a_person_that_was_renamed_and_moved_is_the_same() {
    let first_name = unique("mover");
    let other_name = unique("moved");
    let mut admin = Admin::of_ad().await;
    let user = admin.add_user(&first_name).await;
    let directory = ad("");
    let before = sign_in(&directory, &first_name, AD_PASSWORD).await.unwrap();
    let moved = admin
        .rename(&user, &format!("{first_name}\\, twice (x)"), &format!("OU=left,{AD_BASE}"))
        .await;
    admin.replace(&moved, "sAMAccountName", &other_name).await;
    let after = directory.refresh(&before.id).await.unwrap();
    assert_eq!((&after.id, after.name.as_str()), (&before.id, other_name.as_str()));
    sign_in(&directory, &other_name, AD_PASSWORD).await.unwrap();
}

#[tokio::test]
async fn a_lost_group_is_lost_at_the_next_refresh() {
    let lost_user = unique("lost-user");
    let lost_inner = unique("lost-inner");
    let lost_outer = unique("lost-outer");
    let mut admin = Admin::of_ad().await;
    let user = admin.add_user(&lost_user).await;
    let inner = admin.add_group(&lost_inner, &user).await;
    admin.add_group(&lost_outer, &inner).await;
    for strategy in ["token_groups", "in_chain", "recursive"] {
        let directory = ad(&format!("group_strategy = '{strategy}'"));
        let person = sign_in(&directory, &lost_user, AD_PASSWORD).await.unwrap();
        assert!(names(&person).contains(lost_outer.as_str()), "{strategy}");
    }
    admin.take_away(&inner, "member", &user).await;
    for strategy in ["token_groups", "in_chain", "recursive"] {
        let directory = ad(&format!("group_strategy = '{strategy}'"));
        let id = sign_in(&directory, &lost_user, AD_PASSWORD).await.unwrap().id;
        let person = directory.refresh(&id).await.unwrap();
        assert!(
            !names(&person).contains(lost_outer.as_str())
                && !names(&person).contains(lost_inner.as_str())
        );
    }
}

#[tokio::test]
async fn who_is_disabled_expired_or_deleted_is_refused_at_the_next_refresh() {
    let leaver = unique("leaver");
    let mut admin = Admin::of_ad().await;
    let user = admin.add_user(&leaver).await;
    let directory = ad("");
    let id = sign_in(&directory, &leaver, AD_PASSWORD).await.unwrap().id;
    directory.refresh(&id).await.unwrap();
    admin.replace(&user, "accountExpires", "130000000000000000").await;
    assert_eq!(refusal(directory.refresh(&id).await), Refusal::Expired);
    admin.replace(&user, "accountExpires", "0").await;
    admin.replace(&user, "userAccountControl", "66050").await;
    assert_eq!(refusal(directory.refresh(&id).await), Refusal::Disabled);
    admin.delete(&user).await;
    assert_eq!(refusal(directory.refresh(&id).await), Refusal::Gone);
    assert_eq!(refusal(sign_in(&directory, &leaver, AD_PASSWORD).await), Refusal::Credentials);
    // Somebody else of the same name is somebody else.
    admin.add_user(&leaver).await;
    assert_ne!(sign_in(&directory, &leaver, AD_PASSWORD).await.unwrap().id, id);
    assert_eq!(refusal(directory.refresh(&id).await), Refusal::Gone);
}
