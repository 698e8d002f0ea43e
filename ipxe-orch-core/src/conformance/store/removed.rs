//! Cases about hosts that were removed: they leave a tombstone with their history.

use super::{
    Bench,
    filled::{event, stranger},
    holds,
    make::{edit, remove, replace},
    must, not_found, same,
};
use crate::{
    auth::{MarkHosts, ReadAudit, Scope, SeeHosts},
    ids::HostId,
    lease::{Limits, Outcome},
    stores::{BootEvent, EventFilter, HostFilter, HostKey, HostRecord, OverdueFilter},
    time::Clock,
};
use std::time::Duration;

/// Host 1 at the site `north`, removed after an install.
async fn removed(bench: &Bench) -> HostRecord {
    let id = bench.stored(bench.create(bench.full_spec(1), None)).await;
    bench.installed(id, Outcome::Failed).await;
    let host = bench.by_id(id).await;
    must(bench.put(&[remove(&host)]).await);
    host
}

/// A removed host is neither looked up nor listed, does not boot and is never overdue.
pub async fn a_removed_host_is_not_there(bench: Bench) {
    let host = removed(&bench).await;
    let (store, see) = (&bench.store, bench.grant::<SeeHosts>().await);
    let promise = "a removed host is not there";
    for key in [HostKey::Id(host.id), HostKey::Name(host.spec.name.clone())] {
        same(&must(store.lookup_host(&see, &key).await), &None, promise);
    }
    let machine = bench.machine(host.id).await;
    same(&must(store.lookup_boot(&machine, host.id).await), &None, promise);
    same(&must(store.list_hosts(&see, &HostFilter::default()).await).hosts, &vec![], promise);
    not_found(&bench.put(&[remove(&host)]).await, promise);
    let mut again = host.clone();
    again.lease.generation = host.lease.generation.next();
    not_found(&bench.put(&[remove(&again)]).await, promise);
    not_found(&bench.put(&[edit(&again, bench.spec(1))]).await, promise);
}

/// Not even an open attempt, which a change of the tombstone may leave, makes a removed host overdue.
pub async fn a_removed_host_is_not_overdue(bench: Bench) {
    let host = removed(&bench).await;
    let attempt = must(host.lease.attempt.as_ref().ok_or("no attempt")).id;
    let (now, _) = must(bench.by_ticket(attempt).await.ok_or("the attempt is gone"));
    let reopened = replace(&now.lease, |next| {
        if let Some(attempt) = &mut next.attempt {
            attempt.closed = None;
        }
    });
    must(bench.apply(host.id, reopened).await);
    let later = bench.clock.now().plus(Duration::from_hours(48));
    let late = OverdueFilter::new(later, Limits::default().claim_wait);
    let late = bench.store.list_overdue(&bench.grant().await, &late).await;
    same(&must(late), &vec![], "a removed host is not overdue");
}

/// The name, MACs and addresses of a removed host are free.
pub async fn what_a_removed_host_had_is_free(bench: Bench) {
    let host = removed(&bench).await;
    let again = bench.stored(bench.create(bench.full_spec(1), None)).await;
    let promise = "the name, MACs and addresses of a removed host are free";
    same(&bench.host(1).await.id, &again, promise);
    holds(again != host.id, promise, &again);
    must(bench.put(&[remove(&bench.host(1).await)]).await);
    same(&bench.find(again).await, &None, "the next host of that name is removed as well");
}

/// Marks and attempts of a removed host are found still: no id is used twice, late reports count.
pub async fn the_history_of_a_removed_host_is_found(bench: Bench) {
    let id = bench.added(1).await.id;
    let mut attempts = Vec::new();
    let mut marks = Vec::new();
    for outcome in [Outcome::Abandoned, Outcome::Failed] {
        let attempt = bench.installed(id, outcome).await;
        attempts.push(attempt);
        marks.extend(bench.by_ticket(attempt).await.map(|(_, attempt)| attempt.mark));
    }
    must(bench.put(&[remove(&bench.by_id(id).await)]).await);
    let machine = bench.machine(id).await;
    for attempt in attempts {
        let promise = "the attempts of a removed host are found, with the host";
        let found = bench.by_ticket(attempt).await;
        same(
            &found.as_ref().map(|(host, found)| (host.id, found.id)),
            &Some((id, attempt)),
            promise,
        );
        let by_machine = must(bench.store.lookup_attempt(&machine, attempt).await);
        same(&by_machine, &found, promise);
    }
    let grant = bench.grant::<MarkHosts>().await;
    for mark in marks {
        let found = must(bench.store.lookup_mark(&grant, mark).await);
        same(&found, &Some(id), "the marks of a removed host are found");
    }
}

/// Whoever saw the audit and the events of a host sees them after its removal, and nobody else.
pub async fn who_saw_the_history_of_a_host_sees_it_still(bench: Bench) {
    let host = removed(&bench).await;
    let other = bench.added(2).await;
    let events = [Some(host.id), Some(other.id)].map(|host| event(&bench, host));
    must(bench.store.record_events(&bench.recorder(), &events).await);
    let promise = "who saw the history of a host sees it after its removal";
    for (scope, sees) in [
        (Scope::Site(must("north".parse())), true),
        (Scope::Labels(host.spec.labels.clone()), true),
        (Scope::Host(host.id), true),
        (Scope::Site(must("south".parse())), false),
    ] {
        let see = bench.grant_within::<SeeHosts>(scope.clone()).await;
        let seen = must(bench.store.list_events(&see, &EventFilter::default()).await);
        let expected: Vec<BootEvent> = events.iter().take(usize::from(sees)).cloned().collect();
        same(&seen, &expected, promise);
        let read = bench.grant_within::<ReadAudit>(scope).await;
        let entries = must(bench.store.read_audit(&read, None, 100).await);
        // Created, marked, offered, claimed, closed, removed.
        same(&entries.len(), &if sees { 6 } else { 0 }, promise);
    }
}

/// A machine whose host was removed is no stranger: it is not discovered.
pub async fn a_removed_host_is_not_discovered(bench: Bench) {
    let (host, at) = (removed(&bench).await, bench.clock.now());
    let mut boot = stranger(at, 1);
    boot.host = Some(host.id);
    must(bench.store.record_events(&bench.recorder(), &[boot]).await);
    let found = must(bench.store.list_discovered(&bench.grant().await).await);
    let found: Vec<HostId> = found.into_iter().map(|machine| machine.host).collect();
    same(&found, &vec![], "the machine of a removed host is not discovered");
}
