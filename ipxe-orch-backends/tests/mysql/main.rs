//! MySQL and MariaDB: the suite that every store must pass, and what only they can show.
//!
//! `scripts/databases COMMAND` starts a server, and names it in `IPXE_ORCH_TEST_MARIADB`.
//! `IPXE_ORCH_TEST_MYSQL` names another one to use instead.
#![cfg(feature = "mysql")]
#![expect(clippy::unwrap_used, reason = "the helpers of tests end a test as tests do")]

mod common;
#[path = "../shared/large_fleet.rs"]
mod large_fleet;

mod conformance {
    use super::common::{self, Place};
    use ipxe_orch_backends::sql::MysqlStore;
    use std::sync::Arc;

    async fn fresh() -> (Arc<MysqlStore>, Place) {
        let place = Place::new().await;
        (reopen(&place).await, place)
    }

    async fn reopen(place: &Place) -> Arc<MysqlStore> {
        Arc::new(common::open(place).await)
    }

    ipxe_orch_core::conformance_suite!(fresh, reopen = reopen);
    ipxe_orch_core::access_suite!(fresh, reopen = reopen);
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes minutes: `scripts/test long` runs it"]
async fn large_fleet_is_listed_page_by_page() {
    let place = common::Place::new().await;
    let store = std::sync::Arc::new(common::open(&place).await);
    large_fleet::measure("MariaDB", store).await;
}
