//! What is overdue in a database that was made before anybody looked.

use crate::common::{bench, folder, open, raw, undo};
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
    undo(&mut connection, 7).await;
    let again = open(folder.path()).await;
    assert_eq!(overdue(&again, &bench).await, [Overdue::Mark]);
}
