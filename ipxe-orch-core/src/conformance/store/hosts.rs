//! Cases about hosts that are created and edited.

use super::{
    Bench, conflict,
    make::{close, edit, remove},
    must, not_found,
    refused::other_epoch,
    same,
};
use crate::{
    ids::{Generation, HostId, ImageGeneration, KeyId},
    lease::{Lease, Outcome},
    stores::{BootRecord, HostFilter, HostKey, HostRecord, PutHost},
    time::Clock,
};

/// Each field of a new host comes back as it was put: the specification, the generation and key of
/// its image, its mark. Its generation is 1.
pub async fn a_host_comes_back_as_it_was_put(bench: Bench) {
    let (id, mark) = (bench.host_id(), bench.new_mark());
    let put = PutHost::Create {
        id,
        spec: bench.full_spec(1),
        image_generation: ImageGeneration(7),
        image_key: Some(KeyId::from_bytes([1, 2, 3, 4])),
        mark: Some(Box::new(mark.clone())),
    };
    bench.stored(put).await;
    let lease = Lease { generation: Generation(1), mark: Some(mark), ..Lease::default() };
    let expected = HostRecord {
        id,
        spec: bench.full_spec(1),
        image_generation: ImageGeneration(7),
        image_key: Some(KeyId::from_bytes([1, 2, 3, 4])),
        earlier_images: Vec::new(),
        image: None,
        lease,
    };
    let promise = "a host comes back as it was put, however it is looked up";
    let (store, see) = (&bench.store, bench.grant().await);
    same(&bench.by_id(id).await, &expected, promise);
    let by_name = store.lookup_host(&see, &HostKey::Name(expected.spec.name.clone())).await;
    same(&must(by_name), &Some(expected.clone()), promise);
    let machine = bench.machine(id).await;
    same(&must(store.lookup_boot(&machine, id).await), &Some(BootRecord::of(&expected)), promise);
    let listed = must(store.list_hosts(&see, &HostFilter::default()).await);
    same(&listed.hosts, &vec![expected], promise);
}

/// An edit changes the specification and makes the next generation; the lease and what belongs to
/// the image stay.
pub async fn an_edit_changes_the_specification_alone(bench: Bench) {
    let put = PutHost::Create {
        id: bench.host_id(),
        spec: bench.spec(1),
        image_generation: ImageGeneration(7),
        image_key: Some(KeyId::from_bytes([1, 2, 3, 4])),
        mark: None,
    };
    let id = bench.stored(put).await;
    bench.installed(id, Outcome::Failed).await;
    bench.mark(id).await;
    bench.offer(id).await;
    let before = bench.by_id(id).await;
    must(bench.put(&[edit(&before, bench.full_spec(2))]).await);
    let mut expected = HostRecord { spec: bench.full_spec(2), ..before.clone() };
    expected.lease.generation = before.lease.generation.next();
    let promise = "an edit changes the specification and the generation, and nothing else";
    same(&bench.by_id(id).await, &expected, promise);
    let old = must(bench.store.lookup_host(&bench.grant().await, &name(&before)).await);
    same(&old, &None, "a host is not found by the name that it had before");
}

fn name(host: &HostRecord) -> HostKey {
    HostKey::Name(host.spec.name.clone())
}

/// An edit or a removal writes only over the generation that was looked at.
pub async fn only_what_was_looked_at_is_edited_or_removed(bench: Bench) {
    let host = bench.added(1).await;
    must(bench.put(&[edit(&host, bench.full_spec(1))]).await);
    let now = bench.by_id(host.id).await;
    let promise = "an edit or a removal of another generation is a conflict";
    let mut later = now.clone();
    later.lease.generation = now.lease.generation.next();
    for stale in [&host, &later] {
        conflict(&bench.put(&[edit(stale, bench.spec(1))]).await, promise);
        conflict(&bench.put(&[remove(stale)]).await, promise);
    }
    same(&bench.by_id(host.id).await, &now, "a conflict changes nothing");
}

/// What was decided before a restore counts no more: a put of another epoch is a conflict.
pub async fn a_put_of_another_epoch_is_a_conflict(bench: Bench) {
    let host = bench.added(1).await;
    let grant = bench.put_grant().await;
    for put in [bench.create(bench.spec(2), None), edit(&host, bench.spec(3)), remove(&host)] {
        let puts = [(put, bench.entry("host.test"))];
        let refused = bench.store.put_hosts(&grant, other_epoch(), &puts).await;
        conflict(&refused, "a put that was decided in another epoch is a conflict");
    }
    let all = bench.store.list_hosts(&bench.grant().await, &HostFilter::default()).await;
    same(&must(all).hosts, &vec![host], "a conflict changes nothing");
}

/// Nobody edits or removes what is not there.
pub async fn a_host_that_is_not_there_is_not_found(bench: Bench) {
    let mut host = bench.added(1).await;
    host.id = HostId::from_bytes([9; 16]);
    let promise = "an edit or a removal of a host that is not there is not found";
    not_found(&bench.put(&[edit(&host, bench.spec(2))]).await, promise);
    not_found(&bench.put(&[remove(&host)]).await, promise);
    same(&bench.find(host.id).await, &None, promise);
}

/// Hosts may exchange names, MACs and addresses in one call, and take those of a host that is
/// removed in it.
pub async fn hosts_may_exchange_names_and_addresses(bench: Bench) {
    let (one, two) = (bench.added(1).await, bench.added(2).await);
    let swap = [edit(&one, two.spec.clone()), edit(&two, one.spec.clone())];
    must(bench.put(&swap).await);
    let ids = (bench.host(1).await.id, bench.host(2).await.id);
    same(&ids, &(two.id, one.id), "hosts may exchange names, MACs and addresses in one call");
    let (one, two) = (bench.by_id(one.id).await, bench.by_id(two.id).await);
    let promise = "a host may take what another one gives up by its removal in the same call";
    must(bench.put(&[edit(&one, two.spec.clone()), remove(&two)]).await);
    same(&bench.host(1).await.id, &one.id, promise);
    let one = bench.by_id(one.id).await;
    must(bench.put(&[bench.create(bench.spec(1), None), remove(&one)]).await);
    holds_another(&bench.host(1).await, &one, promise);
}

#[track_caller]
fn holds_another(now: &HostRecord, before: &HostRecord, promise: &str) {
    super::holds(now.id != before.id, promise, now);
}

/// A host that stands twice in a call is, the second time, as the first time left it.
pub async fn a_host_may_stand_twice_in_a_call(bench: Bench) {
    let host = bench.added(1).await;
    let mut once = host.clone();
    once.lease.generation = host.lease.generation.next();
    must(bench.put(&[edit(&host, bench.spec(2)), edit(&once, bench.spec(3))]).await);
    let mut expected = HostRecord { spec: bench.spec(3), ..once.clone() };
    expected.lease.generation = once.lease.generation.next();
    let promise = "a host that stands twice in a call is written twice, one after the other";
    same(&bench.by_id(host.id).await, &expected, promise);
    let stale = [edit(&expected, bench.spec(4)), edit(&expected, bench.spec(5))];
    conflict(&bench.put(&stale).await, "the second time it has the next generation");
    same(&bench.by_id(host.id).await, &expected, "a conflict changes nothing");
}

/// A host with a mark or an open attempt is not removed; once both have ended it is.
pub async fn a_host_at_work_is_not_removed(bench: Bench) {
    let host = bench.added(1).await;
    let promise = "a host with a mark or an open attempt is not removed";
    bench.mark(host.id).await;
    let marked = bench.by_id(host.id).await;
    conflict(&bench.put(&[remove(&marked)]).await, promise);
    bench.offer(host.id).await;
    let offered = bench.by_id(host.id).await;
    conflict(&bench.put(&[remove(&offered)]).await, promise);
    let installing = bench.claim(host.id).await;
    conflict(&bench.put(&[remove(&installing)]).await, promise);
    same(&bench.by_id(host.id).await, &installing, "a conflict changes nothing");
    let now = bench.clock.now();
    let idle = bench.step(host.id, |lease| close(lease, Outcome::Failed, now)).await;
    must(bench.put(&[remove(&idle)]).await);
    same(&bench.find(host.id).await, &None, "a host that is removed is not found");
}
