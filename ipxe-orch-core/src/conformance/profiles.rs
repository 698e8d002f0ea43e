//! Cases about profiles.

use super::{Bench, bench::must};

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
