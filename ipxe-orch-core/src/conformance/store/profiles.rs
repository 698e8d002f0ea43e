//! Cases about profiles and their versions.

use super::{Bench, invalid, must, same};
use crate::{
    auth::Scope,
    digest::Digest,
    names::ProfileName,
    profile::{MediaLock, ProfileVersion},
};
use std::collections::BTreeMap;

async fn current(bench: &Bench, name: &ProfileName) -> Option<ProfileVersion> {
    must(bench.store.current_profile(&bench.grant().await, name).await)
}

async fn version(bench: &Bench, of: &ProfileVersion) -> Option<ProfileVersion> {
    let (name, digest) = (&of.profile().name, of.digest());
    must(bench.store.lookup_profile(&bench.grant().await, name, &digest).await)
}

async fn put(bench: &Bench, version: &ProfileVersion) {
    let entry = bench.entry("profile.put");
    must(bench.store.put_profile(&bench.grant().await, version, &entry).await);
}

/// A new version becomes the current one, an old one that is put again as well; all of them stay.
pub async fn each_version_stays_and_the_last_put_is_current(bench: Bench) {
    let first = bench.profile("boot").await;
    let name = first.profile().name.clone();
    same(
        &current(&bench, &name).await,
        &Some(first.clone()),
        "the version that was put is current",
    );
    let second = bench.profile("imgfree").await;
    let promise = "the version that was put last is current, and all versions stay";
    for last in [&second, &first, &second] {
        put(&bench, last).await;
        same(&current(&bench, &name).await.as_ref(), &Some(last), promise);
        for one in [&first, &second] {
            same(&version(&bench, one).await.as_ref(), &Some(one), promise);
        }
        let listed = must(bench.store.list_profiles(&bench.grant().await).await);
        same(&listed, &vec![last.clone()], "a list has the current version of each profile");
    }
}

/// The contents of media are part of a version, and come back with it.
pub async fn pinned_media_come_back(bench: Bench) {
    let bare = bench.profile("boot").await;
    let lock = MediaLock(BTreeMap::from([(must("kernel".parse()), Digest::of("bytes"))]));
    let locked = bare.clone().with_lock(lock);
    put(&bench, &locked).await;
    let promise = "the contents of media come back with their version";
    let name = &bare.profile().name;
    same(&current(&bench, name).await.as_ref(), &Some(&locked), promise);
    same(&version(&bench, &locked).await.as_ref(), &Some(&locked), promise);
    same(&version(&bench, &bare).await.as_ref(), &Some(&bare), promise);
}

/// Profiles are listed in the order of their names.
pub async fn profiles_are_listed_by_name(bench: Bench) {
    let plain = bench.profile("boot").await;
    let version = |name: &str| {
        let definition = plain.definition().replace("'plain'", &format!("'{name}'"));
        must(ProfileVersion::new(&definition, plain.templates().clone()))
    };
    for name in ["z", "a-b", "a.b", "a0"] {
        put(&bench, &version(name)).await;
    }
    let listed = must(bench.store.list_profiles(&bench.grant().await).await);
    let names: Vec<_> = listed.iter().map(|one| one.profile().name.to_string()).collect();
    let expected = ["a-b", "a.b", "a0", "plain", "z"].map(str::to_owned);
    same(&names, &expected.to_vec(), "profiles are listed by the bytes of their names");
}

/// What is not there is no error.
pub async fn a_profile_that_is_not_there_is_none(bench: Bench) {
    let known = bench.profile("boot").await;
    let other: ProfileName = must("other".parse());
    let promise = "a profile that is not there is none";
    same(&current(&bench, &other).await, &None, promise);
    let see = bench.grant().await;
    let (store, name) = (&bench.store, &known.profile().name);
    let unknown = store.lookup_profile(&see, name, &Digest::of("another version")).await;
    same(&must(unknown), &None, promise);
    let unknown = store.lookup_profile(&see, &other, &known.digest()).await;
    same(&must(unknown), &None, "a version is of its own profile");
}

/// Any host may have a profile: a grant for some hosts only stores none.
pub async fn a_profile_is_for_all_hosts(bench: Bench) {
    let before = bench.profile("exit 1").await;
    let files = before.templates().clone();
    let definition = before.definition().replace("Plain", "Other");
    let other = must(ProfileVersion::new(&definition, files));
    let site = |name: &str| Scope::Site(must(name.parse()));
    for scope in [site("north"), Scope::AnyOf(vec![site("north"), site("south")])] {
        let grant = bench.grant_within(scope).await;
        let put = bench.store.put_profile(&grant, &other, &bench.entry("profile.put")).await;
        invalid(&put, "a profile is stored by a grant for all hosts only");
    }
    same(&current(&bench, &before.profile().name).await, &Some(before), "it changes nothing");
    same(&version(&bench, &other).await, &None, "a version that is refused is not stored");
    same(&bench.actions().await.len(), &1, "a version that is refused leaves no entry");
}
