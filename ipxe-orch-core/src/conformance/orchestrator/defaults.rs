//! Cases about values that many hosts share.

use super::{Bench, audit::entries, bench::must};
use crate::{
    audit::AuditOutcome,
    auth::Scope,
    orchestrator::{DefaultsEdit, OrchestratorError},
    profile::{Defaults, DefaultsKey},
    stores::StoreError,
};

fn place(profile: &str, site: Option<&str>) -> DefaultsKey {
    let site = site.map(|site| must(site.parse()));
    DefaultsKey { profile: must(profile.parse()), site }
}

fn values(place: &DefaultsKey, generation: u64, value: &str) -> Defaults {
    let mut values = Defaults { generation, ..Defaults::none(place.clone()) };
    values.values.insert(must("disk".parse()), must(value.parse()));
    values
}

/// What is written comes back, each place by itself and with the next generation; a write for
/// values that were changed meanwhile is a conflict and changes nothing, its entry included.
pub async fn defaults_are_replaced_as_they_were_seen(bench: Bench) {
    let (all, site) = (place("plain", None), place("plain", Some("north")));
    let (grant, entry) = (bench.grant().await, bench.entry("profile.set"));
    let store = &bench.store;
    for (place, value) in [(&site, "b"), (&place("other", None), "c"), (&all, "a")] {
        must(store.put_defaults(&grant, &values(place, 0, value), &entry).await);
    }
    let plain = must(store.list_defaults(&bench.grant().await, Some(&all.profile)).await);
    assert_eq!(plain, [values(&all, 1, "a"), values(&site, 1, "b")]);
    assert_eq!(must(store.list_defaults(&bench.grant().await, None).await).len(), 3);
    must(store.put_defaults(&grant, &values(&all, 1, "d"), &entry).await);
    for seen in [0, 1, 3] {
        let stale = store.put_defaults(&grant, &values(&all, seen, "e"), &entry).await;
        assert!(matches!(stale, Err(StoreError::Conflict)), "{seen}: {stale:?}");
    }
    let gone = Defaults { generation: 2, ..Defaults::none(all.clone()) };
    must(store.put_defaults(&grant, &gone, &entry).await);
    let plain = must(store.list_defaults(&bench.grant().await, Some(&all.profile)).await);
    assert_eq!(plain, [Defaults { generation: 3, ..gone }, values(&site, 1, "b")]);
    assert_eq!(entries(&bench).await.len(), 5, "one for each write");
}

/// Who may change the hosts of a site sets values for that site alone.
pub async fn defaults_are_for_who_may_change_their_hosts(bench: Bench) {
    bench.profile("exit 1").await;
    let entry = bench.entry("profile.set");
    let scope = Scope::Site(must("north".parse()));
    let grant = bench.grant_within(scope.clone()).await;
    for other in [place("plain", None), place("plain", Some("south"))] {
        let put = bench.store.put_defaults(&grant, &values(&other, 0, "a"), &entry).await;
        assert!(matches!(put, Err(StoreError::Invalid(_))), "{put:?}");
        let orchestrator = bench.orchestrator_within(scope.clone());
        let set =
            orchestrator.set_defaults(&bench.operator, &other, &DefaultsEdit::default()).await;
        assert!(matches!(set, Err(OrchestratorError::Denied(_))), "{set:?}");
    }
    assert_eq!(must(bench.store.list_defaults(&bench.grant().await, None).await), []);
    let own = place("plain", Some("north"));
    must(bench.store.put_defaults(&grant, &values(&own, 0, "a"), &entry).await);
    let outcomes: Vec<_> = entries(&bench).await.iter().map(|entry| entry.outcome).collect();
    let denied = AuditOutcome::Denied;
    assert_eq!(outcomes, [AuditOutcome::Done, denied, denied, AuditOutcome::Done]);
}
