//! Cases about the audit.

use super::{Bench, must, origin};
use crate::{
    audit::{AuditEntry, AuditOutcome, ChainHead, ChainedEntry},
    auth::{Actor, ChangeHosts, Scope},
    lease::Phase,
    orchestrator::{Caller, MarkOrder, Operation, OrchestratorError},
    stores::HostKey,
};

/// Registration, mark, refusal and cancel each leave one entry, with who, what and to which host.
pub async fn every_change_leaves_an_entry(bench: Bench) {
    bench.profile("boot").await;
    let host = bench.register(1, false).await;
    let key = HostKey::Id(host.id);
    must(bench.orchestrator.mark(&bench.operator, &key, MarkOrder::default()).await);
    assert!(bench.orchestrator.mark(&bench.operator, &key, MarkOrder::default()).await.is_err());
    let reason = Some("wrong host".to_owned());
    must(
        bench.orchestrator.operate(&bench.operator, &key, &Operation::Cancel, reason.clone()).await,
    );
    let entries: Vec<AuditEntry> = entries(&bench).await;
    let said: Vec<_> = entries.iter().map(|e| (e.action.as_str(), e.outcome)).collect();
    let expected = [
        ("profile.put", AuditOutcome::Done),
        ("host.create", AuditOutcome::Done),
        ("host.mark", AuditOutcome::Done),
        ("host.mark", AuditOutcome::Refused),
        ("host.cancel", AuditOutcome::Done),
    ];
    assert_eq!(said, expected);
    assert!(entries.iter().skip(1).all(|entry| entry.host == Some(host.id)));
    assert!(entries.iter().all(|entry| entry.actor == *bench.operator.actor()));
    assert_eq!(entries.last().and_then(|entry| entry.reason.clone()), reason);
}

/// The entry says how a mark or an attempt ended, and names an attempt only where it is of it.
pub async fn how_it_ended_is_in_the_entry(bench: Bench) {
    bench.profile("boot").await;
    let host = bench.register(1, true).await;
    let key = HostKey::Id(host.id);
    let operate = async |operation| {
        must(bench.orchestrator.operate(&bench.operator, &key, &operation, None).await);
    };
    let mark = async || {
        must(bench.orchestrator.mark(&bench.operator, &key, MarkOrder::default()).await).id
    };
    bench.boot(host.id, 1).await;
    let attempt = must(bench.host(1).await.lease.attempt.ok_or("no attempt")).id;
    must(bench.orchestrator.claim(&bench.ticket(attempt).await, origin()).await);
    operate(Operation::Abandon).await;
    let cancelled = mark().await;
    operate(Operation::Cancel).await;
    let held = mark().await;
    operate(Operation::Hold).await;
    operate(Operation::Release).await;
    let entries = entries(&bench).await;
    let said = |entry: &AuditEntry| (entry.action.clone(), entry.detail.clone());
    let said: Vec<_> = entries.iter().skip(2).map(said).collect();
    let entry = |action: &str, detail: Option<&str>| (action.to_owned(), detail.map(str::to_owned));
    let expected = [
        entry("install.offer", None),
        entry("install.claim", None),
        entry("host.abandon", Some("abandoned")),
        entry("host.mark", None),
        entry("host.cancel", Some("cancelled")),
        entry("host.mark", None),
        entry("host.hold", Some("held")),
        entry("host.release", None),
    ];
    assert_eq!(said, expected);
    let named: Vec<_> = entries.iter().skip(2).map(|entry| (entry.mark, entry.attempt)).collect();
    let first = host.lease.mark.map(|mark| mark.id);
    let expected = [
        (first, Some(attempt)),
        (first, Some(attempt)),
        (None, Some(attempt)),
        (Some(cancelled), None),
        (Some(cancelled), None),
        (Some(held), None),
        (Some(held), None),
        (None, None),
    ];
    assert_eq!(named, expected);
}

/// Whoever is denied something leaves an entry, and changes nothing.
pub async fn denied_attempts_leave_an_entry(bench: Bench) {
    let host = bench.register(1, false).await;
    let actor = Actor::User { name: "eve".to_owned() };
    let eve = Caller::new(actor, bench.operator.origin.clone());
    let key = HostKey::Id(host.id);
    assert!(bench.orchestrator.mark(&eve, &key, MarkOrder::default()).await.is_err());
    let last = must(entries(&bench).await.pop().ok_or("no entry"));
    assert_eq!((last.outcome, last.actor), (AuditOutcome::Denied, eve.actor().clone()));
    assert_eq!(bench.host(1).await.lease.phase(), Phase::Idle);
}

/// Work that a store cannot undo stands in the audit before it is done, and so does its end. Who
/// may do it for some hosts only is denied.
pub async fn a_task_is_audited_before_its_work(bench: Bench) {
    let orchestrator = &bench.orchestrator;
    let begin = async |on: &str| {
        let detail = Some(on.to_owned());
        must(orchestrator.begin::<ChangeHosts>(&bench.operator, "media.remove", detail).await)
    };
    let last = async || must(entries(&bench).await.pop().ok_or("no entry"));
    let said = async || {
        let entry = last().await;
        (entry.outcome, entry.detail.unwrap_or_default())
    };
    let task = begin("debian-12").await;
    assert_eq!(said().await, (AuditOutcome::Begun, "debian-12".to_owned()));
    must(task.done(Some("3 files".to_owned())).await);
    assert_eq!(said().await, (AuditOutcome::Done, "3 files".to_owned()));
    must(begin("debian-13").await.failed("the disk is full").await);
    assert_eq!(said().await, (AuditOutcome::Failed, "debian-13: the disk is full".to_owned()));
    let site = Scope::Site(must("berlin".parse()));
    let within = bench.orchestrator_within(site);
    let detail = Some("debian-13".to_owned());
    let refused = within.begin::<ChangeHosts>(&bench.operator, "media.remove", detail).await;
    assert!(matches!(refused.map(drop), Err(OrchestratorError::Denied(_))));
    assert_eq!(said().await, (AuditOutcome::Denied, "debian-13".to_owned()));
    let entry = last().await;
    assert_eq!(
        (entry.action.as_str(), entry.actor),
        ("media.remove", bench.operator.actor().clone())
    );
}

/// All entries, read two at a time.
async fn all(bench: &Bench) -> Vec<ChainedEntry> {
    let grant = bench.grant().await;
    let mut entries: Vec<ChainedEntry> = Vec::new();
    loop {
        let after = entries.last().map(ChainHead::after);
        let page = must(bench.store.read_audit(&grant, after, 2).await);
        if page.is_empty() {
            return entries;
        }
        entries.extend(page);
    }
}

pub(super) async fn entries(bench: &Bench) -> Vec<AuditEntry> {
    all(bench).await.iter().map(|entry| must(serde_json::from_str(&entry.text))).collect()
}
