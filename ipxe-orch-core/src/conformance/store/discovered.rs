//! Cases about machines that are not hosts yet.

use super::{
    Bench,
    filled::{event, stranger, stranger_id},
    holds, must, same,
};
use crate::{
    auth::{Origin, Scope},
    host::{HostSpec, ShownSerial},
    ids::{HostId, ImageGeneration},
    stores::{BootEvent, BootEventKind, Discovered, PutHost},
    time::{Clock, Timestamp},
};
use std::time::Duration;

async fn discovered(bench: &Bench) -> Vec<Discovered> {
    must(bench.store.list_discovered(&bench.grant().await).await)
}

async fn record(bench: &Bench, events: &[BootEvent]) {
    must(bench.store.record_events(&bench.recorder(), events).await);
}

/// Stranger `number`, seen so many seconds after `start` with something of its own to show.
fn seen(start: Timestamp, number: u32, seconds: u64) -> BootEvent {
    let mut event = stranger(start, number);
    event.at = start.plus(Duration::from_secs(seconds));
    event.origin = Origin(format!("after {seconds}"));
    if let BootEventKind::Refused { shown: Some(shown), .. } = &mut event.kind {
        shown.serial = ShownSerial::new(format!("SN{seconds}").as_bytes());
    }
    event
}

/// A machine that is seen again is counted, and shown as it was seen last: events may come out of
/// order, in one call or in several.
pub async fn a_machine_is_discovered_once_and_counted(bench: Bench) {
    let start = bench.clock.now();
    record(&bench, &[seen(start, 1, 5), seen(start, 1, 9)]).await;
    record(&bench, &[seen(start, 1, 2)]).await;
    record(&bench, &[seen(start, 1, 7)]).await;
    let last = must(Discovered::of(&seen(start, 1, 9)).ok_or("no machine in the event"));
    let first_seen = start.plus(Duration::from_secs(2));
    let expected = Discovered { count: 4, first_seen, ..last };
    let promise =
        "a machine is discovered once: counted, since the first time, as it was seen last";
    same(&discovered(&bench).await, &vec![expected], promise);
}

/// The last seen machine comes first; only events that tell of a stranger make one.
pub async fn the_last_seen_machine_comes_first(bench: Bench) {
    let start = bench.clock.now();
    record(&bench, &[seen(start, 1, 2), seen(start, 2, 3), seen(start, 3, 1)]).await;
    record(&bench, &[event(&bench, Some(stranger_id(4))), event(&bench, None)]).await;
    let ids: Vec<_> = discovered(&bench).await.iter().map(|machine| machine.host).collect();
    let expected = [2, 1, 3].map(stranger_id).to_vec();
    same(&ids, &expected, "the machine that was seen last comes first");
}

/// The machine of a host is not discovered, and a machine that becomes a host is so no longer; where
/// the host was refused, it stays.
pub async fn a_host_is_not_discovered(bench: Bench) {
    let (start, host) = (bench.clock.now(), bench.added(1).await);
    let own = BootEvent { host: Some(host.id), ..stranger(start, 1) };
    record(&bench, &[own, stranger(start, 2), stranger(start, 3)]).await;
    let ids = async || discovered(&bench).await.iter().map(|m| m.host).collect::<Vec<_>>();
    let [two, three] = [2, 3].map(stranger_id);
    same(&ids().await, &vec![three, two], "the machine of a host is not discovered");
    let create = |id: HostId, spec: HostSpec| PutHost::Create {
        id,
        spec,
        image_generation: ImageGeneration(0),
        image_key: None,
        mark: None,
    };
    let refused = bench.put(&[create(two, bench.spec(2)), create(three, bench.spec(1))]).await;
    holds(refused.is_err(), "a name that is taken is refused", &refused);
    same(&ids().await, &vec![three, two], "a host that is refused leaves its machine discovered");
    must(bench.put(&[create(two, bench.spec(2))]).await);
    same(&ids().await, &vec![three], "a machine that became a host is no longer discovered");
    record(&bench, &[stranger(start, 2)]).await;
    same(&ids().await, &vec![three], "a machine that became a host is not discovered again");
}

/// Machines have no site and no labels: a grant that does not hold for all hosts shows none.
pub async fn discovered_machines_are_for_who_may_see_all(bench: Bench) {
    record(&bench, &[stranger(bench.clock.now(), 1)]).await;
    let site = Scope::Site(must("north".parse()));
    for scope in [site.clone(), Scope::Host(stranger_id(1)), Scope::AnyOf(vec![site])] {
        let grant = bench.grant_within(scope).await;
        let found = must(bench.store.list_discovered(&grant).await);
        same(&found, &vec![], "a grant for some hosts shows no discovered machines");
    }
}

/// At most so many machines are kept; those not seen for longest make way.
pub async fn discovered_machines_are_bounded(bench: Bench) {
    let start = bench.clock.now();
    let events: Vec<_> = (0..Discovered::MAX + 2).map(|n| stranger(start, n)).collect();
    for batch in events.chunks(5001) {
        record(&bench, batch).await;
    }
    let kept = discovered(&bench).await;
    let number = u32::try_from(kept.len()).unwrap_or(u32::MAX);
    same(&number, &Discovered::MAX, "so many discovered machines are kept, and no more");
    let ends = (kept.first().map(|m| m.host), kept.last().map(|m| m.host));
    let expected = (Some(stranger_id(Discovered::MAX + 1)), Some(stranger_id(2)));
    same(&ends, &expected, "the machines that were not seen for longest make way");
}
