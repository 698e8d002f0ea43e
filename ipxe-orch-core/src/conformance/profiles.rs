//! Cases about profiles.

use super::{Bench, bench::must};
use crate::{digest::Digest, profile::MediaLock};
use std::collections::BTreeMap;

/// A new version becomes the current one; the one before is still there for those who pinned it.
pub async fn a_pinned_version_stays(bench: Bench) {
    let first = bench.profile("boot").await;
    let host = bench.register(1, true).await;
    let second = bench.profile("imgfree").await;
    assert_ne!(first.digest(), second.digest());
    let name = &first.profile().name;
    assert_eq!(must(bench.store.current_profile(name).await).as_ref(), Some(&second));
    let pinned = must(bench.store.lookup_profile(name, &first.digest()).await);
    assert_eq!(pinned.as_ref(), Some(&first));
    assert_eq!(must(bench.store.list_profiles().await), [second]);
    let script = bench.boot(host.id, 1).await;
    assert!(script.ends_with("boot"), "the mark pinned the first: {script}");
}

/// The contents of media are part of a version, and come back with it.
pub async fn pinned_media_are_kept(bench: Bench) {
    let bare = bench.profile("boot").await;
    let kernel = must("kernel".parse());
    let lock = MediaLock(BTreeMap::from([(kernel, Digest::of("bytes"))]));
    let locked = bare.clone().with_lock(lock);
    let entry = bench.entry("profile.put");
    must(bench.store.put_profile(&bench.grant().await, &locked, &entry).await);
    let name = &bare.profile().name;
    assert_eq!(must(bench.store.current_profile(name).await).as_ref(), Some(&locked));
    let found = must(bench.store.lookup_profile(name, &locked.digest()).await);
    assert_eq!(found.as_ref(), Some(&locked));
    let found = must(bench.store.lookup_profile(name, &bare.digest()).await);
    assert_eq!(found.as_ref(), Some(&bare));
}
