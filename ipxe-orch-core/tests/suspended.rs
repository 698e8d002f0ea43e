//! While installs are suspended, no host is marked, offered an install or lets its mark be claimed.

use ipxe_orch_core::{
    audit::AuditEntry,
    auth::WriteGrant,
    boot::LOCAL_SCRIPT,
    conformance::Bench,
    forward_store,
    ids::{ChainId, Epoch},
    lease::Change,
    memory::MemoryStore,
    orchestrator::{HostInput, MarkOrder, Operation, OrchestratorError, Report, TicketAnswer},
    stores::{BootEventKind, HostKey, Store, StoreError},
};
use std::sync::Arc;

const WHY: &str = "the database was set back: accept it first";

async fn bench() -> Bench {
    let epoch = Epoch(uuid::Uuid::nil());
    let bench = Bench::new(Arc::new(MemoryStore::new(epoch, ChainId::from_bytes([1; 16]))));
    bench.profile("boot").await;
    bench
}

#[tokio::test]
async fn a_marked_machine_boots_its_disk_with_an_alert_and_keeps_its_mark() {
    let bench = bench().await;
    let host = bench.register(1, true).await;
    bench.orchestrator.suspend_installs(WHY);
    assert_eq!(bench.boot(host.id, 1).await, LOCAL_SCRIPT);
    let events = bench.events.take();
    assert!(matches!(events[..], [ref e] if e.alert && e.kind == BootEventKind::Suspended));
    assert_eq!(bench.host(1).await, host, "nothing was written");
    bench.orchestrator.resume_installs();
    assert_ne!(bench.boot(host.id, 1).await, LOCAL_SCRIPT);
    bench.orchestrator.suspend_installs(WHY);
    assert_eq!(bench.boot(host.id, 1).await, LOCAL_SCRIPT, "a repeated offer, too");
}

#[tokio::test]
async fn a_machine_without_a_mark_boots_as_ever() {
    let bench = bench().await;
    let host = bench.register(1, false).await;
    bench.orchestrator.suspend_installs(WHY);
    assert_eq!(bench.boot(host.id, 1).await, LOCAL_SCRIPT);
    assert!(bench.events.take().iter().all(|e| !e.alert && e.kind == BootEventKind::Local));
}

#[tokio::test]
async fn an_offer_is_not_claimed_but_its_report_counts() {
    let bench = bench().await;
    let host = bench.register(1, true).await;
    bench.boot(host.id, 1).await;
    let offered = bench.host(1).await;
    let ticket = bench.ticket(offered.lease.attempt.as_ref().unwrap().id).await;
    bench.orchestrator.suspend_installs(WHY);
    bench.events.take();
    let origin = bench.operator.origin.clone();
    let claim = bench.orchestrator.claim(&ticket, origin.clone()).await.unwrap();
    assert_eq!(claim, TicketAnswer::NotFound);
    assert!(bench.events.take().iter().all(|event| event.alert));
    assert_eq!(bench.host(1).await, offered);
    // The installer evidently runs, so its mark must not be offered again.
    let report = Report::new("started", "").unwrap();
    bench.orchestrator.report(&ticket, &report, origin.clone()).await.unwrap();
    assert_eq!(bench.host(1).await.lease.mark, None);
    let file =
        bench.orchestrator.answer_file(&ticket, "answer", "http://s/", origin).await.unwrap();
    assert!(matches!(file, TicketAnswer::Found(_)), "installs under way go on");
}

#[tokio::test]
async fn nothing_is_marked_and_the_refusal_says_why() {
    let bench = bench().await;
    let host = bench.register(1, false).await;
    let key = HostKey::Id(host.id);
    bench.orchestrator.suspend_installs(WHY);
    let order = MarkOrder::default();
    let error = bench.orchestrator.mark(&bench.operator, &key, order).await.unwrap_err();
    assert_eq!(error.to_string(), WHY);
    let input = |install| HostInput::new(bench.spec(2), install);
    let plan = bench.orchestrator.plan_import(&bench.operator, &[input(true)]).await.unwrap();
    let error = bench.orchestrator.import(&bench.operator, &plan).await.unwrap_err();
    assert_eq!(error.to_string(), WHY);
    let audit = bench.store.read_audit(&bench.grant().await, None, 100).await.unwrap();
    let last = &audit.last().unwrap().text;
    for said in ["hosts.import", "refused", "hosts: 1, to install: 1"] {
        assert!(last.contains(said), "{last}");
    }
    let plan = bench.orchestrator.plan_import(&bench.operator, &[input(false)]).await.unwrap();
    bench.orchestrator.import(&bench.operator, &plan).await.unwrap();
    let hold = bench.orchestrator.operate(&bench.operator, &key, &Operation::Hold, None).await;
    assert!(hold.is_ok(), "what prevents installs goes on");
}

/// B3: accepting a database is no remedy for a clock, and voids nothing where nothing is wrong.
#[tokio::test]
async fn only_a_database_in_doubt_is_accepted() {
    let bench = bench().await;
    let host = bench.register(1, true).await;
    let accept = || bench.orchestrator.accept_database(&bench.operator, vec![]);
    assert!(matches!(accept().await, Err(OrchestratorError::NothingToDo(_))));
    assert!(bench.host(1).await.lease.mark.is_some());
    let before = bench.store.epoch().await.unwrap();
    bench.orchestrator.suspend_installs(WHY);
    let accepted = accept().await.unwrap();
    assert_eq!((accepted.voided.len(), accepted.installing.len()), (1, 0));
    assert_eq!(bench.store.epoch().await.unwrap(), accepted.epoch);
    assert!(bench.store.has_accepted(before).await.unwrap());
    assert!(!bench.store.has_accepted(accepted.epoch).await.unwrap());
    assert_eq!(bench.orchestrator.suspended(), None);
    assert_eq!(bench.boot(host.id, 1).await, LOCAL_SCRIPT);
    assert!(matches!(accept().await, Err(OrchestratorError::NothingToDo(_))), "once");
}

/// A store that finds out during a write that it is another one.
struct Replaced(Arc<dyn Store>);

forward_store!(HostStore for Replaced => [0]);
forward_store!(ProfileStore for Replaced => [0]);
forward_store!(DefaultsStore for Replaced => [0]);
forward_store!(PolicyStore for Replaced => [0]);
forward_store!(EventStore for Replaced => [0]);
forward_store!(AuditStore for Replaced => [0]);
forward_store!(LeaseStore for Replaced => [0] {
    async fn apply(
        &self,
        _: &WriteGrant,
        _: Epoch,
        _: &Change,
        _: Option<&AuditEntry>,
    ) -> Result<(), StoreError> {
        Err(StoreError::Replaced(WHY.to_owned()))
    }
} forward lookup_boot lookup_attempt lookup_mark list_overdue list_sealed_pins put_sealed_pins);

/// B1, B2: the machine that finds it out gets nothing either.
#[tokio::test]
async fn a_store_that_was_replaced_suspends_at_once() {
    let bench = bench().await;
    let host = bench.register(1, true).await;
    bench.boot(host.id, 1).await;
    let ticket = bench.ticket(bench.host(1).await.lease.attempt.unwrap().id).await;
    for _ in 0..2 {
        let replaced = Bench::new(Arc::new(Replaced(bench.store.clone())));
        let claim = replaced.orchestrator.claim(&ticket, bench.operator.origin.clone()).await;
        assert_eq!(claim.unwrap(), TicketAnswer::NotFound);
        assert_eq!(replaced.orchestrator.suspended().as_deref(), Some(WHY));
        assert!(replaced.events.take().iter().all(|event| event.alert));
        assert_eq!(replaced.boot(host.id, 1).await, LOCAL_SCRIPT);
    }
    let replaced = Bench::new(Arc::new(Replaced(bench.store.clone())));
    assert_eq!(replaced.boot(host.id, 1).await, LOCAL_SCRIPT);
    let key = HostKey::Id(host.id);
    let cancel = replaced.orchestrator.operate(&bench.operator, &key, &Operation::Cancel, None);
    let error = cancel.await.unwrap_err();
    assert!(matches!(&error, OrchestratorError::Store(StoreError::Replaced(_))), "{error:?}");
}
