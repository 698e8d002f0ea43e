//! Cases about calls that end early, as those of a client that went away: they may still write, and
//! write wholly or not at all.

use super::{Bench, filled::values, holds, make::set_mark, must};
use crate::lease::Change;
use std::{
    future::{Future, poll_fn},
    pin::pin,
    task::Poll,
    time::Duration,
};

/// After how many polls calls are dropped.
const POLLS: std::ops::Range<u16> = 0..8;

/// Polls a call at most so many times, and drops it; gives what it came to.
async fn drop_after<T>(call: impl Future<Output = T>, polls: u16) -> Option<T> {
    let mut call = pin!(call);
    for _ in 0..polls {
        let polled = poll_fn(|context| Poll::Ready(call.as_mut().poll(context))).await;
        if let Poll::Ready(done) = polled {
            return Some(done);
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    None
}

/// What a call should have written is there as often as `written` says, and so are the entries of
/// `action`: all of both, or nothing if it was not acknowledged.
async fn is_whole(
    bench: &Bench,
    action: &str,
    all: [usize; 2],
    acknowledged: bool,
    written: impl AsyncFn() -> usize,
) {
    let mut found = [0, 0];
    // It may be written only now, and what was written is looked at before its entries.
    for look in 0..50 {
        let there = written().await;
        let entries = bench.actions().await.iter().filter(|known| *known == action).count();
        found = [there, entries];
        let nothing = found == [0, 0] && !acknowledged && look >= 2;
        if found == all || nothing {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let promise = "a call that is dropped writes wholly, with its entries, or not at all";
    holds(false, &format!("{promise}: {action}, what was written and its entries"), &found);
}

/// Two hosts of one call.
pub async fn hosts_of_a_dropped_call_are_written_together(bench: Bench) {
    let (grant, epoch) = (bench.put_grant().await, must(bench.store.epoch().await));
    for polls in POLLS {
        let action = format!("put.{polls}");
        let puts = [polls * 2 + 1, polls * 2 + 2]
            .map(|number| (bench.create(bench.spec(number), None), bench.entry(&action)));
        let ids = [0, 1].map(|place| puts.get(place).map(|(put, _)| put.id()));
        let call = bench.store.put_hosts(&grant, epoch, &puts);
        let done = drop_after(call, polls).await.map(must).is_some();
        let written = async || {
            let mut there = 0;
            for id in ids.into_iter().flatten() {
                there += usize::from(bench.find(id).await.is_some());
            }
            there
        };
        is_whole(&bench, &action, [2, 2], done, written).await;
    }
}

/// A change of a lease, and its mark.
pub async fn a_dropped_change_is_written_with_its_entry(bench: Bench) {
    let (grant, epoch) = (bench.write_grant().await, must(bench.store.epoch().await));
    for polls in POLLS {
        let action = format!("apply.{polls}");
        let id = bench.added(polls).await.id;
        let before = bench.by_id(id).await.lease;
        let mark = bench.new_mark();
        let change = Change { host: id, write: set_mark(&before, &mark) };
        let entry = bench.entry(&action);
        let call = bench.store.apply(&grant, epoch, &change, Some(&entry));
        let done = drop_after(call, polls).await.map(must).is_some();
        let written = async || {
            let owner = bench.store.lookup_mark(&bench.grant().await, mark.id).await;
            let now = bench.by_id(id).await.lease;
            let stands = now.mark.is_some_and(|now| now.id == mark.id);
            usize::from(stands) + usize::from(must(owner).is_some())
        };
        is_whole(&bench, &action, [2, 1], done, written).await;
    }
}

/// Defaults, and entries of what was done elsewhere.
pub async fn dropped_defaults_and_entries_are_written_wholly(bench: Bench) {
    let (grant, recorder) = (bench.grant().await, bench.recorder());
    for polls in POLLS {
        let action = format!("set.{polls}");
        let mut set = values(None, 0, "a");
        set.place.site = Some(must(format!("site{polls}").parse()));
        let entry = bench.entry(&action);
        let call = bench.store.put_defaults(&grant, &set, &entry);
        let done = drop_after(call, polls).await.map(must).is_some();
        let written = async || {
            let all = must(bench.store.list_defaults(&bench.grant().await, None).await);
            all.iter().filter(|one| one.place == set.place).count()
        };
        is_whole(&bench, &action, [1, 1], done, written).await;
        let action = format!("append.{polls}");
        let entries = [bench.entry(&action), bench.entry(&action), bench.entry(&action)];
        let call = bench.store.append_audit(&recorder, &entries);
        let done = drop_after(call, polls).await.map(must).is_some();
        let written = async || bench.actions().await.iter().filter(|a| **a == action).count();
        is_whole(&bench, &action, [3, 3], done, written).await;
    }
}
