//! Cases about several that accept a restored database, while others write.

use super::{
    Bench,
    between::{Call, ROUNDS, ended, in_turn, start},
    holds,
    make::replace,
    must, same,
};
use crate::{
    auth::ManageKeys,
    ids::{Epoch, HostId},
    lease::{Change, Hold},
    stores::{Acceptance, StoreError},
    time::Clock,
};

/// A change of a lease that was decided in this epoch. Its entry is long, so that it takes a while.
async fn hold(bench: &Bench, id: HostId, epoch: Epoch) -> Call {
    let (store, grant) = (bench.store.clone(), bench.write_grant().await);
    let held = Hold { by: "ann".to_owned(), at: bench.clock.now(), reason: None };
    let write = replace(&bench.by_id(id).await.lease, |next| next.held = Some(held));
    let mut entry = bench.about(id);
    entry.detail = Some("x".repeat(2000));
    let change = Change { host: id, write };
    Box::pin(async move { store.apply(&grant, epoch, &change, Some(&entry)).await })
}

/// The acceptance of the database, with the next epoch.
async fn accept(bench: &Bench, expected: Epoch, next: u8) -> Call {
    let (store, entry) = (bench.store.clone(), bench.entry("audit.accept_heads"));
    let grant = bench.grant::<ManageKeys>().await;
    let next = Epoch::from_bytes([next; 16]);
    let acceptance = Acceptance { expected, next, instead_of: Vec::new() };
    Box::pin(async move { store.accept(&grant, &acceptance, &entry).await })
}

/// Once it is said that a restored database is accepted, nothing is written that was decided
/// before.
pub async fn nothing_from_before_an_acceptance_is_written_after_it(bench: Bench) {
    let second = bench.second().await;
    let mut hosts = Vec::new();
    for number in 1..=8 {
        hosts.push(bench.added(number).await.id);
    }
    for round in 0..ROUNDS {
        let epoch = must(bench.store.epoch().await);
        let mut calls = vec![accept(&second, epoch, 0xa0 + round).await];
        for (number, id) in hosts.iter().enumerate() {
            calls.push(hold(in_turn(&bench, &second, number), *id, epoch).await);
        }
        let mut running = start(calls);
        must(must(running.remove(0).await));
        let generations = async || {
            let mut found = Vec::new();
            for id in &hosts {
                found.push(second.by_id(*id).await.lease.generation);
            }
            found
        };
        let then = generations().await;
        for result in ended(running).await {
            let fair = matches!(result, Ok(()) | Err(StoreError::Conflict));
            holds(fair, "a change is written, or a conflict", &result);
        }
        let promise = "what was decided before an acceptance is not written after it";
        same(&generations().await, &then, promise);
    }
}

/// Of many that accept the same database at once, one does.
pub async fn a_database_is_accepted_once(bench: Bench) {
    let second = bench.second().await;
    for round in 0..ROUNDS {
        let epoch = must(bench.store.epoch().await);
        let mut calls: Vec<Call> = Vec::new();
        for number in 0..6 {
            let next = round * 6 + number + 1;
            calls.push(accept(in_turn(&bench, &second, number.into()), epoch, next).await);
        }
        let results = ended(start(calls)).await;
        let won: Vec<_> = (1..).zip(&results).filter(|(_, result)| result.is_ok()).collect();
        let lost = |result: &&Result<_, _>| matches!(result, Err(StoreError::Conflict));
        let fair = won.len() == 1 && results.iter().filter(lost).count() + 1 == results.len();
        holds(fair, "a database is accepted once", &results);
        let winner = won.first().map_or(0, |(number, _)| *number);
        let next = Epoch::from_bytes([round * 6 + winner; 16]);
        same(&must(second.store.epoch().await), &next, "the epoch is that of the one who accepted");
    }
}
