//! Random histories, run on the reference store. `PROPTEST_CASES` sets their number.

use ipxe_orch_core::{
    conformance::{Bench, play},
    ids::{ChainId, Epoch},
    memory::MemoryStore,
};
use proptest::prelude::*;
use std::sync::Arc;

proptest! {
    #![proptest_config(ProptestConfig { cases: 10_000, ..ProptestConfig::default() })]

    #[test]
    fn at_most_one_claim_per_mark_and_no_mark_lost(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        play_on_memory(&bytes).unwrap();
    }
}

fn play_on_memory(bytes: &[u8]) -> std::io::Result<()> {
    let epoch = Epoch(uuid::Uuid::nil());
    let store = Arc::new(MemoryStore::new(epoch, ChainId::from_bytes([1; 16])));
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    runtime.block_on(async { Box::pin(play(&Bench::new(store), 1, bytes)).await });
    Ok(())
}

/// The deadline of an install counts from a clock that was ahead, and was set back later.
#[test]
fn an_install_whose_clock_was_set_back_ends() {
    play_on_memory(&SET_BACK).unwrap();
}

#[rustfmt::skip]
const SET_BACK: [u8; 99] = [
    122, 0, 34, 0, 0, 2, 180, 0, 160, 0, 20, 0, 107, 0, 16, 32, 160, 0, 211, 30,
    31, 0, 20, 135, 20, 45, 40, 13, 152, 92, 40, 164, 28, 156, 220, 115, 160, 232, 20, 0,
    40, 0, 60, 0, 20, 0, 60, 0, 209, 184, 0, 0, 50, 18, 49, 0, 0, 0, 0, 0,
    11, 0, 0, 0, 0, 0, 0, 0, 29, 0, 9, 0, 0, 0, 0, 0, 54, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 9, 0, 94, 0, 74, 0, 29, 0, 0, 0, 0,
];
