//! What breaks: nothing acknowledged is lost, nothing is written by halves, nobody waits for ever.

use crate::common::{actions, audit, bench, execute, folder, raw};
use ipxe_orch_backends::sql::SqliteStore;
use ipxe_orch_core::stores::prelude::*;
use ipxe_orch_core::{
    conformance::Bench,
    ids::{HostId, ImageGeneration},
    stores::{HostFilter, HostKey, PutHost, StoreError},
};
use std::{
    collections::BTreeSet,
    path::Path,
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::runtime::{Builder, Runtime};

fn runtime() -> Runtime {
    Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
}

#[tokio::test]
async fn what_was_written_is_there_after_reopening() {
    let folder = folder();
    let (store, bench) = bench(folder.path()).await;
    bench.profile("boot").await;
    let host = bench.register(1, true).await;
    bench.boot(host.id, 1).await;
    let (before, entries) = (bench.host(1).await, audit(store.as_ref(), &bench).await);
    drop((store, bench));
    let (store, bench) = crate::common::bench(folder.path()).await;
    assert_eq!(bench.host(1).await, before);
    assert_eq!(audit(store.as_ref(), &bench).await, entries);
}

/// Writes until the runtime is taken away; keeps what was acknowledged.
fn write_until_stopped(folder: &Path) -> BTreeSet<String> {
    let acknowledged = Arc::new(Mutex::new(BTreeSet::new()));
    let runtime = runtime();
    runtime.block_on(async {
        let (store, bench) = bench(folder).await;
        for task in 0..16 {
            let (store, acknowledged) = (Arc::clone(&store), Arc::clone(&acknowledged));
            let (entry, recorder) = (bench.entry(""), bench.recorder());
            tokio::spawn(async move {
                for number in 0.. {
                    let mut entry = entry.clone();
                    entry.action = format!("{task}-{number}");
                    let action = entry.action.clone();
                    store.append_audit(&recorder, &[entry]).await.unwrap();
                    acknowledged.lock().unwrap().insert(action);
                }
            });
        }
        let enough = async {
            while acknowledged.lock().unwrap().len() < 200 {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(Duration::from_mins(1), enough).await.unwrap();
    });
    runtime.shutdown_background();
    let acknowledged = acknowledged.lock().unwrap();
    acknowledged.clone()
}

#[test]
fn a_store_that_is_dropped_in_the_middle_loses_nothing_acknowledged() {
    let folder = folder();
    let acknowledged = write_until_stopped(folder.path());
    runtime().block_on(async {
        let (store, bench) = bench(folder.path()).await;
        let stored = actions(store.as_ref(), &bench).await;
        let unique: BTreeSet<String> = stored.iter().cloned().collect();
        assert_eq!(unique.len(), stored.len(), "each once");
        assert!(acknowledged.is_subset(&unique), "all that was acknowledged");
    });
}

#[test]
fn nobody_waits_for_a_writer_that_has_ended() {
    let folder = folder();
    let first = runtime();
    let (store, bench) = first.block_on(bench(folder.path()));
    first.shutdown_timeout(Duration::from_secs(30));
    let late = runtime().block_on(async {
        let (entries, recorder) = ([bench.entry("late")], bench.recorder());
        let write = store.append_audit(&recorder, &entries);
        tokio::time::timeout(Duration::from_secs(5), write).await.unwrap()
    });
    assert!(matches!(late, Err(StoreError::Unavailable(_))), "{late:?}");
}

#[tokio::test]
async fn a_locked_file_is_unavailable_and_later_works() {
    let folder = folder();
    let (store, bench) = bench(folder.path()).await;
    let mut other = raw(folder.path()).await;
    execute(&mut other, "BEGIN IMMEDIATE").await;
    let locked = store.append_audit(&bench.recorder(), &[bench.entry("locked")]).await;
    assert!(matches!(locked, Err(StoreError::Unavailable(_))), "{locked:?}");
    assert!(store.epoch().await.is_ok(), "reads go on");
    execute(&mut other, "ROLLBACK").await;
    store.append_audit(&bench.recorder(), &[bench.entry("free")]).await.unwrap();
    assert_eq!(actions(store.as_ref(), &bench).await, ["free"]);
}

/// Appends 64 entries at once, each 8th of them with the action `poison`.
async fn append_with_poison(store: &Arc<SqliteStore>, bench: &Bench) -> Vec<Option<StoreError>> {
    let tasks: Vec<_> = (0..64)
        .map(|number| {
            let action = if number % 8 == 0 { "poison".to_owned() } else { number.to_string() };
            let (store, entry) = (Arc::clone(store), bench.entry(&action));
            let recorder = bench.recorder();
            tokio::spawn(async move { store.append_audit(&recorder, &[entry]).await.err() })
        })
        .collect();
    let mut errors = Vec::new();
    for task in tasks {
        errors.push(task.await.unwrap());
    }
    errors
}

/// As SQLite does when the disk is full: the whole transaction is gone, the jobs before it, too.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_transaction_that_is_rolled_back_underneath_is_answered_as_not_written() {
    let folder = folder();
    let (store, bench) = bench(folder.path()).await;
    let mut other = raw(folder.path()).await;
    execute(
        &mut other,
        "CREATE TRIGGER poison AFTER INSERT ON audit WHEN NEW.action = 'poison' \
         BEGIN SELECT RAISE(ROLLBACK, 'poisoned'); END",
    )
    .await;
    let errors = append_with_poison(&store, &bench).await;
    let failed = errors.iter().flatten();
    assert!(failed.clone().all(|e| matches!(e, StoreError::Unavailable(_))), "{errors:?}");
    assert!(failed.count() >= 8);
    let written = errors.iter().filter(|error| error.is_none()).count();
    let stored = actions(store.as_ref(), &bench).await;
    assert_eq!(stored.len(), written, "exactly what was acknowledged");
    assert!(!stored.contains(&"poison".to_owned()));
    store.append_audit(&bench.recorder(), &[bench.entry("after")]).await.unwrap();
}

/// A commit that fails: nobody may believe either way.
#[tokio::test]
async fn a_failed_commit_is_an_unknown_outcome() {
    let folder = folder();
    let (store, bench) = bench(folder.path()).await;
    let mut other = raw(folder.path()).await;
    execute(
        &mut other,
        "CREATE TABLE late (id INTEGER PRIMARY KEY, \
             host BLOB REFERENCES hosts (id) DEFERRABLE INITIALLY DEFERRED); \
         CREATE TRIGGER late AFTER INSERT ON audit WHEN NEW.action = 'late' \
         BEGIN INSERT INTO late (host) VALUES (x'00'); END",
    )
    .await;
    store.append_audit(&bench.recorder(), &[bench.entry("before")]).await.unwrap();
    let error = store.append_audit(&bench.recorder(), &[bench.entry("late")]).await.unwrap_err();
    assert!(matches!(error, StoreError::OutcomeUnknown(_)), "{error:?}");
    store.append_audit(&bench.recorder(), &[bench.entry("after")]).await.unwrap();
    assert_eq!(actions(store.as_ref(), &bench).await, ["before", "after"]);
}

/// The job is refused at its second host, when its first entry is chained already.
#[tokio::test]
async fn a_refused_job_leaves_the_others_and_the_chain_alone() {
    let folder = folder();
    let (store, bench) = bench(folder.path()).await;
    let clash = [2, 1, 3].map(|number| {
        let create = PutHost::Create {
            id: HostId::from_bytes([number; 16]),
            spec: bench.spec(u16::from(number.min(2))),
            image_generation: ImageGeneration(0),
            image_key: None,
            mark: None,
        };
        (create, bench.entry("clash"))
    });
    let (grant, epoch) = (bench.put_grant().await, store.epoch().await.unwrap());
    let [before, between, after] =
        ["before", "between", "after"].map(|action| [bench.entry(action)]);
    let recorder = bench.recorder();
    let (a, clash, b, c) = tokio::join!(
        store.append_audit(&recorder, &before),
        store.put_hosts(&grant, epoch, &clash),
        store.append_audit(&recorder, &between),
        store.append_audit(&recorder, &after)
    );
    assert!(matches!(clash, Err(StoreError::AlreadyExists(_))), "{clash:?}");
    assert!(a.is_ok() && b.is_ok() && c.is_ok());
    assert_eq!(actions(store.as_ref(), &bench).await, ["before", "between", "after"]);
    let all = HostFilter::default();
    assert_eq!(store.list_hosts(&bench.grant().await, &all).await.unwrap().hosts, []);
}

#[tokio::test]
async fn a_corrupt_row_is_named() {
    let folder = folder();
    let (store, bench) = bench(folder.path()).await;
    let host = bench.register(1, false).await;
    let mut other = raw(folder.path()).await;
    execute(&mut other, "UPDATE hosts SET spec = '{'").await;
    let read = store.lookup_host(&bench.grant().await, &HostKey::Id(host.id)).await;
    let text = read.unwrap_err().to_string();
    let id = host.id.to_string().replace('-', "");
    assert!(text.contains(&format!("table hosts, host_id {id}: spec: ")), "{text}");
}

#[tokio::test]
async fn an_attempt_that_is_missing_is_named() {
    let folder = folder();
    let (store, bench) = bench(folder.path()).await;
    bench.profile("boot").await;
    let host = bench.register(1, true).await;
    bench.boot(host.id, 1).await;
    let attempt = bench.host(1).await.lease.attempt.unwrap().id;
    let mut other = raw(folder.path()).await;
    let lost = "PRAGMA foreign_keys = OFF; DELETE FROM attempt_contents; DELETE FROM attempts";
    execute(&mut other, lost).await;
    let read = store.lookup_host(&bench.grant().await, &HostKey::Id(host.id)).await;
    let text = read.unwrap_err().to_string();
    let id = attempt.to_string().replace('-', "");
    let named = format!("table attempts, attempt_id {id}: attempt_mark is missing");
    assert!(text.contains(&named), "{text}");
}
