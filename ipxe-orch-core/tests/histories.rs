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
        let epoch = Epoch(uuid::Uuid::nil());
        let store = Arc::new(MemoryStore::new(epoch, ChainId::from_bytes([1; 16])));
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async { Box::pin(play(&Bench::new(store), 1, &bytes)).await });
    }
}
