//! Random histories, a fresh host for each: two servers, each at a node of its own.

use crate::{
    common::{Place, is_skipped},
    random::histories,
};
use ipxe_orch_core::{
    conformance::{Bench, play_on_two},
    stores::Store,
};
use std::sync::Arc;

#[test]
fn at_most_one_claim_per_mark_and_no_mark_lost() {
    if is_skipped() {
        return;
    }
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let (bench, second) = runtime.block_on(async {
        let place = Arc::new(Place::new().await);
        let first = Arc::new(place.open(0, 1).await);
        let bench = Bench::with_place(first, Arc::clone(&place), |place| {
            Box::pin(async move {
                let second: Arc<dyn Store> = Arc::new(place.open(1, 2).await);
                second
            })
        });
        let second = bench.second().await;
        (bench, second)
    });
    histories(64, |number, bytes| runtime.block_on(play_on_two(&bench, &second, number, bytes)));
}
