//! Cases about hosts that people remove.

use super::{Bench, holds, must, origin, same};
use crate::{
    audit::AuditEntry,
    boot::LOCAL_SCRIPT,
    lease::Outcome,
    orchestrator::{HostInput, MarkOrder, Operation, OrchestratorError, Report, TicketAnswer},
    stores::{HostKey, StoreError},
};

/// Name, MAC and address become free, the id does not; the image of the removed host is no longer
/// believed.
pub async fn a_host_that_was_removed_is_a_stranger(bench: Bench) {
    bench.profile("boot").await;
    let host = bench.register(1, false).await;
    let key = HostKey::Id(host.id);
    must(bench.orchestrator.remove(&bench.operator, &key, Some("scrapped".to_owned())).await);
    let mut again = HostInput::new(bench.spec(1), false);
    again.id = Some(host.id);
    let plan = must(bench.orchestrator.plan_import(&bench.operator, &[again]).await);
    let used = bench.orchestrator.import(&bench.operator, &plan).await;
    let taken = matches!(used, Err(OrchestratorError::Store(StoreError::AlreadyExists(_))));
    holds(taken, "the id of a removed host is not used again", &used);
    let other = bench.register(1, true).await;
    holds(other.id != host.id, "what a removed host had is free for another one", &other);
    let local = LOCAL_SCRIPT.to_owned();
    let script = bench.boot(host.id, 1).await;
    same(&script, &local, "the image of a removed host is told to boot its disk");
    let script = bench.boot(other.id, 1).await;
    holds(script != local, "the host that took its place is offered its install", &script);
    must(bench.store.record_events(&bench.recorder(), &bench.events.take()).await);
    let found = must(bench.store.list_discovered(&bench.grant().await).await);
    same(&found, &vec![], "a removed host is not discovered");
    let gone = bench.orchestrator.remove(&bench.operator, &key, None).await;
    let unknown = matches!(gone, Err(OrchestratorError::NoSuchHost(_)));
    holds(unknown, "a host is removed once", &gone);
}

/// Only what is idle is removed, and with an entry in the audit.
pub async fn only_an_idle_host_is_removed(bench: Bench) {
    bench.profile("boot").await;
    let host = bench.register(1, true).await;
    let key = HostKey::Id(host.id);
    for step in ["marked", "offered", "installing"] {
        let now = bench.host(1).await;
        let told = bench.orchestrator.remove(&bench.operator, &key, None).await;
        let refused = matches!(told, Err(OrchestratorError::Refused(_)));
        holds(refused, &format!("a host is not removed while it is {step}"), &told);
        same(&bench.host(1).await, &now, "what is refused changes nothing");
        if step == "marked" {
            bench.boot(host.id, 1).await;
        } else if let Some(attempt) = now.lease.attempt {
            must(bench.orchestrator.claim(&bench.ticket(attempt.id).await, origin()).await);
        }
    }
    must(bench.orchestrator.operate(&bench.operator, &key, &Operation::Abandon, None).await);
    must(bench.orchestrator.remove(&bench.operator, &key, None).await);
    let audit = must(bench.store.read_audit(&bench.grant().await, None, 1000).await);
    let last = must(audit.last().ok_or("no entry"));
    let entry: AuditEntry = must(serde_json::from_str(&last.text));
    let found = (entry.action.as_str(), entry.host, entry.host_name);
    let expected = ("host.remove", Some(host.id), Some(host.spec.name));
    same(&found, &expected, "a removal leaves an entry with the host and its name");
}

/// A late `done` of a host that was removed is joined, to its last attempt and to an earlier one.
pub async fn late_reports_of_a_removed_host_count(bench: Bench) {
    bench.profile("boot").await;
    let host = bench.register(1, false).await;
    let key = HostKey::Id(host.id);
    let mut tickets = Vec::new();
    for _ in 0..2 {
        must(bench.orchestrator.mark(&bench.operator, &key, MarkOrder::default()).await);
        bench.boot(host.id, 1).await;
        let attempt = must(bench.host(1).await.lease.attempt.ok_or("no offer")).id;
        let ticket = bench.ticket(attempt).await;
        must(bench.orchestrator.claim(&ticket, origin()).await);
        must(bench.orchestrator.operate(&bench.operator, &key, &Operation::Abandon, None).await);
        tickets.push((attempt, ticket));
    }
    must(bench.orchestrator.remove(&bench.operator, &key, None).await);
    let done = must(Report::new("done", ""));
    for (attempt, ticket) in &tickets {
        let orchestrator = &bench.orchestrator;
        let told = must(orchestrator.report(ticket, &done, origin()).await);
        same(&told, &TicketAnswer::Found(()), "a late report of a removed host is taken");
        let grant = bench.opened(*attempt).await;
        let found = must(bench.store.lookup_attempt(&grant, *attempt).await);
        let (owner, attempt) = must(found.ok_or("the attempt is gone"));
        let outcome = attempt.closed.map(|closed| closed.outcome);
        let expected = (host.id, Some(Outcome::Done));
        same(&(owner.id, outcome), &expected, "a late report of a removed host counts");
        let stop = must(orchestrator.answer_file(ticket, "answer", "http://s/", origin()).await);
        let expected = TicketAnswer::Found("stop=1\n".to_owned());
        same(&stop, &expected, "the installer of a removed host is stopped");
        let claim = must(orchestrator.claim(ticket, origin()).await);
        same(&claim, &TicketAnswer::NotFound, "a removed host claims nothing");
    }
}
