//! Cases about the oldest part of the audit, which may be removed.

use super::{Bench, holds, must, same};
use crate::{
    audit::{ChainHead, ChainVerifier, ChainedEntry, Checkpoint, SealedCheckpoint},
    auth::ManageKeys,
    digest::Digest,
    ids::ChainId,
    keys::{KeyProvider as _, Purpose},
    stores::StoreError,
};

async fn sealed(bench: &Bench, head: ChainHead, removed: u64) -> SealedCheckpoint {
    let by = bench.operator.actor().clone();
    let checkpoint = Checkpoint { head, removed, at: bench.entry("x").at, by };
    SealedCheckpoint::new(&must(bench.keys.active(Purpose::AuditHead).await), checkpoint)
}

async fn filled(bench: &Bench) -> Vec<ChainHead> {
    let entries: Vec<_> = (0..6).map(|number| bench.entry(&format!("entry {number}"))).collect();
    must(bench.store.append_audit(&bench.recorder(), &entries).await);
    bench.audit().await.iter().map(ChainHead::after).collect()
}

async fn prune(bench: &Bench, sealed: &SealedCheckpoint) -> Result<(), StoreError> {
    let grant = bench.grant::<ManageKeys>().await;
    bench.store.prune_audit(&grant, sealed, &bench.entry("audit.prune")).await
}

/// The oldest entries are gone at once, the rest verifies after the checkpoint, and the removal has
/// an entry. This can be done again.
pub async fn old_entries_give_way_to_a_checkpoint(bench: Bench) {
    let heads = filled(&bench).await;
    let grant = bench.grant().await;
    same(&must(bench.store.checkpoints(&grant).await), &Vec::new(), "there is no checkpoint first");
    for (last, removed) in [(2, 2_u64), (5, 3)] {
        let head = *must(heads.get(last - 1).ok_or("too few entries"));
        let sealed = sealed(&bench, head, removed).await;
        must(prune(&bench, &sealed).await);
        let found = must(bench.store.checkpoints(&grant).await);
        same(&found, &vec![sealed], "a chain has its last checkpoint, as it was given");
        let mut verifier = ChainVerifier::default();
        must(verifier.begin_after(head));
        let left = bench.audit().await;
        for entry in &left {
            must(verifier.push(entry));
        }
        same(
            &left.first().map(|entry| entry.sequence),
            &Some(head.sequence + 1),
            "no other is gone",
        );
    }
    let promise = "each removal has an entry, at the end";
    let actions = bench.actions().await.split_off(1);
    same(&actions, &vec!["audit.prune".to_owned(); 2], promise);
    for head in heads {
        let there = must(bench.store.has_head(&grant, &head).await);
        holds(there, "a head that was removed was there", &head);
        let other = ChainHead { sequence: head.sequence + 99, ..head };
        let there = must(bench.store.has_head(&grant, &other).await);
        holds(!there, "a head that the chain never had is not there", &other);
    }
}

/// A checkpoint that does not fit the chain, or would remove all of it, changes nothing.
pub async fn a_checkpoint_that_does_not_fit_changes_nothing(bench: Bench) {
    let heads = filled(&bench).await;
    let before = bench.audit().await;
    let head = *must(heads.get(2).ok_or("too few entries"));
    let last = *must(heads.last().ok_or("too few entries"));
    let elsewhere = ChainId::from_bytes([0x5a; 16]);
    for (wrong, removed, why) in [
        (ChainHead { hash: Digest::of("another"), ..head }, 3, "another hash"),
        (ChainHead { chain: elsewhere, ..head }, 3, "another chain"),
        (ChainHead { sequence: 99, ..head }, 99, "no such entry"),
        (head, 2, "another number of entries"),
        (last, 6, "the last entry"),
    ] {
        let sealed = sealed(&bench, wrong, removed).await;
        holds(prune(&bench, &sealed).await.is_err(), "what does not fit is refused", &why);
        let left: Vec<ChainedEntry> = bench.audit().await;
        same(&left, &before, "what is refused removes nothing");
    }
    let found = must(bench.store.checkpoints(&bench.grant().await).await);
    same(&found, &Vec::new(), "what is refused leaves no checkpoint");
}
