//! PostgreSQL: the suite that every store must pass, and what only it can show.
//!
//! `scripts/databases COMMAND` starts a server, and names it in `IPXE_ORCH_TEST_POSTGRES`.
#![cfg(feature = "postgres")]
#![expect(clippy::unwrap_used, reason = "the helpers of tests end a test as tests do")]

mod common;
#[path = "../several/mod.rs"]
mod several;

mod conformance {
    use super::common::{self, Place};
    use ipxe_orch_backends::sql::PostgresStore;
    use std::sync::Arc;

    async fn fresh() -> (Arc<PostgresStore>, Place) {
        let place = Place::new().await;
        (reopen(&place).await, place)
    }

    async fn reopen(place: &Place) -> Arc<PostgresStore> {
        Arc::new(common::open(place).await)
    }

    ipxe_orch_core::conformance_suite!(fresh, reopen = reopen);
}
