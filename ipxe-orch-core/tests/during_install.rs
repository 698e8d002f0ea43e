//! A machine that boots while its install is under way.

// Tells clippy that the helpers are test code as well.
#![cfg(test)]

use ipxe_orch_core::{
    boot::LOCAL_SCRIPT,
    conformance::Bench,
    ids::{ChainId, Epoch},
    memory::MemoryStore,
    orchestrator::Report,
    stores::BootEventKind,
};
use std::sync::Arc;

#[tokio::test]
async fn its_event_says_so_until_the_install_has_ended() {
    let epoch = Epoch(uuid::Uuid::nil());
    let bench = Bench::new(Arc::new(MemoryStore::new(epoch, ChainId::from_bytes([1; 16]))));
    bench.profile("boot").await;
    let host = bench.register(1, true).await;
    let told = async || {
        bench.events.take();
        assert_eq!(bench.boot(host.id, 1).await, LOCAL_SCRIPT);
        let event = bench.events.take().pop().unwrap();
        assert!(!event.alert, "an installer may restart its machine: {event:?}");
        event.kind
    };
    bench.boot(host.id, 1).await;
    let attempt = bench.host(1).await.lease.attempt.unwrap().id;
    let ticket = bench.ticket(attempt).await;
    let origin = bench.operator.origin.clone();
    bench.orchestrator.claim(&ticket, origin.clone()).await.unwrap();
    assert_eq!(told().await, BootEventKind::DuringInstall);
    for (status, expected) in
        [("started", BootEventKind::DuringInstall), ("done", BootEventKind::Local)]
    {
        let report = Report::new(status, "").unwrap();
        bench.orchestrator.report(&ticket, &report, origin.clone()).await.unwrap();
        assert_eq!(told().await, expected, "{status}");
    }
}
