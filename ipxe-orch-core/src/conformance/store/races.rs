//! Cases about many callers that do the same at once, half of them by a second handle: exactly one
//! of them wins. A store that compares first and writes later lets several of them win.

use super::{
    super::race::{CALLERS, ROUNDS},
    Bench,
    filled::values,
    make::{cancel, close, count_offer, edit, join, offer, set_mark, take_claim},
    must,
    race::Race,
    same,
};
use crate::{auth::MarkHosts, lease::Outcome, stores::StoreError, time::Clock};

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

/// Entries that many append at once, one after the other, are all there, in one chain that verifies.
pub async fn entries_that_are_appended_at_once_are_all_there(bench: Bench) {
    let second = bench.second().await;
    let (mut expected, mut writing) = (Vec::new(), Vec::new());
    for caller in 0..8_u16 {
        let bench = if caller.is_multiple_of(2) { &bench } else { &second };
        let (store, recorder) = (bench.store.clone(), bench.recorder());
        let entries: Vec<_> = (0..12).map(|n| bench.entry(&format!("{caller}.{n:02}"))).collect();
        expected.extend(entries.iter().map(|entry| entry.action.clone()));
        writing.push(tokio::spawn(async move {
            for entry in entries {
                store.append_audit(&recorder, &[entry]).await?;
            }
            Ok::<_, StoreError>(())
        }));
    }
    for caller in writing {
        must(must(caller.await));
    }
    let mut found = bench.actions().await;
    found.sort();
    same(&found, &expected, "entries that were appended at once are all there");
}
