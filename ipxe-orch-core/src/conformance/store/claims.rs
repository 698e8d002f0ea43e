//! Cases about the one claim of a mark, which the store holds to by itself.

use super::{
    Bench, conflict,
    make::{cancel, close, replace, replace_with, take_claim},
    must, same,
};
use crate::{
    ids::{AttemptId, MarkId},
    lease::{Claim, Lease, Outcome, Write},
    time::Clock,
};

/// The latest attempt gets another claim, and the claim of `mark` by it is inserted once more.
fn claim_again(bench: &Bench, lease: &Lease, mark: MarkId, attempt: AttemptId) -> Write {
    let (id, at) = (bench.claim_id(), bench.clock.now());
    replace_with(lease, None, Some((mark, attempt)), |next| {
        if let Some(attempt) = &mut next.attempt {
            attempt.claim = Some(Claim { id, at, by_report: false, from: None });
        }
    })
}

/// A second claim of a mark is a conflict whatever the lease says: by its own attempt, by a later
/// one, by that of another host.
pub async fn a_mark_is_claimed_once(bench: Bench) {
    let (one, two) = (bench.added(1).await.id, bench.added(2).await.id);
    let mark = bench.mark(one).await.id;
    let first = bench.offer(one).await.id;
    bench.claim(one).await;
    let promise = "a mark is claimed once, whatever the lease says";
    let host = bench.by_id(one).await;
    let again = bench.apply(one, claim_again(&bench, &host.lease, mark, first)).await;
    conflict(&again, promise);
    same(&bench.by_id(one).await, &host, "a second claim changes nothing");
    // A later attempt, and the attempt of another host.
    let now = bench.clock.now();
    bench.step(one, |lease| close(lease, Outcome::Failed, now)).await;
    for id in [one, two] {
        bench.mark(id).await;
        let attempt = bench.offer(id).await.id;
        let host = bench.by_id(id).await;
        let again = bench.apply(id, claim_again(&bench, &host.lease, mark, attempt)).await;
        conflict(&again, promise);
        same(&bench.by_id(id).await, &host, "a second claim changes nothing");
    }
}

/// A claim that was refused spends nothing: the mark may be claimed.
pub async fn a_refused_claim_spends_nothing(bench: Bench) {
    let id = bench.added(1).await.id;
    bench.mark(id).await;
    bench.offer(id).await;
    let before = bench.by_id(id).await;
    let stale = take_claim(&before.lease, bench.claim_id(), bench.clock.now());
    let now = bench.clock.now();
    bench.step(id, |lease| replace(lease, |next| next.last_mark = None)).await;
    conflict(&bench.apply(id, stale).await, "a claim that was decided on an older lease");
    let claimed = bench.claim(id).await;
    let mark = before.lease.mark.as_ref().map(|mark| mark.id);
    same(&claimed.lease.mark, &None, "a claim takes the mark away");
    let attempt = must(claimed.lease.attempt.clone().ok_or("no attempt"));
    same(&(Some(attempt.mark), attempt.claim.is_some()), &(mark, true), "a claim is stored");
    same(&bench.by_id(id).await, &claimed, "a claim is stored");
    let late = bench.apply(id, cancel(&before.lease, now)).await;
    conflict(&late, "what was claimed is not cancelled");
}
