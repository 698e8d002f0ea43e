//! Random histories against one database, a fresh host for each.

use crate::{
    common::{Place, ado::is_skipped, open},
    random::histories,
};
use ipxe_orch_core::conformance::{Bench, play};
use std::sync::Arc;

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
    histories(64, |number, bytes| runtime.block_on(play(&bench, number, bytes)));
}
