//! Cases about the audit.

use super::{Bench, holds, must, origin, same};
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
    let again = bench.orchestrator.mark(&bench.operator, &key, MarkOrder::default()).await;
    holds(again.is_err(), "a host that is marked is not marked again", &again.map(|m| m.id));
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
    same(&said, &expected.to_vec(), "each change and each refusal leaves one entry");
    let of_host = entries.iter().skip(1).all(|entry| entry.host == Some(host.id));
    holds(of_host, "an entry names the host that it is about", &entries);
    let by_operator = entries.iter().all(|entry| entry.actor == *bench.operator.actor());
    holds(by_operator, "an entry names who did it", &entries);
    let told = entries.last().and_then(|entry| entry.reason.clone());
    same(&told, &reason, "an entry has the reason that was given");
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
    same(&said, &expected.to_vec(), "an entry says how a mark or an attempt ended");
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
    same(&named, &expected.to_vec(), "an entry names its mark, and the attempt that it is of");
}

/// Whoever is denied something leaves an entry, and changes nothing.
pub async fn denied_attempts_leave_an_entry(bench: Bench) {
    bench.profile("boot").await;
    let host = bench.register(1, false).await;
    let actor = Actor::User { id: must("local/eve".parse()), name: "eve".to_owned() };
    let eve = Caller::new(actor, bench.operator.origin.clone());
    let key = HostKey::Id(host.id);
    let denied = bench.orchestrator.mark(&eve, &key, MarkOrder::default()).await;
    holds(denied.is_err(), "who may not mark a host is denied it", &denied.map(|mark| mark.id));
    let last = must(entries(&bench).await.pop().ok_or("no entry"));
    let expected = (AuditOutcome::Denied, eve.actor().clone());
    same(&(last.outcome, last.actor), &expected, "what is denied leaves an entry");
    same(&bench.host(1).await.lease.phase(), &Phase::Idle, "what is denied changes nothing");
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
    let is_told = async |outcome, detail: &str| {
        let promise = "work is told of before it is done, and so is its end";
        same(&said().await, &(outcome, detail.to_owned()), promise);
    };
    is_told(AuditOutcome::Begun, "debian-12").await;
    must(task.done(Some("3 files".to_owned())).await);
    is_told(AuditOutcome::Done, "3 files").await;
    must(begin("debian-13").await.failed("the disk is full").await);
    is_told(AuditOutcome::Failed, "debian-13: the disk is full").await;
    let site = Scope::Site(must("berlin".parse()));
    let within = bench.orchestrator_within(site);
    let detail = Some("debian-13".to_owned());
    let task = within.begin::<ChangeHosts>(&bench.operator, "media.remove", detail).await;
    let told = task.map(drop);
    let denied = matches!(told, Err(OrchestratorError::Denied(_)));
    holds(denied, "work for all hosts is denied to who may do it for some", &told);
    is_told(AuditOutcome::Denied, "debian-13").await;
    let entry = last().await;
    let found = (entry.action.as_str(), entry.actor);
    let expected = ("media.remove", bench.operator.actor().clone());
    same(&found, &expected, "the entry says what was denied, and to whom");
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
