//! Cases about ids, which are used once, whatever becomes of what has them.

use super::{
    Bench,
    make::{cancel, close, edit, offer, remove, replace, set_mark},
    must, same, taken,
};
use crate::{
    auth::MarkHosts,
    ids::{HostId, MarkId},
    lease::{Attempt, Mark, Outcome},
    stores::PutHost,
    time::Clock,
};

/// The id of a host is used once: not by another host, not while it is edited, not after its
/// removal.
pub async fn the_id_of_a_host_is_used_once(bench: Bench) {
    let host = bench.added(1).await;
    let again = |number| PutHost::Create {
        id: host.id,
        spec: bench.spec(number),
        image_generation: host.image_generation,
        image_key: None,
        mark: None,
    };
    let promise = "the id of a host is used once";
    taken(&bench.put(&[again(2)]).await, &[], promise);
    taken(&bench.put(&[edit(&host, bench.spec(3)), again(2)]).await, &[], promise);
    taken(&bench.put(&[again(2), edit(&host, bench.spec(3))]).await, &[], promise);
    must(bench.put(&[remove(&host)]).await);
    taken(&bench.put(&[again(1)]).await, &[], "the id of a removed host is not used again");
    same(&bench.find(host.id).await, &None, "a host that is refused is not stored");
    let new = bench.host_id();
    let twice = [5, 6].map(|number| with_id(new, bench.create(bench.spec(number), None)));
    taken(&bench.put(&twice).await, &[], "two hosts of one call cannot have one id");
}

fn with_id(new: HostId, mut put: PutHost) -> PutHost {
    if let PutHost::Create { id, .. } = &mut put {
        *id = new;
    }
    put
}

/// The id of a mark is used once: not by a later mark of the host, not by another host, not with
/// a registration, whatever became of the mark; it stays the first host's.
pub async fn the_id_of_a_mark_is_used_once(bench: Bench) {
    let (one, two) = (bench.added(1).await.id, bench.added(2).await.id);
    let mark = bench.mark(one).await;
    is_used(&bench, &mark, one, two).await;
    let now = bench.clock.now();
    bench.step(one, |lease| cancel(lease, now)).await;
    is_used(&bench, &mark, one, two).await;
    let refused = bench.apply(one, set_mark(&bench.by_id(one).await.lease, &mark)).await;
    taken(&refused, &[], "a mark that was cancelled is not given again with its id");
    let claimed = bench.mark(one).await;
    bench.offer(one).await;
    bench.claim(one).await;
    is_used(&bench, &claimed, one, two).await;
    let host = bench.step(one, |lease| close(lease, Outcome::Done, now)).await;
    must(bench.put(&[remove(&host)]).await);
    is_used(&bench, &mark, one, two).await;
    is_used(&bench, &claimed, one, two).await;
}

/// Neither host `other` nor a new host gets the mark, whose host is `owner`.
async fn is_used(bench: &Bench, mark: &Mark, owner: HostId, other: HostId) {
    let before = bench.by_id(other).await;
    let promise = "the id of a mark is used once";
    taken(&bench.apply(other, set_mark(&before.lease, mark)).await, &[], promise);
    same(&bench.by_id(other).await, &before, "a mark that is refused is not stored");
    let create = bench.create(bench.spec(3), Some(mark.clone()));
    let id = create.id();
    taken(&bench.put(&[create]).await, &[], promise);
    same(&bench.find(id).await, &None, "a host with a used mark is not stored");
    same(&owner_of(bench, mark.id).await, &Some(owner), "a mark stays its first host's");
}

async fn owner_of(bench: &Bench, mark: MarkId) -> Option<HostId> {
    let grant = bench.grant::<MarkHosts>().await;
    must(bench.store.lookup_mark(&grant, mark).await)
}

/// A mark that goes with a registration is registered as any other one.
pub async fn the_mark_of_a_new_host_is_registered(bench: Bench) {
    let (mark, other) = (bench.new_mark(), bench.added(2).await.id);
    let id = bench.stored(bench.create(bench.spec(1), Some(mark.clone()))).await;
    same(&owner_of(&bench, mark.id).await, &Some(id), "a new host's mark is looked up");
    same(
        &owner_of(&bench, MarkId::from_bytes([9; 16])).await,
        &None,
        "an unknown mark is of nobody",
    );
    is_used(&bench, &mark, id, other).await;
    let mark = bench.new_mark();
    let twice = [3, 4].map(|number| bench.create(bench.spec(number), Some(mark.clone())));
    taken(&bench.put(&twice).await, &[], "two hosts of one call cannot have one mark");
}

/// The id of an attempt is used once: not by a later offer of the host, not by another host.
pub async fn the_id_of_an_attempt_is_used_once(bench: Bench) {
    let (one, two) = (bench.added(1).await.id, bench.added(2).await.id);
    bench.mark(two).await;
    bench.mark(one).await;
    let first = bench.offer(one).await;
    another_gets_it(&bench, &first, two).await;
    let now = bench.clock.now();
    bench.step(one, |lease| cancel(lease, now)).await;
    let mark = bench.mark(one).await;
    let second = bench.offer(one).await;
    another_gets_it(&bench, &first, two).await;
    another_gets_it(&bench, &second, two).await;
    // The host's own earlier attempt.
    let again = Attempt { mark: mark.id, ..first.clone() };
    let before = bench.by_id(one).await;
    let refused = bench.apply(one, offer(&before.lease, &again)).await;
    taken(&refused, &[], "an earlier attempt of the host is not offered again");
    same(&bench.by_id(one).await, &before, "an attempt that is refused is not stored");
    let known = bench.by_ticket(first.id).await.map(|(host, _)| host.id);
    same(&known, &Some(one), "an attempt stays its first host's");
}

async fn another_gets_it(bench: &Bench, attempt: &Attempt, other: HostId) {
    let before = bench.by_id(other).await;
    let write = replace(&before.lease, |next| next.attempt = Some(attempt.clone()));
    let refused = bench.apply(other, write).await;
    taken(&refused, &[], "the id of an attempt is used once");
    same(&bench.by_id(other).await, &before, "an attempt that is refused is not stored");
}
