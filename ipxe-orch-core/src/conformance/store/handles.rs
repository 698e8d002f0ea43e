//! Cases about two programs that work on the same data, each with a handle of its own.

use super::{
    Bench, conflict,
    filled::{Filled, values},
    holds,
    make::{close, edit, remove, set_mark, take_claim},
    must, same, taken,
    view::View,
};
use crate::{audit::ChainHead, lease::Outcome, stores::PutHost, time::Clock};

/// Whatever one handle has written, another one shows at once, also where it has shown the state
/// before.
pub async fn a_second_handle_sees_each_write_at_once(bench: Bench) {
    let second = bench.second().await;
    // Whoever keeps what it read before shows it later.
    View::of(&second, &Filled::default()).await;
    let filled = Filled::new(&bench).await;
    let promise = "a second handle sees what the first one has written, at once";
    same(&View::of(&second, &filled).await, &View::of(&bench, &filled).await, promise);
    let third = bench.second().await;
    let promise = "a handle that is opened later sees all that was written";
    same(&View::of(&third, &filled).await, &View::of(&bench, &filled).await, promise);
}

/// Each single write is seen by the other handle before the next one.
pub async fn two_handles_see_each_other(bench: Bench) {
    let second = bench.second().await;
    let (mut writer, mut reader) = (&bench, &second);
    let id = bench.added(1).await.id;
    let promise = "a handle sees each write of the other one";
    for _ in 0..3 {
        let mark = writer.mark(id).await;
        same(&reader.by_id(id).await.lease.mark, &Some(mark), promise);
        let attempt = writer.offer(id).await;
        same(&reader.by_id(id).await.lease.attempt, &Some(attempt), promise);
        let claimed = writer.claim(id).await;
        same(&reader.by_id(id).await, &claimed, promise);
        let now = writer.clock.now();
        let ended = writer.step(id, |lease| close(lease, Outcome::Failed, now)).await;
        same(&reader.by_id(id).await, &ended, promise);
        must(writer.put(&[edit(&ended, writer.full_spec(2))]).await);
        let edited = reader.by_id(id).await;
        same(&edited.spec, &writer.full_spec(2), promise);
        must(reader.put(&[edit(&edited, writer.spec(1))]).await);
        (writer, reader) = (reader, writer);
    }
    must(writer.put(&[remove(&reader.by_id(id).await)]).await);
    same(&reader.find(id).await, &None, promise);
}

/// What was decided on an older state is a conflict at the other handle as well.
pub async fn a_second_handle_refuses_what_is_stale(bench: Bench) {
    let second = bench.second().await;
    let id = bench.added(1).await.id;
    let seen = second.by_id(id).await;
    bench.mark(id).await;
    let promise = "what one handle decided before a write of the other one is a conflict";
    conflict(&second.apply(id, set_mark(&seen.lease, &second.new_mark())).await, promise);
    conflict(&second.put(&[edit(&seen, second.spec(2))]).await, promise);
    conflict(&second.put(&[remove(&seen)]).await, promise);
    bench.offer(id).await;
    let offered = second.by_id(id).await;
    bench.claim(id).await;
    let write = take_claim(&offered.lease, second.claim_id(), second.clock.now());
    conflict(&second.apply(id, write).await, promise);
    must(bench.set(&values(None, 0, "a")).await);
    conflict(&second.set(&values(None, 0, "b")).await, promise);
}

/// What one handle has taken is taken at the other one.
pub async fn a_second_handle_refuses_what_is_taken(bench: Bench) {
    let second = bench.second().await;
    let first = bench.stored(bench.create(bench.full_spec(1), None)).await;
    let mark = bench.mark(first).await;
    let promise = "what one handle has taken is taken at the other one";
    let mut same_name = second.spec(2);
    same_name.name = bench.spec(1).name;
    taken(&second.put(&[second.create(same_name, None)]).await, &["host1"], promise);
    let mut same_mac = second.spec(2);
    same_mac.nics = bench.spec(1).nics;
    let refused = second.put(&[second.create(same_mac, None)]).await;
    taken(&refused, &["52:54:00:00:00:01"], promise);
    let mut same_id = second.create(second.spec(2), None);
    if let PutHost::Create { id, .. } = &mut same_id {
        *id = first;
    }
    taken(&second.put(&[same_id]).await, &[], promise);
    let other = second.added(3).await;
    taken(&second.apply(other.id, set_mark(&other.lease, &mark)).await, &[], promise);
    same(&bench.by_id(other.id).await, &other, "what is refused changes nothing");
}

/// Two handles that write in turn leave all entries, and their chains verify.
pub async fn two_handles_share_the_audit(bench: Bench) {
    let second = bench.second().await;
    let mut expected = Vec::new();
    for number in 0..5 {
        for (bench, name) in [(&bench, "first"), (&second, "second")] {
            let entry = bench.entry(&format!("{name}.{number}"));
            expected.push(entry.action.clone());
            must(bench.store.append_audit(&bench.recorder(), &[entry]).await);
            let head = must(bench.store.head(&bench.grant().await).await);
            let last = bench.audit().await.into_iter().rfind(|entry| entry.chain == head.chain);
            let last = last.map(|entry| ChainHead::after(&entry));
            same(&last, &Some(head), "the head of a handle is the last entry of its chain");
        }
    }
    let mut found = bench.actions().await;
    holds(found.len() == expected.len(), "two handles that write in turn lose no entry", &found);
    found.sort();
    expected.sort();
    same(&found, &expected, "two handles that write in turn lose no entry");
    same(&second.audit().await, &bench.audit().await, "both handles show the same audit");
}
