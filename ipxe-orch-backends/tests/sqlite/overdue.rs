//! What is overdue in a database that was made before anybody looked.

use crate::common::{bench, execute, folder, open, raw};
use ipxe_orch_backends::sql::SqliteStore;
use ipxe_orch_core::stores::prelude::*;
use ipxe_orch_core::{
    conformance::Bench,
    lease::{Limits, Overdue},
    orchestrator::MarkOrder,
    stores::{HostKey, OverdueFilter},
    time::Clock as _,
};
use std::time::Duration;

async fn marked(bench: &Bench) {
    bench.profile("boot").await;
    let host = HostKey::Id(bench.register(1, false).await.id);
    bench.orchestrator.mark(&bench.operator, &host, MarkOrder::default()).await.unwrap();
}

async fn overdue(store: &SqliteStore, bench: &Bench) -> Vec<Overdue> {
    let later = bench.clock.now().plus(Duration::from_hours(25));
    let filter = OverdueFilter::new(later, Limits::default().claim_wait);
    let found = store.list_overdue(&bench.grant().await, &filter).await.unwrap();
    found.into_iter().map(|overdue| overdue.what).collect()
}

#[tokio::test]
async fn marks_of_an_older_database_are_found() {
    let folder = folder();
    let (_, bench) = bench(folder.path()).await;
    marked(&bench).await;
    let mut connection = raw(folder.path()).await;
    // As it was before that migration, and those after it.
    execute(
        &mut connection,
        "DROP INDEX leases_by_expiry; DROP INDEX attempts_by_deadline; \
         DROP INDEX attempts_by_offer; ALTER TABLE leases DROP COLUMN mark_expires_at; \
         ALTER TABLE leases DROP COLUMN last_mark; ALTER TABLE hosts DROP COLUMN image; \
         ALTER TABLE hosts DROP COLUMN earlier_images; ALTER TABLE leases DROP COLUMN loader; \
         ALTER TABLE attempts DROP COLUMN claim_from; ALTER TABLE attempts DROP COLUMN outcome; \
         DROP TABLE shared_values; DROP TABLE accepted_epochs; DROP TRIGGER lease_is_made; \
         DROP TRIGGER lease_is_written; DROP TRIGGER lease_is_removed; \
         ALTER TABLE meta DROP COLUMN checked_at; ALTER TABLE meta DROP COLUMN lease_writes; \
         DELETE FROM schema_migrations WHERE version >= 7",
    )
    .await;
    let again = open(folder.path()).await;
    assert_eq!(overdue(&again, &bench).await, [Overdue::Mark]);
}
