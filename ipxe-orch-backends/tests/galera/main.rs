//! A Galera cluster: the suite that every store must pass, with its two handles on two nodes, and
//! what happens when a node is cut off.
//!
//! `scripts/databases galera COMMAND` starts three nodes, and names them in `IPXE_ORCH_TEST_GALERA`.
//! Without it, these tests are skipped.
#![cfg(feature = "mysql")]
#![expect(clippy::unwrap_used, reason = "the helpers of tests end a test as tests do")]

mod common;
mod histories;
mod nodes;
#[path = "../shared/random.rs"]
mod random;
mod reads;

/// Both handles belong to one program, which has moved to another node.
mod conformance {
    use super::common::{Place, is_skipped};
    use ipxe_orch_backends::sql::MysqlStore;
    use std::sync::Arc;

    async fn fresh() -> (Arc<MysqlStore>, Place) {
        let place = Place::new().await;
        (Arc::new(place.open(0, 1).await), place)
    }

    async fn reopen(place: &Place) -> Arc<MysqlStore> {
        Arc::new(place.open(1, 1).await)
    }

    ipxe_orch_core::conformance_suite!(fresh, reopen = reopen, skip = is_skipped);
    ipxe_orch_core::access_suite!(fresh, reopen = reopen, skip = is_skipped);
}
