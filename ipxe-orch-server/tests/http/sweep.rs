//! Machines that are late.

use crate::{fakes::BrokenStore, log::Log, site::Site};
use insta::assert_snapshot;
use ipxe_orch_core::{
    lease::Limits,
    orchestrator::{Orchestrator, Parts},
    stores::{BootEventKind, EventFilter},
};
use ipxe_orch_server::{events::EventQueue, sweep::Sweeper};
use std::{sync::Arc, time::Duration};
use tokio::time::sleep;
use tracing::Level;

fn orchestrator(parts: Parts) -> Arc<Orchestrator> {
    Arc::new(Orchestrator::new(parts, Limits::default()))
}

#[tokio::test(start_paused = true)]
async fn an_install_that_does_not_end_is_told_of_once() {
    let log = Log::capture(Level::WARN);
    let (site, _) = Site::installing().await;
    let (events, writer) = EventQueue::start(site.bench.store.clone());
    let sweeper = Sweeper::start(orchestrator(Parts { events, ..site.bench.parts.clone() }));
    sleep(Duration::from_mins(5)).await;
    let before = site.bench.host(1).await;
    site.bench.clock.advance(Duration::from_mins(15));
    sleep(Duration::from_mins(5)).await;
    drop(sweeper);
    writer.stop().await;
    let filter = EventFilter::default();
    let stored = site.bench.store.list_events(&site.bench.grant().await, &filter).await.unwrap();
    let late = |kind: &BootEventKind| matches!(kind, BootEventKind::Overdue { .. });
    let late: Vec<_> = stored.iter().filter(|event| late(&event.kind)).collect();
    assert_eq!(late.len(), 1);
    assert!(late[0].alert && late[0].host == Some(site.host.id));
    assert_eq!(site.bench.host(1).await, before, "it is told of, and left as it is");
    assert_snapshot!(log.text().replace("ipxe_orch_server::", ""), @r#" WARN events: has not finished its install in time: look at its console, then mark it again host="host1" from="sweep" alert=true"#);
}

#[tokio::test(start_paused = true)]
async fn a_store_that_fails_or_hangs_is_asked_again() {
    for store in [BrokenStore::failing(), BrokenStore::hanging()] {
        let (name, log) = (format!("{store:?}"), Log::capture(Level::WARN));
        let site = Site::marked().await;
        let parts = Parts { store: Arc::new(store), ..site.bench.parts.clone() };
        let sweeper = Sweeper::start(orchestrator(parts));
        sleep(Duration::from_secs(150)).await;
        drop(sweeper);
        assert_eq!(log.text().matches("cannot look for overdue installs").count(), 3, "{name}");
    }
}
