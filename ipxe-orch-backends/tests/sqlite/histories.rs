//! Random histories against one migrated database, a fresh host for each.

use crate::{common, random::histories};
use ipxe_orch_core::conformance::{Bench, play};
use std::sync::Arc;

#[test]
fn at_most_one_claim_per_mark_and_no_mark_lost() {
    let folder = common::folder();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let bench = runtime.block_on(async { Bench::new(Arc::new(common::open(folder.path()).await)) });
    histories(256, |number, bytes| runtime.block_on(play(&bench, number, bytes)));
}
