//! Cases about profiles.

use super::{Bench, audit::entries, bench::must};
use crate::{
    audit::AuditOutcome,
    auth::Scope,
    digest::Digest,
    orchestrator::OrchestratorError,
    profile::{MediaLock, ProfileVersion},
    stores::StoreError,
};
use std::collections::BTreeMap;

/// A new version becomes the current one; the one before is still there for those who pinned it.
pub async fn a_pinned_version_stays(bench: Bench) {
    let first = bench.profile("boot").await;
    let host = bench.register(1, true).await;
    let second = bench.profile("imgfree").await;
    assert_ne!(first.digest(), second.digest());
    let name = &first.profile().name;
    assert_eq!(
        must(bench.store.current_profile(&bench.grant().await, name).await).as_ref(),
        Some(&second)
    );
    let pinned =
        must(bench.store.lookup_profile(&bench.grant().await, name, &first.digest()).await);
    assert_eq!(pinned.as_ref(), Some(&first));
    assert_eq!(must(bench.store.list_profiles(&bench.grant().await).await), [second]);
    let script = bench.boot(host.id, 1).await;
    assert!(script.ends_with("boot"), "the mark pinned the first: {script}");
}

/// Any host may have a profile: whoever may change some hosts only stores none, and leaves an entry.
pub async fn a_profile_is_for_all_hosts(bench: Bench) {
    let before = bench.profile("exit 1").await;
    let name = &before.profile().name;
    let files = before.templates().clone();
    let definition = before.definition().replace("Plain", "Other");
    let other = must(ProfileVersion::new(&definition, files));
    let site = Scope::Site(must("north".parse()));
    let grant = bench.grant_within(site.clone()).await;
    let put = bench.store.put_profile(&grant, &other, &bench.entry("profile.put")).await;
    assert!(matches!(put, Err(StoreError::Invalid(_))), "{put:?}");
    let denied = bench.orchestrator_within(site).put_profile(&bench.operator, &other).await;
    assert!(matches!(denied, Err(OrchestratorError::Denied(_))), "{denied:?}");
    assert_eq!(
        must(bench.store.current_profile(&bench.grant().await, name).await).as_ref(),
        Some(&before)
    );
    assert!(must(bench.orchestrator.put_profile(&bench.operator, &other).await));
    assert!(!must(bench.orchestrator.put_profile(&bench.operator, &other).await), "it is there");
    assert_eq!(must(bench.store.current_profile(&bench.grant().await, name).await), Some(other));
    let outcomes: Vec<_> = entries(&bench).await.iter().map(|entry| entry.outcome).collect();
    assert_eq!(outcomes, [AuditOutcome::Done, AuditOutcome::Denied, AuditOutcome::Done]);
}

/// What could strand a machine, or never spends its mark, is not stored, and the message says why.
pub async fn a_faulty_profile_is_refused(bench: Bench) {
    let before = bench.profile("exit 1").await;
    let name = &before.profile().name;
    for (script, why) in [
        (":a\ngoto a", "line 4: endless-loop"),
        ("shell ||", "line 3: waits-for-person"),
        ("goto nowhere ||", "line 3: missing-label"),
        ("kernel --timeout 1000 a || exit 1\nboot ||", "line 4: missing-claim"),
        ("${x}", "line 3: not-analysed"),
        ("{{nothing}}", "no value nothing"),
    ] {
        let mut files = before.templates().clone();
        files.insert(must("boot".parse()), format!("#!ipxe\n# {{{{ticket}}}}\n{script}"));
        let faulty = must(ProfileVersion::new(before.definition(), files));
        let put = bench.orchestrator.put_profile(&bench.operator, &faulty).await;
        let told = matches!(&put, Err(OrchestratorError::Invalid(text)) if text.contains(why));
        assert!(told, "{script}: {put:?}");
        assert_eq!(
            must(bench.store.current_profile(&bench.grant().await, name).await).as_ref(),
            Some(&before)
        );
    }
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
    assert_eq!(
        must(bench.store.current_profile(&bench.grant().await, name).await).as_ref(),
        Some(&locked)
    );
    let found =
        must(bench.store.lookup_profile(&bench.grant().await, name, &locked.digest()).await);
    assert_eq!(found.as_ref(), Some(&locked));
    let found = must(bench.store.lookup_profile(&bench.grant().await, name, &bare.digest()).await);
    assert_eq!(found.as_ref(), Some(&bare));
}
