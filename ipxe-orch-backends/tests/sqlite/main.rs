//! The embedded store: the suite that every store must pass, and what only SQLite can show.
#![cfg(feature = "sqlite")]
#![expect(clippy::unwrap_used, reason = "the helpers of tests end a test as tests do")]

mod backup;
mod common;
mod events;
mod faults;
mod histories;
#[path = "../shared/large_fleet.rs"]
mod large_fleet;
mod names;
mod open;
mod overdue;
#[path = "../shared/random.rs"]
mod random;
mod replaced;
mod round_trip;
mod several;
mod write_lock;

mod conformance {
    use super::common;
    use ipxe_orch_backends::sql::SqliteStore;
    use std::sync::Arc;
    use tempfile::TempDir;

    async fn fresh() -> (Arc<SqliteStore>, TempDir) {
        let folder = common::folder();
        (reopen(&folder).await, folder)
    }

    async fn reopen(folder: &TempDir) -> Arc<SqliteStore> {
        Arc::new(common::open(folder.path()).await)
    }

    ipxe_orch_core::conformance_suite!(fresh, reopen = reopen);
    ipxe_orch_core::access_suite!(fresh, reopen = reopen);
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes minutes: `scripts/test long` runs it"]
async fn large_fleet_is_listed_page_by_page() {
    let folder = common::folder();
    let store = std::sync::Arc::new(common::open(folder.path()).await);
    large_fleet::measure("SQLite", store).await;
}
