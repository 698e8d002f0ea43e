//! Cases about readers while something is written: a write is seen wholly or not at all.

use super::{Bench, holds, make::replace, must, same};
use crate::{
    audit::AuditEntry,
    lease::Change,
    stores::{HostFilter, StoreError},
};
use std::collections::BTreeMap;

/// Whoever reads while entries are appended sees all entries of a call or none of them.
pub async fn entries_of_a_call_are_seen_together(bench: Bench) {
    const BATCH: usize = 12;
    let (writer, recorder) = (bench.store.clone(), bench.recorder());
    let batch = |number: u32| -> Vec<AuditEntry> {
        (0..BATCH).map(|_| bench.entry(&format!("batch.{number}"))).collect()
    };
    let batches: Vec<_> = (0..40).map(batch).collect();
    let writing = tokio::spawn(async move {
        for entries in batches {
            writer.append_audit(&recorder, &entries).await?;
        }
        Ok::<_, StoreError>(())
    });
    let reader = bench.second().await;
    let mut done = false;
    while !done {
        done = writing.is_finished();
        let read = reader.store.read_audit(&reader.grant().await, None, u32::MAX).await;
        let mut seen = BTreeMap::<String, usize>::new();
        for entry in must(read) {
            let entry: AuditEntry = must(serde_json::from_str(&entry.text));
            *seen.entry(entry.action).or_default() += 1;
        }
        let whole = seen.values().all(|count| *count == BATCH);
        holds(whole, "the entries of one call are seen together", &seen);
        let all = !done || seen.len() == 40;
        holds(all, "all entries that were appended are there", &seen.len());
    }
    must(must(writing.await));
}

/// Whoever reads while a lease is written sees each change with its entry: neither comes first.
pub async fn a_change_is_seen_with_its_entry(bench: Bench) {
    let id = bench.added(1).await.id;
    let (grant, epoch) = (bench.write_grant().await, must(bench.store.epoch().await));
    let mut lease = bench.by_id(id).await.lease;
    let changes: Vec<_> = (0..40)
        .map(|_| {
            let write = replace(&lease, |next| next.held = None);
            lease.generation = lease.generation.next();
            (Change { host: id, write }, bench.about(id))
        })
        .collect();
    let writer = bench.store.clone();
    let writing = tokio::spawn(async move {
        for (change, entry) in changes {
            writer.apply(&grant, epoch, &change, Some(&entry)).await?;
        }
        Ok::<_, StoreError>(())
    });
    let reader = bench.second().await;
    let (audit, mut done) = (reader.grant().await, false);
    while !done {
        done = writing.is_finished();
        // Its creation and each change are one generation and one entry.
        let entries = async || {
            let read = must(reader.store.read_audit(&audit, None, u32::MAX).await);
            u64::try_from(read.len()).unwrap_or(u64::MAX)
        };
        let (before, written) = (entries().await, reader.by_id(id).await.lease.generation.0);
        let found = (before, written, entries().await);
        let whole = before <= written && written <= found.2;
        holds(
            whole,
            "no change is seen without its entry, and no entry without its change",
            &found,
        );
    }
    must(must(writing.await));
    same(&reader.by_id(id).await.lease.generation, &lease.generation, "all changes are there");
}

/// Whoever reads while hosts are put sees all hosts of a call or none of them.
pub async fn hosts_of_a_call_are_seen_together(bench: Bench) {
    let (grant, epoch) = (bench.put_grant().await, must(bench.store.epoch().await));
    let pair = |number: u16| {
        [number * 2, number * 2 + 1].map(|number| {
            let put = bench.create(bench.spec(number), None);
            (put.clone(), bench.about(put.id()))
        })
    };
    let (writer, pairs) = (bench.store.clone(), (0..30).map(pair).collect::<Vec<_>>());
    let writing = tokio::spawn(async move {
        for pair in pairs {
            writer.put_hosts(&grant, epoch, &pair).await?;
        }
        Ok::<_, StoreError>(())
    });
    let reader = bench.second().await;
    let mut done = false;
    while !done {
        done = writing.is_finished();
        let see = reader.grant().await;
        let listed = must(reader.store.list_hosts(&see, &HostFilter::default()).await);
        let even = listed.hosts.len().is_multiple_of(2);
        holds(even, "the hosts of one call are seen together", &listed.hosts.len());
    }
    must(must(writing.await));
    let all = reader.store.list_hosts(&reader.grant().await, &HostFilter::default()).await;
    same(&must(all).hosts.len(), &60, "all hosts that were put are there");
}
