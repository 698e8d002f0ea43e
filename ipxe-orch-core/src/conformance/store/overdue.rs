//! Cases about what is overdue.

use super::{
    Bench,
    make::{cancel, close, replace},
    must, same,
};
use crate::{
    auth::SeeHosts,
    ids::{AttemptId, HostId},
    lease::{Hold, Lease, Limits, Outcome, Overdue},
    stores::{OverdueFilter, OverdueHost},
    time::{Clock, Timestamp},
};
use std::time::Duration;

/// Host 1 is installing, host 2 is marked, host 3 is offered; the attempts of the first and last.
async fn three_hosts(bench: &Bench) -> ([HostId; 3], AttemptId, AttemptId) {
    let mut ids = [HostId::from_bytes([0; 16]); 3];
    for (number, id) in (1..).zip(&mut ids) {
        *id = bench.added(number).await.id;
        if number == 2 {
            // An attempt that has ended is not that of the mark.
            bench.installed(*id, Outcome::Failed).await;
        }
        bench.mark(*id).await;
    }
    let [one, _, three] = ids;
    let installing = bench.offer(one).await.id;
    bench.claim(one).await;
    let offered = bench.offer(three).await.id;
    // The offer counts for an hour; only the mark of host 2 is to run out.
    let forever = |next: &mut Lease| next.mark.iter_mut().for_each(|mark| mark.expires_at = None);
    bench.step(three, |lease| replace(lease, forever)).await;
    (ids, installing, offered)
}

async fn overdue(bench: &Bench, filter: &OverdueFilter) -> Vec<OverdueHost> {
    must(bench.store.list_overdue(&bench.grant::<SeeHosts>().await, filter).await)
}

fn until(now: Timestamp) -> OverdueFilter {
    OverdueFilter::new(now, Limits::default().claim_wait)
}

/// An install, an offer and a mark are overdue from their very millisecond on, in the order of that.
pub async fn what_is_overdue_is_listed_in_its_order(bench: Bench) {
    let ([one, two, three], installing, offered) = three_hosts(&bench).await;
    let start = bench.clock.now();
    let mut known = Vec::new();
    for (host, what, attempt, after) in [
        (one, Overdue::Install, Some(installing), Duration::from_mins(15)),
        (three, Overdue::Offer, Some(offered), Duration::from_hours(1)),
        (two, Overdue::Mark, None, Duration::from_hours(24)),
    ] {
        let since = start.plus(after);
        let early = overdue(&bench, &until(since.minus(Duration::from_millis(1)))).await;
        same(&early, &known, "nothing is overdue before its time");
        let name = bench.by_id(host).await.spec.name;
        known.push(OverdueHost { since, host, what, name, attempt });
        let promise = "what is overdue is listed from its very millisecond on, the oldest first";
        same(&overdue(&bench, &until(since)).await, &known, promise);
    }
}

/// Pages of what is overdue join: each begins after the key that it is asked after.
pub async fn pages_of_what_is_overdue_join(bench: Bench) {
    three_hosts(&bench).await;
    // Of one moment: in the order of the hosts' ids.
    for number in 4..=6 {
        let id = bench.added(number).await.id;
        bench.mark(id).await;
    }
    let late = until(bench.clock.now().plus(Duration::from_hours(48)));
    let all = overdue(&bench, &late).await;
    let mut sorted = all.clone();
    sorted.sort_by_key(OverdueHost::key);
    same(
        &(all.len(), &all),
        &(6, &sorted),
        "all that is overdue is listed in the order of its keys",
    );
    for limit in 1..=4_u8 {
        let mut filter = OverdueFilter { limit: limit.into(), ..late.clone() };
        for expected in all.chunks(limit.into()) {
            let page = overdue(&bench, &filter).await;
            same(&page, &expected.to_vec(), "pages of what is overdue join");
            filter.after = page.last().map(OverdueHost::key);
        }
        same(&overdue(&bench, &filter).await, &vec![], "nothing comes after the last one");
    }
}

/// 0 stands for 1,000 entries, which is also the most.
pub async fn a_page_has_a_thousand_overdue_hosts_at_most(bench: Bench) {
    let host = |number: u16| {
        let name = must(format!("host{number}").parse());
        let spec = crate::host::HostSpec::new(name, Vec::new());
        bench.create(spec, Some(bench.new_mark()))
    };
    let puts: Vec<_> = (0..1001).map(host).collect();
    must(bench.put(&puts).await);
    let late = until(bench.clock.now().plus(Duration::from_hours(48)));
    for limit in [0, 1000, u32::MAX] {
        let page = overdue(&bench, &OverdueFilter { limit, ..late.clone() }).await;
        let promise = "a page has 1,000 entries at most, as many for a limit of 0";
        same(&page.len(), &1000, promise);
    }
}

/// What came to an end in time is not overdue.
pub async fn what_has_ended_is_not_overdue(bench: Bench) {
    let ([one, two, three], ..) = three_hosts(&bench).await;
    let now = bench.clock.now();
    bench.step(one, |lease| close(lease, Outcome::Abandoned, now)).await;
    bench.step(two, |lease| cancel(lease, now)).await;
    let hold = Hold { by: "ann".to_owned(), at: now, reason: None };
    bench.step(three, |lease| cancel(lease, now)).await;
    bench.step(three, |lease| replace(lease, |next| next.held = Some(hold))).await;
    let late = overdue(&bench, &until(now.plus(Duration::from_hours(48)))).await;
    same(&late, &vec![], "what came to an end is not overdue");
}
