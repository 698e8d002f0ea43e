//! Cases about what is overdue.

use super::{
    Bench,
    bench::{must, origin},
};
use crate::{
    auth::SeeHosts,
    ids::{AttemptId, HostId},
    lease::{Limits, Overdue},
    orchestrator::{MarkOrder, Operation},
    stores::{BootEventKind, HostKey, OverdueFilter, OverdueHost},
    time::{Clock, Timestamp},
};
use std::time::Duration;

/// Host 1 is installing, host 2 is marked, host 3 is offered; the attempts of the first and last.
async fn three_hosts(bench: &Bench) -> ([HostId; 3], AttemptId, AttemptId) {
    bench.profile("boot").await;
    let mut ids = [HostId::from_bytes([0; 16]); 3];
    for (number, id) in (1..).zip(&mut ids) {
        *id = bench.register(number, number != 2).await.id;
    }
    let [one, two, three] = ids;
    let mut attempts = Vec::new();
    for (number, host) in [(1, one), (3, three)] {
        bench.boot(host, number).await;
        attempts.extend(bench.host(number).await.lease.attempt.map(|attempt| attempt.id));
    }
    let first = must(attempts.first().copied().ok_or("no offer"));
    let last = must(attempts.last().copied().ok_or("no offer"));
    let ticket = bench.ticket(first).await;
    must(bench.orchestrator.claim(&ticket, origin()).await);
    must(bench.orchestrator.mark(&bench.operator, &HostKey::Id(two), MarkOrder::default()).await);
    (ids, first, last)
}

async fn overdue(bench: &Bench, filter: &OverdueFilter) -> Vec<OverdueHost> {
    must(bench.store.list_overdue(&bench.grant::<SeeHosts>().await, filter).await)
}

fn all(now: Timestamp) -> OverdueFilter {
    OverdueFilter::new(now, Limits::default().claim_wait)
}

/// Deadline, offer and mark come in turn, from their millisecond on, and in pages.
pub async fn what_is_overdue_is_listed_in_order(bench: Bench) {
    let ([one, two, three], installing, offered) = three_hosts(&bench).await;
    let start = bench.clock.now();
    let expected = [
        (one, Overdue::Install, Some(installing), Duration::from_mins(15)),
        (three, Overdue::Offer, Some(offered), Duration::from_hours(1)),
        (two, Overdue::Mark, None, Duration::from_hours(24)),
    ];
    let mut known = Vec::new();
    for (host, what, attempt, after) in expected {
        let since = start.plus(after);
        assert_eq!(overdue(&bench, &all(since.minus(Duration::from_millis(1)))).await, known);
        let found = bench.store.lookup_host(&bench.grant().await, &HostKey::Id(host)).await;
        let name = must(must(found).ok_or("no host")).spec.name;
        known.push(OverdueHost { since, host, what, name, attempt });
        assert_eq!(overdue(&bench, &all(since)).await, known);
    }
    let mut filter = all(start.plus(Duration::from_hours(48)));
    filter.limit = 1;
    for expected in &known {
        assert_eq!(overdue(&bench, &filter).await.as_slice(), std::slice::from_ref(expected));
        filter.after = Some(expected.key());
    }
    assert_eq!(overdue(&bench, &filter).await, []);
}

/// What came to an end in time, or was ended by somebody, is not overdue.
pub async fn what_has_ended_is_not_overdue(bench: Bench) {
    let ([one, two, three], ..) = three_hosts(&bench).await;
    for (host, operation) in
        [(one, Operation::Abandon), (two, Operation::Cancel), (three, Operation::Hold)]
    {
        must(
            bench.orchestrator.operate(&bench.operator, &HostKey::Id(host), &operation, None).await,
        );
    }
    let later = bench.clock.now().plus(Duration::from_hours(48));
    assert_eq!(overdue(&bench, &all(later)).await, []);
}

/// Each is told of once, with an alert; no lease changes.
pub async fn what_is_overdue_is_told_of_once(bench: Bench) {
    let ([one, ..], ..) = three_hosts(&bench).await;
    bench.events.take();
    let mut last = None;
    must(bench.orchestrator.tell_overdue(&mut last).await);
    assert_eq!(bench.events.take(), []);
    bench.clock.advance(Duration::from_mins(20));
    must(bench.orchestrator.tell_overdue(&mut last).await);
    let told = bench.events.take();
    let [event] = told.as_slice() else { return assert_eq!(told.len(), 1) };
    assert_eq!((event.host, event.alert), (Some(one), true));
    assert!(matches!(event.kind, BootEventKind::Overdue { what: Overdue::Install, .. }));
    bench.clock.advance(Duration::from_hours(48));
    must(bench.orchestrator.tell_overdue(&mut last).await);
    assert_eq!(bench.events.take().len(), 2, "offer and mark; the install is known");
    must(bench.orchestrator.tell_overdue(&mut last).await);
    assert_eq!(bench.events.take(), []);
    assert_eq!(bench.host(1).await.lease.phase(), crate::lease::Phase::Installing);
}
