//! Cases about the audit: entries in their order, in one chain, with each write.

use super::{
    Bench,
    filled::{Filled, values},
    holds,
    make::{edit, remove, set_mark},
    must, same,
};
use crate::{
    audit::{AuditEntry, AuditOutcome, ChainHead, ChainVerifier, ChainedEntry},
    auth::Origin,
    digest::Digest,
    ids::{AttemptId, ChainId, Generation, MarkId},
    stores::PutHost,
};

/// An entry comes back as it was written, with something in every field.
pub async fn an_entry_comes_back_as_it_was_written(bench: Bench) {
    let entry = AuditEntry {
        origin: Origin("ü \"quoted\"\n".to_owned()),
        outcome: AuditOutcome::Refused,
        host: Some(bench.host_id()),
        host_name: Some(must("host1".parse())),
        mark: Some(MarkId::from_bytes([1; 16])),
        attempt: Some(AttemptId::from_bytes([2; 16])),
        reason: Some("a new disk".to_owned()),
        change_ref: Some("CHG1".to_owned()),
        generation: Some(Generation(7)),
        digest: Some(Digest::of("bytes")),
        detail: Some("x".repeat(5000)),
        ..bench.entry("host.mark")
    };
    must(bench.store.append_audit(&bench.recorder(), std::slice::from_ref(&entry)).await);
    let found = bench.audit().await;
    let found = found.iter().map(|entry| must(serde_json::from_str::<AuditEntry>(&entry.text)));
    same(&found.collect(), &vec![entry], "an entry comes back as it was written");
}

/// Each write leaves its own entries and no other ones, in the order in which they were given.
pub async fn each_write_leaves_its_entries(bench: Bench) {
    let (store, epoch) = (&bench.store, must(bench.store.epoch().await));
    let named = |put: PutHost, name: &str| (put, bench.entry(name));
    let [one, two] = [1, 2].map(|number| bench.create(bench.spec(number), None));
    let (first, second) = (one.id(), two.id());
    let puts = [named(one, "first"), named(two, "second")];
    must(store.put_hosts(&bench.put_grant().await, epoch, &puts).await);
    let (host, other) = (bench.by_id(first).await, bench.by_id(second).await);
    let puts = [named(remove(&host), "third"), named(edit(&other, bench.spec(3)), "fourth")];
    must(store.put_hosts(&bench.put_grant().await, epoch, &puts).await);
    let write = set_mark(&bench.by_id(second).await.lease, &bench.new_mark());
    let change = crate::lease::Change { host: second, write };
    let grant = bench.write_grant().await;
    must(store.apply(&grant, epoch, &change, Some(&bench.entry("fifth"))).await);
    bench.profile("boot").await;
    let set = values(None, 0, "a");
    must(store.put_defaults(&bench.grant().await, &set, &bench.entry("sixth")).await);
    let entries = ["seventh", "eighth", "ninth"].map(|name| bench.entry(name));
    must(store.append_audit(&bench.recorder(), &entries).await);
    must(store.append_audit(&bench.recorder(), &[]).await);
    let expected = [
        "first",
        "second",
        "third",
        "fourth",
        "fifth",
        "profile.put",
        "sixth",
        "seventh",
        "eighth",
        "ninth",
    ];
    let promise = "each write leaves its entries, once, in the order in which they were given";
    same(&bench.actions().await, &expected.map(str::to_owned).to_vec(), promise);
}

/// The chain has no gap, a head that was kept elsewhere is found in it, and numbers begin at 1.
pub async fn the_chain_verifies(bench: Bench) {
    Filled::new(&bench).await;
    let entries = bench.audit().await;
    let first = must(entries.first().ok_or("no entry"));
    same(&first.sequence, &1, "the first entry of a chain has the number 1");
    let kept = ChainHead::after(must(entries.get(3).ok_or("no fourth entry")));
    bench.added(99).await;
    let later = bench.audit().await;
    holds(later.starts_with(&entries), "entries are added at the end, and none changes", &later);
    let mut verifier = ChainVerifier::with_heads([kept]);
    for entry in &later {
        must(verifier.push(entry));
    }
    let (count, _) = must(verifier.finish());
    same(&usize::try_from(count), &Ok(entries.len() + 1), "each write adds its entries only");
}

/// The head moves with each entry; those before it are there still, changed ones are not.
pub async fn the_head_is_the_last_entry(bench: Bench) {
    let read = async || must(bench.store.head(&bench.grant().await).await);
    let has = async |head| must(bench.store.has_head(&bench.grant().await, &head).await);
    let first = read().await;
    same(&first, &ChainHead::empty(first.chain), "an empty store has an empty chain");
    bench.added(1).await;
    let second = read().await;
    bench.added(2).await;
    let third = read().await;
    let heads: Vec<_> = bench.audit().await.iter().map(ChainHead::after).collect();
    same(&heads, &vec![second, third], "the head is that of the last entry");
    for head in [first, second, third] {
        holds(has(head).await, "a head that the chain had is there still", &head);
    }
    let (sequence, chain) = (third.sequence, ChainId::from_bytes([0x5a; 16]));
    for head in [
        ChainHead { sequence, ..second },
        ChainHead { sequence: sequence + 1, ..third },
        ChainHead { chain, ..third },
        ChainHead { hash: Digest::of("another"), ..third },
        ChainHead { sequence: u64::MAX, ..third },
    ] {
        holds(!has(head).await, "a head that the chain never had is not there", &head);
    }
    let empty = ChainHead::empty(chain);
    holds(has(empty).await, "an empty head is there always", &empty);
}

/// A page has as many entries as were asked for, none for a limit of 0, and begins after the entry
/// that it is asked after.
pub async fn pages_of_the_audit_join(bench: Bench) {
    let entries: Vec<_> = (0..7).map(|number| bench.entry(&format!("entry {number}"))).collect();
    must(bench.store.append_audit(&bench.recorder(), &entries).await);
    let grant = bench.grant().await;
    let read = async |after: Option<&ChainedEntry>, limit: u32| {
        must(bench.store.read_audit(&grant, after.map(ChainHead::after), limit).await)
    };
    let all = read(None, u32::MAX).await;
    same(&all.len(), &7, "a page has all entries if so many are asked for");
    for limit in 0..=8_u8 {
        for start in 0..=all.len() {
            let after = start.checked_sub(1).and_then(|last| all.get(last));
            let expected = all.iter().skip(start).take(limit.into()).cloned().collect();
            let promise = "a page has the entries after the one that it is asked after, in turn";
            same(&read(after, limit.into()).await, &expected, promise);
        }
    }
}

/// A change without an entry is written, and leaves none.
pub async fn a_change_without_an_entry_leaves_none(bench: Bench) {
    let (store, epoch) = (&bench.store, must(bench.store.epoch().await));
    let host = bench.added(1).await;
    let before = bench.audit().await;
    let write = set_mark(&host.lease, &bench.new_mark());
    let change = crate::lease::Change { host: host.id, write };
    must(store.apply(&bench.write_grant().await, epoch, &change, None).await);
    let marked = bench.by_id(host.id).await.lease.mark.is_some();
    holds(marked, "a change without an entry is written", &host.id);
    same(&bench.audit().await, &before, "a change without an entry leaves none");
}
