//! Random histories, a fresh host for each: two servers, each at a node of its own.

use crate::common::{Place, is_skipped};
use ipxe_orch_core::{
    conformance::{Bench, play_on_two},
    stores::Store,
};
use proptest::{
    prelude::*,
    test_runner::{Config, TestRunner},
};
use std::sync::{
    Arc,
    atomic::{AtomicU16, Ordering},
};

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
    let number = AtomicU16::new(1);
    let histories = proptest::collection::vec(any::<u8>(), 0..400);
    let mut runner = TestRunner::new(Config { cases: 64, ..Config::default() });
    runner
        .run(&histories, |bytes| {
            let number = number.fetch_add(1, Ordering::Relaxed);
            runtime.block_on(play_on_two(&bench, &second, number, &bytes));
            Ok(())
        })
        .unwrap();
}
