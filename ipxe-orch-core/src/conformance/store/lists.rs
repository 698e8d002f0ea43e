//! Cases about lists of hosts: their order, their pages and their filters.

use super::{
    Bench, holds,
    make::{cancel, close, edit, remove},
    must, same,
};
use crate::{
    host::HostSpec,
    lease::{HostState, Outcome},
    names::HostName,
    stores::{HostFilter, HostPage},
    time::Clock,
};
use std::collections::BTreeMap;

/// Stores hosts with these names, in one call.
async fn add(bench: &Bench, names: &[String]) {
    let host = |name: &String| HostSpec::new(must(name.parse()), Vec::new());
    let puts: Vec<_> = names.iter().map(|name| bench.create(host(name), None)).collect();
    must(bench.put(&puts).await);
}

async fn list(bench: &Bench, filter: &HostFilter) -> HostPage {
    must(bench.store.list_hosts(&bench.grant().await, filter).await)
}

fn names(page: &HostPage) -> Vec<String> {
    page.hosts.iter().map(|host| host.spec.name.to_string()).collect()
}

/// Hosts are listed in the order of the bytes of their names: neither as people count nor as a
/// language sorts.
pub async fn hosts_are_listed_by_the_bytes_of_their_names(bench: Bench) {
    let sorted = ["a", "a-b", "a.b", "a0", "a10", "a9", "aa", "b", "b-1", "b1"].map(str::to_owned);
    let mut stored = sorted.clone();
    stored.reverse();
    stored.swap(2, 7);
    add(&bench, &stored).await;
    let listed = list(&bench, &HostFilter::default()).await;
    same(&names(&listed), &sorted.to_vec(), "hosts are listed by the bytes of their names");
    for (number, name) in sorted.iter().enumerate() {
        let filter = HostFilter { after: Some(must(name.parse())), ..HostFilter::default() };
        let rest = names(&list(&bench, &filter).await);
        let expected = sorted.iter().skip(number).skip(1).cloned().collect();
        same(&rest, &expected, "a page begins after the name that it is asked after");
    }
}

/// Pages have the length that was asked for, join without gap, and the last one says so.
pub async fn pages_of_hosts_join(bench: Bench) {
    let all: Vec<_> = (0..6).map(|number| format!("host{number}")).collect();
    add(&bench, &all).await;
    for limit in 1..=7_u8 {
        let length = usize::from(limit);
        let mut filter = HostFilter { limit: limit.into(), ..HostFilter::default() };
        for expected in all.chunks(length) {
            let page = list(&bench, &filter).await;
            same(&names(&page), &expected.to_vec(), "a page has as many hosts as were asked for");
            let last = expected.last() == all.last();
            let next: Option<HostName> = expected.last().map(|name| must(name.parse()));
            let next = next.filter(|_| !last);
            same(
                &page.next,
                &next,
                "a page names its last host as the next `after`, if more follow",
            );
            filter.after = page.next;
        }
    }
}

/// 0 stands for 1,000 hosts, which is also the most.
pub async fn a_page_has_a_thousand_hosts_at_most(bench: Bench) {
    let all: Vec<_> = (0..1001).map(|number| format!("host{number:04}")).collect();
    add(&bench, &all).await;
    for limit in [0, 1000, 1001, u32::MAX] {
        let page = list(&bench, &HostFilter { limit, ..HostFilter::default() }).await;
        let promise =
            "a page has 1,000 hosts at most, as many for a limit of 0, and says that one follows";
        let next = page.next.as_ref().map(ToString::to_string);
        same(&(page.hosts.len(), next), &(1000, Some("host0999".to_owned())), promise);
    }
}

/// A list has the hosts whose names begin with the text that is asked for, page by page. No
/// character of that text stands for others.
pub async fn hosts_are_listed_by_the_start_of_their_names(bench: Bench) {
    let names_of = |all: &[&str]| all.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    add(&bench, &names_of(&["a", "db", "db-1", "db-2", "db.x", "db1", "dc", "e"])).await;
    let promise = "a list has the hosts whose names begin with the text";
    let cases = [
        ("db", "db db-1 db-2 db.x db1"),
        ("db-", "db-1 db-2"),
        ("", "a db db-1 db-2 db.x db1 dc e"),
    ];
    let none = ["x", "d_", "%", "DB", "db-10", "\u{e9}"].map(|prefix| (prefix, ""));
    for (prefix, expected) in cases.into_iter().chain(none) {
        let mut filter =
            HostFilter { name_prefix: Some(prefix.to_owned()), ..HostFilter::default() };
        let listed = names(&list(&bench, &filter).await).join(" ");
        same(&listed, &expected.to_owned(), promise);
        filter.limit = 2;
        let mut paged = Vec::new();
        loop {
            let page = list(&bench, &filter).await;
            paged.extend(names(&page));
            let Some(next) = page.next else { break };
            filter.after = Some(next);
        }
        same(&paged.join(" "), &expected.to_owned(), "pages of such a list join");
    }
}

/// A list has the hosts in the state that is asked for, whatever made them so, and no removed one.
pub async fn hosts_are_listed_by_their_state(bench: Bench) {
    let promise = "a list has the hosts in the state";
    let of = async |state| {
        let filter = HostFilter { state: Some(state), ..HostFilter::default() };
        names(&list(&bench, &filter).await).join(" ")
    };
    bench.added(1).await;
    let two = bench.added(2).await.id;
    let gone = bench.added(3).await;
    same(&of(HostState::Registered).await, &"host1 host2 host3".to_owned(), promise);
    must(bench.put(&[remove(&gone)]).await);
    same(&of(HostState::Registered).await, &"host1 host2".to_owned(), "no removed host is listed");
    let now = bench.clock.now();
    let is = async |state| {
        same(&bench.by_id(two).await.lease.state(), &state, "a state follows from the lease");
        for other in HostState::ALL.into_iter().filter(|other| *other != HostState::Registered) {
            let expected = if other == state { "host2" } else { "" };
            same(&of(other).await, &expected.to_owned(), promise);
        }
        same(&of(HostState::Registered).await, &"host1".to_owned(), promise);
        let counted = must(bench.store.count_hosts(&bench.grant().await).await);
        let expected = BTreeMap::from([(HostState::Registered, 1), (state, 1)]);
        same(&counted, &expected, "hosts are counted by their state");
    };
    bench.mark(two).await;
    is(HostState::Marked).await;
    bench.step(two, |lease| cancel(lease, now)).await;
    is(HostState::Closed).await;
    bench.mark(two).await;
    bench.offer(two).await;
    is(HostState::Offered).await;
    bench.claim(two).await;
    is(HostState::Installing).await;
    bench.step(two, |lease| close(lease, Outcome::TimedOut, now)).await;
    is(HostState::Failed).await;
    bench.installed(two, Outcome::Done).await;
    is(HostState::Installed).await;
    let host = bench.by_id(two).await;
    let renamed = HostSpec { name: must("a2".parse()), ..host.spec.clone() };
    must(bench.put(&[edit(&host, renamed)]).await);
    let named = of(HostState::Installed).await;
    same(&named, &"a2".to_owned(), "a renamed host is listed by its name");
}

/// A list has the hosts of the site, with the profile and with all the labels that are asked for.
pub async fn only_wanted_hosts_are_listed(bench: Bench) {
    for number in 1..=3 {
        bench.added(number).await;
    }
    let two = bench.host(2).await;
    let mut spec = two.spec.clone();
    spec.site = Some(must("north".parse()));
    spec.profile = Some(must("other".parse()));
    for (key, value) in [("role", "web"), ("rack", "7")] {
        spec.labels.insert(must(key.parse()), must(value.parse()));
    }
    must(bench.put(&[edit(&two, spec)]).await);
    let three = bench.host(3).await;
    let mut spec = three.spec.clone();
    spec.labels.insert(must("role".parse()), must("web".parse()));
    must(bench.put(&[edit(&three, spec)]).await);
    let label = |key: &str, value: &str| (must(key.parse()), must(value.parse()));
    let any = HostFilter::default;
    let cases = [
        (HostFilter { site: Some(must("north".parse())), ..any() }, "host2"),
        (HostFilter { site: Some(must("south".parse())), ..any() }, ""),
        (HostFilter { profile: Some(must("plain".parse())), ..any() }, "host1 host3"),
        (HostFilter { labels: [label("role", "web")].into(), ..any() }, "host2 host3"),
        (
            HostFilter { labels: [label("role", "web"), label("rack", "7")].into(), ..any() },
            "host2",
        ),
        (HostFilter { labels: [label("rack", "8")].into(), ..any() }, ""),
        (HostFilter { profile: Some(must("plain".parse())), limit: 1, ..any() }, "host1"),
    ];
    for (filter, expected) in cases {
        let page = list(&bench, &filter).await;
        same(&names(&page).join(" "), &expected.to_owned(), "only wanted hosts are listed");
        let more = filter.limit == 1;
        holds(page.next.is_some() == more, "another page follows if wanted hosts are left", &page);
    }
}
