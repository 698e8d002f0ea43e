//! Many callers and several programs on one file.

use crate::common::{actions, audit, bench, execute, folder, open, options, raw};
use ipxe_orch_backends::sql::SqliteStore;
use ipxe_orch_core::stores::prelude::*;
use ipxe_orch_core::{
    conformance::Bench,
    ids::{AttemptId, ChainId, ClaimId},
    lease::{Change, Closed, Event, Inputs, Limits, Outcome, Write, decide},
    orchestrator::{MarkOrder, Orchestrator, Report, TicketAnswer},
    stores::{HostFilter, HostKey, HostRecord, PutHost, StoreError},
    time::{Clock as _, Timestamp},
};
use std::{sync::Arc, time::Duration};

/// Host 1 with an offer.
async fn offered(bench: &Bench) -> HostRecord {
    bench.profile("boot").await;
    let host = bench.register(1, true).await;
    bench.boot(host.id, 1).await;
    bench.host(1).await
}

/// What `event` makes of the host.
fn change(bench: &Bench, host: &HostRecord, event: &Event, claim: u8) -> Change {
    let limits = Limits::default();
    let verdict = decide(&host.lease, event, None, bench.clock.now(), &limits).unwrap();
    let claim = Some(ClaimId::from_bytes([claim; 16]));
    verdict.change(host.id, Inputs { claim, attempt: None, from: None }).unwrap()
}

fn claim(bench: &Bench, host: &HostRecord, id: u8) -> Change {
    let attempt = host.lease.attempt.as_ref().unwrap().id;
    change(bench, host, &Event::Claim(attempt), id)
}

/// Applies all changes at once.
async fn apply_all(
    store: &Arc<SqliteStore>,
    bench: &Bench,
    changes: Vec<Change>,
) -> Vec<Result<(), StoreError>> {
    let grant = bench.write_grant().await;
    let epoch = store.epoch().await.unwrap();
    let tasks: Vec<_> = changes
        .into_iter()
        .map(|change| {
            let (store, grant, entry) = (Arc::clone(store), grant.clone(), bench.entry("test"));
            tokio::spawn(async move { store.apply(&grant, epoch, &change, Some(&entry)).await })
        })
        .collect();
    let mut outcomes = Vec::new();
    for task in tasks {
        outcomes.push(task.await.unwrap());
    }
    outcomes
}

fn granted(outcomes: &[Result<(), StoreError>]) -> usize {
    for outcome in outcomes {
        assert!(matches!(outcome, Ok(()) | Err(StoreError::Conflict)), "{outcome:?}");
    }
    outcomes.iter().filter(|outcome| outcome.is_ok()).count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn repeated_offers_all_succeed_and_one_is_counted() {
    let folder = folder();
    let (store, bench) = bench(folder.path()).await;
    let host = offered(&bench).await;
    let repeated = || change(&bench, &host, &Event::Boot, 0);
    let outcomes = apply_all(&store, &bench, (0..64).map(|_| repeated()).collect()).await;
    assert_eq!(granted(&outcomes), 64);
    assert_eq!(bench.host(1).await, host, "within 60 s it is one offer");
    bench.clock.advance(Duration::from_mins(1));
    let outcomes = apply_all(&store, &bench, (0..64).map(|_| repeated()).collect()).await;
    assert_eq!(granted(&outcomes), 1, "the others read again");
    let now = bench.host(1).await;
    assert_eq!(now.lease.attempt.unwrap().offers, 2);
    assert_eq!(now.lease.generation, host.lease.generation, "the generation stays");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_of_many_claims_wins() {
    let folder = folder();
    let (store, bench) = bench(folder.path()).await;
    let host = offered(&bench).await;
    let claims = (0..64).map(|id| claim(&bench, &host, id)).collect();
    assert_eq!(granted(&apply_all(&store, &bench, claims).await), 1);
    assert_eq!(actions(store.as_ref(), &bench).await.iter().filter(|a| *a == "test").count(), 1);
}

#[tokio::test]
async fn the_database_itself_refuses_a_second_claim() {
    let folder = folder();
    let (store, bench) = bench(folder.path()).await;
    let host = offered(&bench).await;
    let mut connection = raw(folder.path()).await;
    execute(&mut connection, "INSERT INTO claims SELECT mark_id, id, host_id, id, 0 FROM attempts")
        .await;
    let outcomes = apply_all(&store, &bench, vec![claim(&bench, &host, 1)]).await;
    assert!(matches!(outcomes[..], [Err(StoreError::Conflict)]), "{outcomes:?}");
    assert_eq!(bench.host(1).await, host, "the rest of the change is rolled back");
}

/// The claims share a transaction, until one of them fails after it has written.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_change_that_fails_late_takes_no_other_with_it() {
    let folder = folder();
    let (store, bench) = bench(folder.path()).await;
    bench.profile("boot").await;
    let mut changes = Vec::new();
    for number in 1..=8 {
        let host = bench.register(number, true).await;
        bench.boot(host.id, number).await;
        changes.push(claim(&bench, &bench.host(number).await, 1));
    }
    let before = bench.host(3).await;
    let mut connection = raw(folder.path()).await;
    let sql = "INSERT INTO claims SELECT mark_id, id, host_id, id, 0 FROM attempts \
               WHERE host_id = (SELECT host_id FROM host_macs ORDER BY mac LIMIT 1 OFFSET 2)";
    execute(&mut connection, sql).await;
    let outcomes = apply_all(&store, &bench, changes).await;
    let refused: Vec<usize> =
        (1..).zip(&outcomes).filter(|(_, o)| o.is_err()).map(|(n, _)| n).collect();
    assert_eq!((granted(&outcomes), refused), (7, vec![3]));
    assert_eq!(bench.host(3).await, before, "the rest of the change is rolled back");
    let entries = actions(store.as_ref(), &bench).await;
    assert_eq!(entries.iter().filter(|action| *action == "test").count(), 7);
}

#[tokio::test]
async fn an_offer_of_another_attempt_or_host_is_not_counted() {
    let folder = folder();
    let (store, bench) = bench(folder.path()).await;
    let host = offered(&bench).await;
    let other = bench.register(2, false).await;
    let Write::CountOffer { attempt, offers, .. } = change(&bench, &host, &Event::Boot, 0).write
    else {
        panic!("a repeated boot counts");
    };
    let count = Some(Timestamp::from_millis(0));
    let write = |attempt, offers| Write::CountOffer { attempt, offers, count };
    let changes = vec![
        Change { host: host.id, write: write(AttemptId::from_bytes([9; 16]), offers) },
        Change { host: host.id, write: write(attempt, offers + 1) },
        Change { host: other.id, write: write(attempt, offers) },
    ];
    assert_eq!(granted(&apply_all(&store, &bench, changes).await), 0);
    assert_eq!(bench.host(1).await, host);
    let claimed = vec![claim(&bench, &host, 1)];
    assert_eq!(granted(&apply_all(&store, &bench, claimed).await), 1);
    let late = vec![Change { host: host.id, write: write(attempt, offers) }];
    assert_eq!(granted(&apply_all(&store, &bench, late).await), 0, "it is claimed");
}

/// Mark and attempt are as they were, but somebody wrote to the host meanwhile.
#[tokio::test]
async fn a_change_that_was_decided_before_an_edit_is_a_conflict() {
    let folder = folder();
    let (store, bench) = bench(folder.path()).await;
    let host = offered(&bench).await;
    let (id, generation, spec) = (host.id, host.lease.generation, bench.spec(1));
    let edit = PutHost::Edit { id, generation, spec };
    let (grant, epoch) = (bench.put_grant().await, store.epoch().await.unwrap());
    store.put_hosts(&grant, epoch, &[(edit, bench.entry("host.edit"))]).await.unwrap();
    let edited = bench.host(1).await;
    let outcomes = apply_all(&store, &bench, vec![claim(&bench, &host, 1)]).await;
    assert_eq!(granted(&outcomes), 0);
    assert_eq!(bench.host(1).await, edited);
    let outcomes = apply_all(&store, &bench, vec![claim(&bench, &edited, 1)]).await;
    assert_eq!(granted(&outcomes), 1);
}

/// Whether the attempt may be joined with this outcome.
async fn joins(
    store: &Arc<SqliteStore>,
    bench: &Bench,
    host: &HostRecord,
    attempt: AttemptId,
    outcome: Outcome,
) -> bool {
    let closed = Closed { at: bench.clock.now(), outcome, message: None };
    let write = Write::Join { attempt, closed };
    granted(&apply_all(store, bench, vec![Change { host: host.id, write }]).await) == 1
}

#[tokio::test]
async fn only_a_claimed_earlier_attempt_with_a_worse_outcome_is_joined() {
    let folder = folder();
    let (store, bench) = bench(folder.path()).await;
    let mut host = offered(&bench).await;
    let mut attempts = Vec::new();
    // Withdrawn unclaimed, then claimed and abandoned, then offered.
    for events in
        [vec![Event::Withdraw], vec![Event::Claim(AttemptId::from_bytes([0; 16])), Event::Abandon]]
    {
        let id = host.lease.attempt.as_ref().unwrap().id;
        attempts.push(id);
        for event in events {
            let event = if matches!(event, Event::Claim(_)) { Event::Claim(id) } else { event };
            let changes = vec![change(&bench, &host, &event, 1)];
            assert_eq!(granted(&apply_all(&store, &bench, changes).await), 1);
            host = bench.host(1).await;
        }
        if host.lease.mark.is_none() {
            let key = HostKey::Id(host.id);
            bench.orchestrator.mark(&bench.operator, &key, MarkOrder::default()).await.unwrap();
        }
        bench.boot(host.id, 1).await;
        host = bench.host(1).await;
    }
    let latest = host.lease.attempt.as_ref().unwrap().id;
    let [unclaimed, claimed] = attempts[..] else { panic!("two attempts") };
    assert!(!joins(&store, &bench, &host, unclaimed, Outcome::Done).await);
    assert!(!joins(&store, &bench, &host, latest, Outcome::Done).await);
    for (outcome, better) in [
        (Outcome::Abandoned, false),
        (Outcome::Failed, true),
        (Outcome::Failed, false),
        (Outcome::TimedOut, false),
        (Outcome::Done, true),
        (Outcome::Failed, false),
    ] {
        assert_eq!(joins(&store, &bench, &host, claimed, outcome).await, better, "{outcome}");
    }
    assert_eq!(bench.host(1).await, host, "nothing newer was touched");
    let claims = vec![claim(&bench, &host, 2)];
    assert_eq!(granted(&apply_all(&store, &bench, claims).await), 1);
    assert!(!joins(&store, &bench, &host, latest, Outcome::Done).await, "it is the latest");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn concurrent_writes_share_commits() {
    let folder = folder();
    let (store, bench) = bench(folder.path()).await;
    let before = store.counters();
    let tasks: Vec<_> = (0..512)
        .map(|_| {
            let (store, entry) = (Arc::clone(&store), bench.entry("test"));
            let recorder = bench.recorder();
            tokio::spawn(async move { store.append_audit(&recorder, &[entry]).await })
        })
        .collect();
    for task in tasks {
        task.await.unwrap().unwrap();
    }
    let after = store.counters();
    let (jobs, commits) = (after.jobs - before.jobs, after.commits - before.commits);
    println!("{jobs} jobs, {commits} commits");
    assert_eq!(jobs, 512);
    assert!(commits <= jobs / 4, "{commits} commits for {jobs} jobs");
    assert_eq!(audit(store.as_ref(), &bench).await.len(), 512);
}

#[tokio::test]
async fn entries_that_are_appended_together_are_one_commit() {
    let folder = folder();
    let (store, bench) = bench(folder.path()).await;
    let before = store.counters();
    let entries: Vec<_> = (0..500).map(|number| bench.entry(&format!("step.{number}"))).collect();
    store.append_audit(&bench.grant().await, &entries).await.unwrap();
    let after = store.counters();
    assert_eq!((after.jobs - before.jobs, after.commits - before.commits), (1, 1));
    assert_eq!(audit(store.as_ref(), &bench).await.len(), 500);
}

#[tokio::test]
async fn two_programs_see_each_other_at_once() {
    let folder = folder();
    let (server, bench) = bench(folder.path()).await;
    let cli = open(folder.path()).await;
    let host = offered(&bench).await;
    let key = HostKey::Id(host.id);
    let grant = bench.grant().await;
    assert_eq!(cli.lookup_host(&grant, &key).await.unwrap(), Some(host.clone()));
    let (epoch, entry) = (cli.epoch().await.unwrap(), bench.entry("cli"));
    let grant = bench.write_grant().await;
    cli.apply(&grant, epoch, &claim(&bench, &host, 1), Some(&entry)).await.unwrap();
    assert!(bench.host(1).await.lease.mark.is_none());
    let late = apply_all(&server, &bench, vec![claim(&bench, &host, 2)]).await;
    assert_eq!(granted(&late), 0);
}

/// Two servers, each with a store of its own on the same file.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn identical_reports_at_once_are_all_taken_and_one_is_written() {
    let folder = folder();
    let (_, bench) = bench(folder.path()).await;
    let attempt = offered(&bench).await.lease.attempt.unwrap().id;
    let (ticket, before) = (bench.ticket(attempt).await, bench.host(1).await.lease.generation);
    let mut parts = bench.parts.clone();
    parts.store = Arc::new(open(folder.path()).await);
    let desks = [bench.orchestrator.clone(), Arc::new(Orchestrator::new(parts, Limits::default()))];
    let reports = desks.iter().cycle().take(64).map(|orchestrator| {
        let (orchestrator, ticket) = (Arc::clone(orchestrator), ticket.clone());
        let (report, origin) =
            (Report::new("started", "disk").unwrap(), bench.operator.origin.clone());
        tokio::spawn(async move { orchestrator.report(&ticket, &report, origin).await })
    });
    for report in reports.collect::<Vec<_>>() {
        assert_eq!(report.await.unwrap().unwrap(), TicketAnswer::Found(()));
    }
    assert_eq!(bench.host(1).await.lease.generation, before.next());
}

/// Both with the same chain, and one with its own.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn programs_share_a_chain_without_breaking_it() {
    let folder = folder();
    let (first, bench) = bench(folder.path()).await;
    let second = Arc::new(open(folder.path()).await);
    let mut apart = options(folder.path());
    apart.chain = ChainId::from_bytes([2; 16]);
    let third = Arc::new(SqliteStore::open(apart).await.unwrap());
    for _ in 0..10 {
        for store in [&first, &second, &third] {
            store.append_audit(&bench.recorder(), &[bench.entry("in turn")]).await.unwrap();
        }
    }
    let tasks: Vec<_> = (0..300)
        .map(|number| {
            let store = [&first, &second, &third][number % 3];
            let (store, entry) = (Arc::clone(store), bench.entry("at once"));
            let recorder = bench.recorder();
            tokio::spawn(async move { store.append_audit(&recorder, &[entry]).await })
        })
        .collect();
    for task in tasks {
        task.await.unwrap().unwrap();
    }
    let entries = audit(first.as_ref(), &bench).await;
    assert_eq!(entries.len(), 330);
    let of_third = entries.iter().filter(|entry| entry.chain == ChainId::from_bytes([2; 16]));
    assert_eq!(of_third.count(), 110);
}

#[tokio::test]
async fn whoever_has_a_name_or_address_is_named() {
    let folder = folder();
    let (store, bench) = bench(folder.path()).await;
    let one = bench.register(1, false).await;
    let two = bench.register(2, false).await;
    let (grant, epoch) = (bench.put_grant().await, store.epoch().await.unwrap());
    let mut same_mac = two.spec.clone();
    same_mac.nics.clone_from(&one.spec.nics);
    let mut same_name = two.spec.clone();
    same_name.name = one.spec.name.clone();
    let mut same_address = two.spec.clone();
    same_address.nics[0].v4 = one.spec.nics[0].v4.clone();
    for (spec, message) in [
        (same_mac, "MAC 52:54:00:00:00:01 belongs to host host1 already"),
        (same_name, "there is a host host1 already"),
        (same_address, "address 10.0.1.15 belongs to host host1 already"),
    ] {
        let put = PutHost::Edit { id: two.id, generation: two.lease.generation, spec };
        let error = store.put_hosts(&grant, epoch, &[(put, bench.entry("host.edit"))]).await;
        assert_eq!(error.unwrap_err().to_string(), message);
    }
    assert_eq!(bench.host(2).await, two, "nothing was written");
    let page = HostFilter::default();
    assert_eq!(store.list_hosts(&bench.grant().await, &page).await.unwrap().hosts.len(), 2);
}
