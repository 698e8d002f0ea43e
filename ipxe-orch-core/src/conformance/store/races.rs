//! Cases about many callers that do the same at once, half of them by a second handle: exactly one
//! of them wins. A store that compares first and writes later lets several of them win.

use super::{
    Bench,
    filled::values,
    holds,
    make::{cancel, close, count_offer, edit, join, offer, set_mark, take_claim},
    must, same,
};
use crate::{
    audit::AuditEntry,
    auth::{ChangeHosts, Granted, MarkHosts, WriteGrant},
    ids::{Epoch, HostId},
    lease::{Change, Outcome, Write},
    profile::Defaults,
    stores::{PutGrant, PutHost, StoreError},
    time::Clock,
};
use std::{future::Future, pin::Pin, sync::Arc};
use tokio::sync::Barrier;

/// Callers at once; the last two of them decide in another epoch, and never win.
const CALLERS: u16 = 10;
const LATE: u16 = 8;
/// One round shows little: the callers must meet between the comparison and the write.
const ROUNDS: u16 = 25;

type Call = Pin<Box<dyn Future<Output = Result<(), StoreError>> + Send>>;

/// What the callers have.
struct Race<'a> {
    bench: &'a Bench,
    second: Bench,
    put: PutGrant,
    write: WriteGrant,
    change: Granted<ChangeHosts>,
    epoch: Epoch,
}

impl<'a> Race<'a> {
    async fn new(bench: &'a Bench) -> Self {
        Self {
            bench,
            second: bench.second().await,
            put: bench.put_grant().await,
            write: bench.write_grant().await,
            change: bench.grant().await,
            epoch: must(bench.store.epoch().await),
        }
    }

    /// The bench of a caller, the epoch in which it decides, and its audit entry. The entry is long:
    /// what a store does with it in its transaction takes a while, in which callers meet.
    fn caller(&self, caller: u16) -> (&Bench, Epoch, AuditEntry) {
        let bench = if caller.is_multiple_of(2) { self.bench } else { &self.second };
        let late = Epoch(uuid::Uuid::from_bytes([0x5a; 16]));
        let epoch = if caller < LATE { self.epoch } else { late };
        let detail = Some("x".repeat(2000));
        (bench, epoch, AuditEntry { detail, ..bench.entry("race") })
    }

    fn apply(&self, caller: u16, host: HostId, write: Write) -> Call {
        let (bench, epoch, entry) = self.caller(caller);
        let (store, grant) = (bench.store.clone(), self.write.clone());
        let change = Change { host, write };
        Box::pin(async move { store.apply(&grant, epoch, &change, &entry).await })
    }

    fn put(&self, caller: u16, put: PutHost) -> Call {
        let (bench, epoch, entry) = self.caller(caller);
        let (store, grant) = (bench.store.clone(), self.put.clone());
        Box::pin(async move { store.put_hosts(&grant, epoch, &[(put, entry)]).await })
    }

    /// Defaults have no epoch.
    fn set(&self, caller: u16, values: Defaults) -> Call {
        let (bench, _, entry) = self.caller(caller);
        let (store, grant) = (bench.store.clone(), self.change.clone());
        Box::pin(async move { store.put_defaults(&grant, &values, &entry).await })
    }

    /// Lets `call` of each caller go at once; gives the one that won.
    async fn winner(&self, call: impl Fn(u16) -> Call, promise: &str) -> u16 {
        let barrier = Arc::new(Barrier::new(CALLERS.into()));
        let start = |call: Call| {
            let barrier = barrier.clone();
            tokio::spawn(async move {
                barrier.wait().await;
                call.await
            })
        };
        let mut results = Vec::new();
        for running in (0..CALLERS).map(|caller| start(call(caller))).collect::<Vec<_>>() {
            results.push(must(running.await));
        }
        let lost = |result: &Result<(), StoreError>| {
            matches!(result, Err(StoreError::Conflict | StoreError::AlreadyExists(_)))
        };
        let won: Vec<_> = (0..).zip(&results).filter(|(_, result)| result.is_ok()).collect();
        let rest = results.iter().filter(|result| lost(result)).count();
        let fair = won.len() == 1 && rest + 1 == results.len();
        holds(fair, &format!("of many callers at once exactly one wins: {promise}"), &results);
        won.first().map_or(CALLERS, |(caller, _)| *caller)
    }

    /// Each round has left one entry.
    async fn ended(&self) {
        let entries = self.bench.actions().await;
        let entries = entries.iter().filter(|action| *action == "race").count();
        same(&entries, &usize::from(ROUNDS), "who wins leaves an entry, and nobody else does");
    }
}

/// Many marks of one host: one is stored, and the others were never given.
pub async fn one_of_many_marks_wins(bench: Bench) {
    let race = Race::new(&bench).await;
    let id = bench.added(1).await.id;
    let grant = bench.grant::<MarkHosts>().await;
    for _ in 0..ROUNDS {
        let lease = bench.by_id(id).await.lease;
        let marks: Vec<_> = (0..CALLERS).map(|_| bench.new_mark()).collect();
        let call = |caller: u16| {
            let mark =
                marks.get(usize::from(caller)).map_or_else(|| bench.new_mark(), Clone::clone);
            race.apply(caller, id, set_mark(&lease, &mark))
        };
        let winner = race.winner(call, "a host is marked once").await;
        for (caller, mark) in (0..).zip(&marks) {
            let owner = must(bench.store.lookup_mark(&grant, mark.id).await);
            let expected = (caller == winner).then_some(id);
            same(&owner, &expected, "the mark that won is stored, and no other one");
        }
        let now = bench.clock.now();
        bench.step(id, |lease| cancel(lease, now)).await;
    }
    race.ended().await;
}

/// Many offers of one mark: one attempt is stored.
pub async fn one_of_many_offers_wins(bench: Bench) {
    let race = Race::new(&bench).await;
    let id = bench.added(1).await.id;
    let mark = bench.mark(id).await;
    for _ in 0..ROUNDS {
        let lease = bench.by_id(id).await.lease;
        let call = |caller| race.apply(caller, id, offer(&lease, &bench.new_attempt(&mark)));
        race.winner(call, "a mark is offered as one attempt").await;
        let now = bench.clock.now();
        bench.step(id, |lease| close(lease, Outcome::Withdrawn, now)).await;
    }
    race.ended().await;
}

/// Many claims of one mark: one is granted.
pub async fn one_of_many_claims_wins(bench: Bench) {
    let race = Race::new(&bench).await;
    let (id, now) = (bench.added(1).await.id, bench.clock.now());
    for _ in 0..ROUNDS {
        bench.mark(id).await;
        bench.offer(id).await;
        let lease = bench.by_id(id).await.lease;
        let call = |caller| race.apply(caller, id, take_claim(&lease, bench.claim_id(), now));
        race.winner(call, "a mark is claimed once").await;
        bench.step(id, |lease| close(lease, Outcome::Failed, now)).await;
    }
    race.ended().await;
}

/// Many boots of one offer: it is counted once.
pub async fn one_of_many_counts_wins(bench: Bench) {
    let race = Race::new(&bench).await;
    let (id, now) = (bench.added(1).await.id, bench.clock.now());
    bench.mark(id).await;
    bench.offer(id).await;
    for round in 1..=ROUNDS {
        let attempt = must(bench.by_id(id).await.lease.attempt.ok_or("no attempt"));
        same(&attempt.offers, &u32::from(round), "each round counts one offer");
        let call = |caller| race.apply(caller, id, count_offer(&attempt, Some(now)));
        race.winner(call, "an offer is counted once").await;
    }
    race.ended().await;
}

/// Many late reports of one attempt: one is joined.
pub async fn one_of_many_late_reports_wins(bench: Bench) {
    let race = Race::new(&bench).await;
    let (id, now) = (bench.added(1).await.id, bench.clock.now());
    let mut earlier = bench.installed(id, Outcome::Abandoned).await;
    for _ in 0..ROUNDS {
        let latest = bench.installed(id, Outcome::Abandoned).await;
        let call = |caller| race.apply(caller, id, join(earlier, Outcome::Done, now));
        race.winner(call, "an outcome is joined once").await;
        earlier = latest;
    }
    race.ended().await;
}

/// Many hosts that want one mark: one has it. Their leases differ, so that only the mark clashes.
pub async fn one_of_many_hosts_gets_the_mark(bench: Bench) {
    let race = Race::new(&bench).await;
    let mut hosts = Vec::new();
    for number in 0..CALLERS {
        hosts.push(bench.added(number).await.id);
    }
    for _ in 0..ROUNDS {
        let mark = bench.new_mark();
        let mut leases = Vec::new();
        for id in &hosts {
            leases.push((*id, bench.by_id(*id).await.lease));
        }
        let call = |caller: u16| {
            let (id, lease) = must(leases.get(usize::from(caller)).ok_or("no host"));
            race.apply(caller, *id, set_mark(lease, &mark))
        };
        race.winner(call, "the id of a mark is used once").await;
        let grant = bench.grant::<MarkHosts>().await;
        let owner = must(must(bench.store.lookup_mark(&grant, mark.id).await).ok_or("no owner"));
        let now = bench.clock.now();
        let host = bench.step(owner, |lease| cancel(lease, now)).await;
        let last = host.lease.last_mark.map(|mark| mark.id);
        same(&last, &Some(mark.id), "the host that won has the mark");
    }
    race.ended().await;
}

/// Many new hosts with one name: one is stored.
pub async fn one_of_many_hosts_gets_the_name(bench: Bench) {
    let race = Race::new(&bench).await;
    for round in 0..ROUNDS {
        let call = |caller| {
            let mut spec = bench.spec(1000 + round * CALLERS + caller);
            spec.name = must(format!("round{round}").parse());
            race.put(caller, bench.create(spec, None))
        };
        race.winner(call, "a name is of one host").await;
    }
    race.ended().await;
}

/// Many new hosts with one MAC and one address: one is stored.
pub async fn one_of_many_hosts_gets_the_mac(bench: Bench) {
    let race = Race::new(&bench).await;
    for round in 0..ROUNDS {
        let call = |caller| {
            let mut spec = bench.spec(1000 + round * CALLERS + caller);
            spec.nics = bench.spec(round).nics;
            race.put(caller, bench.create(spec, None))
        };
        race.winner(call, "a MAC is of one host").await;
    }
    race.ended().await;
}

/// Many edits of what all of them looked at: one is written.
pub async fn one_of_many_edits_wins(bench: Bench) {
    let race = Race::new(&bench).await;
    let id = bench.added(1).await.id;
    for _ in 0..ROUNDS {
        let host = bench.by_id(id).await;
        let spec = |caller: u16| {
            let mut spec = host.spec.clone();
            spec.labels.insert(must("by".parse()), must(caller.to_string().parse()));
            spec
        };
        let call = |caller| race.put(caller, edit(&host, spec(caller)));
        let winner = race.winner(call, "what was looked at is edited once").await;
        same(&bench.by_id(id).await.spec, &spec(winner), "the edit that won is stored");
    }
    race.ended().await;
}

/// Many writes of defaults that all of them looked at: one is written.
pub async fn one_of_many_writes_of_defaults_wins(bench: Bench) {
    let race = Race::new(&bench).await;
    for round in 0..ROUNDS {
        let call = |caller: u16| race.set(caller, values(None, round.into(), &caller.to_string()));
        let winner = race.winner(call, "defaults that were looked at are replaced once").await;
        let stored = must(bench.store.list_defaults(&bench.grant().await, None).await);
        let expected = values(None, (round + 1).into(), &winner.to_string());
        same(&stored, &vec![expected], "the defaults that won are stored");
    }
    race.ended().await;
}

/// Entries that are appended by many at once are all there, in one chain that verifies.
pub async fn entries_that_are_appended_at_once_are_all_there(bench: Bench) {
    let second = bench.second().await;
    let tasks = (0..64_u16).map(|number| {
        let bench = if number.is_multiple_of(2) { &bench } else { &second };
        let (store, recorder) = (bench.store.clone(), bench.recorder());
        let entry = bench.entry(&format!("entry.{number:02}"));
        let call = async move { store.append_audit(&recorder, &[entry]).await };
        (format!("entry.{number:02}"), tokio::spawn(call))
    });
    let mut expected = Vec::new();
    for (name, task) in tasks.collect::<Vec<_>>() {
        must(must(task.await));
        expected.push(name);
    }
    let mut found = bench.actions().await;
    found.sort();
    same(&found, &expected, "entries that were appended at once are all there");
}
