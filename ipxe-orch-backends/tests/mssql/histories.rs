//! Random histories against one database, a fresh host for each.

use crate::common::{Place, ado::is_skipped, open};
use ipxe_orch_core::conformance::{Bench, play};
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
    let (_place, bench) = runtime.block_on(async {
        let place = Place::new().await;
        let store = Arc::new(open(&place).await);
        (place, Bench::new(store))
    });
    let number = AtomicU16::new(1);
    let histories = proptest::collection::vec(any::<u8>(), 0..400);
    let mut runner = TestRunner::new(Config { cases: 64, ..Config::default() });
    runner
        .run(&histories, |bytes| {
            let number = number.fetch_add(1, Ordering::Relaxed);
            runtime.block_on(play(&bench, number, &bytes));
            Ok(())
        })
        .unwrap();
}
