//! A transaction that is held up in its middle, while another program accepts a restored database.

use crate::{
    common::{Place, Server},
    for_each_server,
};
use ipxe_orch_core::{
    auth::ManageKeys,
    conformance::Bench,
    ids::Epoch,
    lease::{Event, Hold, Inputs, Limits, decide},
    stores::{Acceptance, StoreError},
    time::Clock as _,
};
use std::time::Duration;
use tokio::time::{sleep, timeout};

for_each_server!(a_change_under_way_ends_before_an_acceptance_or_not_at_all);

/// A change was written, but not committed. It was decided in the epoch before: so it ends before
/// the acceptance, or not at all.
async fn a_change_under_way_ends_before_an_acceptance_or_not_at_all(server: Server) {
    let place = Place::new(server).await;
    let store = place.open(1).await;
    let bench = Bench::new(store.clone());
    let other = place.open(2).await;
    let host = bench.register(1, false).await;
    let last = store.head(&bench.grant().await).await.unwrap();
    // Whoever appends the next entry waits for this transaction.
    let mut before = place.raw().await;
    before.begin().await;
    let (chain, sequence) = (place.bytes(last.chain.as_bytes()), last.sequence + 1);
    let hash = place.bytes(&[0; 32]);
    let sql = format!(
        "INSERT INTO audit (chain, sequence, at, action, text, hash) \
         VALUES ({chain}, {sequence}, 0, 'x', '{{}}', {hash})"
    );
    before.run(&sql).await;
    let epoch = other.epoch().await.unwrap();
    let (by, at) = ("ann".to_owned(), bench.clock.now());
    let event = Event::Hold(Hold { by, at, reason: None });
    let limits = Limits::default();
    let verdict = decide(&host.lease, &event, None, at, &limits).unwrap();
    let change =
        verdict.change(host.id, Inputs { claim: None, attempt: None, from: None }).unwrap();
    let (grant, entry) = (bench.write_grant().await, bench.entry("host.hold"));
    let changing =
        tokio::spawn(async move { store.apply(&grant, epoch, &change, Some(&entry)).await });
    sleep(Duration::from_millis(300)).await;
    assert!(!changing.is_finished(), "the change waits for its entry");
    let (grant, entry) = (bench.grant::<ManageKeys>().await, bench.entry("accept"));
    let next = Epoch::from_bytes([9; 16]);
    let acceptance = Acceptance { expected: epoch, next, instead_of: Vec::new() };
    let accepting = async { other.accept(&grant, &acceptance, &entry).await };
    tokio::pin!(accepting);
    let accepted = timeout(Duration::from_secs(1), &mut accepting).await;
    before.run("ROLLBACK").await;
    let (is_first, accepted) = match accepted {
        Ok(accepted) => (true, accepted),
        Err(_) => (false, accepting.await),
    };
    accepted.unwrap();
    let changed = changing.await.unwrap();
    match changed {
        Ok(()) => assert!(!is_first, "a change of the epoch before came after the acceptance"),
        Err(ref error) => assert!(matches!(error, StoreError::Conflict), "{error:?}"),
    }
    let is_held = bench.host(1).await.lease.held.is_some();
    assert_eq!(is_held, changed.is_ok(), "what was said is what is stored");
}
