//! Random histories, a fresh host for each.

use proptest::{
    prelude::*,
    test_runner::{Config, TestRunner},
};
use std::sync::atomic::{AtomicU16, Ordering};

/// Plays so many histories, each with the number of its host.
pub(crate) fn histories(cases: u32, play: impl Fn(u16, &[u8])) {
    let number = AtomicU16::new(1);
    let histories = proptest::collection::vec(any::<u8>(), 0..400);
    let mut runner = TestRunner::new(Config { cases, ..Config::default() });
    runner
        .run(&histories, |bytes| {
            play(number.fetch_add(1, Ordering::Relaxed), &bytes);
            Ok(())
        })
        .unwrap();
}
