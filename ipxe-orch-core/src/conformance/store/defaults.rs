//! Cases about values that many hosts share.

use super::{Bench, conflict, filled::values, invalid, must, same};
use crate::{
    auth::Scope,
    profile::{Defaults, DefaultsKey},
};

async fn list(bench: &Bench, of: Option<&str>) -> Vec<Defaults> {
    let profile = of.map(|name| must(name.parse()));
    must(bench.store.list_defaults(&bench.grant().await, profile.as_ref()).await)
}

/// What is written comes back, each place by itself, with the next generation.
pub async fn defaults_come_back_with_the_next_generation(bench: Bench) {
    let mut other = values(None, 0, "c");
    other.place.profile = must("other".parse());
    let sites = [values(Some("south"), 0, "s"), values(Some("north"), 0, "n")];
    let [south, north] = sites.clone();
    for values in [south.clone(), values(None, 0, "a"), other.clone(), north.clone()] {
        must(bench.set(&values).await);
    }
    let stored = |values: Defaults| Defaults { generation: values.generation + 1, ..values };
    let plain = [values(None, 0, "a"), north.clone(), south.clone()].map(stored);
    let promise = "defaults come back as they were written, in the order of their places";
    same(&list(&bench, Some("plain")).await, &plain.to_vec(), promise);
    let all: Vec<_> = std::iter::once(stored(other)).chain(plain).collect();
    same(&list(&bench, None).await, &all, promise);
    same(&list(&bench, Some("unknown")).await, &vec![], "a profile without defaults has none");
    must(bench.set(&values(Some("north"), 1, "m")).await);
    let plain = [stored(values(None, 0, "a")), values(Some("north"), 2, "m"), stored(south)];
    let promise = "a write replaces the values of its place, and of no other one";
    same(&list(&bench, Some("plain")).await, &plain.to_vec(), promise);
    let gone = Defaults { generation: 2, ..Defaults::none(north.place) };
    must(bench.set(&gone).await);
    let emptied = list(&bench, Some("plain")).await.into_iter().nth(1);
    let expected = Some(Defaults { generation: 3, ..gone });
    same(&emptied, &expected, "a place whose values are taken away keeps its generation");
}

/// Values are replaced only as they were looked at: another generation is a conflict, also 0 where
/// there are some, and another one than 0 where there are none.
pub async fn only_defaults_that_were_looked_at_are_replaced(bench: Bench) {
    let promise = "defaults of another generation are a conflict";
    let early = bench.set(&values(None, 1, "a")).await;
    conflict(&early, promise);
    for seen in [0, 1] {
        must(bench.set(&values(None, seen, "a")).await);
    }
    for seen in [0, 1, 3] {
        let stale = bench.set(&values(None, seen, "b")).await;
        conflict(&stale, promise);
    }
    same(&list(&bench, None).await, &vec![values(None, 2, "a")], "a conflict changes nothing");
    same(&bench.actions().await.len(), &2, "a conflict leaves no entry");
}

/// Whoever may change the hosts of a site sets values for that site alone.
pub async fn defaults_are_for_who_may_change_their_hosts(bench: Bench) {
    let entry = bench.entry("profile.set");
    let site = |name: &str| Scope::Site(must(name.parse()));
    let grant = bench.grant_within(site("north")).await;
    for other in [values(None, 0, "a"), values(Some("south"), 0, "a")] {
        let put = bench.store.put_defaults(&grant, &other, &entry).await;
        invalid(&put, "defaults are set by a grant for all hosts of their place only");
    }
    same(&list(&bench, None).await, &vec![], "what is refused changes nothing");
    same(&bench.actions().await, &vec![], "what is refused leaves no entry");
    must(bench.store.put_defaults(&grant, &values(Some("north"), 0, "a"), &entry).await);
    let both = bench.grant_within(Scope::AnyOf(vec![site("north"), site("south")])).await;
    must(bench.store.put_defaults(&both, &values(Some("south"), 0, "b"), &entry).await);
    same(&list(&bench, None).await.len(), &2, "defaults of one's own sites are stored");
}

/// Whoever may see a host sees all that it inherits: the defaults of its site and those of no site.
pub async fn defaults_are_seen_by_who_may_see_a_host(bench: Bench) {
    for site in [None, Some("north"), Some("south")] {
        must(bench.set(&values(site, 0, "a")).await);
    }
    let site = |name: &str| Scope::Site(must(name.parse()));
    let labels = [(must("role".parse()), must("web".parse()))];
    for (scope, seen) in [
        (site("north"), vec![None, Some("north")]),
        (site("east"), vec![None]),
        (Scope::AnyOf(vec![site("south"), site("east")]), vec![None, Some("south")]),
        (Scope::Labels(labels.into()), vec![None, Some("north"), Some("south")]),
    ] {
        let grant = bench.grant_within(scope).await;
        let listed = must(bench.store.list_defaults(&grant, None).await);
        let places: Vec<DefaultsKey> = listed.into_iter().map(|one| one.place).collect();
        let expected: Vec<_> = seen.into_iter().map(|site| values(site, 0, "a").place).collect();
        same(
            &places,
            &expected,
            "a grant for sites shows the defaults of its sites and of no site",
        );
    }
}
