//! Cases about hosts that are removed.

use super::{Bench, must, origin};
use crate::{
    boot::LOCAL_SCRIPT,
    lease::Outcome,
    orchestrator::{HostInput, MarkOrder, Operation, OrchestratorError, Report, TicketAnswer},
    stores::{HostFilter, HostKey, PutHost, StoreError},
};

/// Name, MAC and address become free, the id does not; nothing of the host is found or listed.
pub async fn a_host_that_was_removed_is_a_stranger(bench: Bench) {
    bench.profile("boot").await;
    let host = bench.register(1, false).await;
    let key = HostKey::Id(host.id);
    must(bench.orchestrator.remove(&bench.operator, &key, Some("scrapped".to_owned())).await);
    let grant = bench.grant().await;
    for key in [key.clone(), HostKey::Name(host.spec.name.clone())] {
        assert_eq!(must(bench.store.lookup_host(&grant, &key).await), None);
    }
    let machine = bench.machine(host.id).await;
    assert_eq!(must(bench.store.lookup_boot(&machine, host.id).await), None);
    assert_eq!(must(bench.store.list_hosts(&grant, &HostFilter::default()).await).hosts, []);
    let mut again = HostInput::new(bench.spec(1), false);
    again.id = Some(host.id);
    let plan = must(bench.orchestrator.plan_import(&bench.operator, &[again]).await);
    let used = bench.orchestrator.import(&bench.operator, &plan).await;
    let used = matches!(used, Err(OrchestratorError::Store(StoreError::AlreadyExists(_))));
    assert!(used, "an id is never used again");
    let other = bench.register(1, true).await;
    assert_ne!(other.id, host.id);
    assert_eq!(bench.boot(host.id, 1).await, LOCAL_SCRIPT, "the image of the removed host");
    assert_ne!(bench.boot(other.id, 1).await, LOCAL_SCRIPT);
    let events = must(bench.store.list_discovered(&grant).await);
    assert_eq!(events, [], "a removed host is not discovered");
    let gone = bench.orchestrator.remove(&bench.operator, &key, None).await;
    assert!(matches!(gone, Err(OrchestratorError::NoSuchHost(_))), "{gone:?}");
}

/// Only what is idle is removed, only as it was looked at, and with an entry in the audit.
pub async fn only_an_idle_host_is_removed(bench: Bench) {
    bench.profile("boot").await;
    let host = bench.register(1, true).await;
    let key = HostKey::Id(host.id);
    let (grant, epoch) = (bench.put_grant().await, must(bench.store.epoch().await));
    for step in 0..3 {
        let now = bench.host(1).await;
        let refused = bench.orchestrator.remove(&bench.operator, &key, None).await;
        assert!(matches!(refused, Err(OrchestratorError::Refused(_))), "{step}: {refused:?}");
        let put = PutHost::Remove { id: host.id, generation: now.lease.generation };
        let puts = [(put, bench.entry("host.remove"))];
        let forced = bench.store.put_hosts(&grant, epoch, &puts).await;
        assert!(matches!(forced, Err(StoreError::Conflict)), "{step}: {forced:?}");
        assert_eq!(bench.host(1).await, now, "{step}: nothing was written");
        if step == 0 {
            bench.boot(host.id, 1).await;
        } else if let Some(attempt) = now.lease.attempt {
            must(bench.orchestrator.claim(&bench.ticket(attempt.id).await, origin()).await);
        }
    }
    must(bench.orchestrator.operate(&bench.operator, &key, &Operation::Abandon, None).await);
    let put = PutHost::Remove { id: host.id, generation: host.lease.generation };
    let puts = [(put, bench.entry("host.remove"))];
    let stale = bench.store.put_hosts(&grant, epoch, &puts).await;
    assert!(matches!(stale, Err(StoreError::Conflict)), "{stale:?}");
    must(bench.orchestrator.remove(&bench.operator, &key, None).await);
    let audit = must(bench.store.read_audit(&bench.grant().await, None, 1000).await);
    let last = must(audit.last().ok_or("no entry"));
    let entry: crate::audit::AuditEntry = must(serde_json::from_str(&last.text));
    assert_eq!((entry.action.as_str(), entry.host), ("host.remove", Some(host.id)));
    assert_eq!(entry.host_name, Some(host.spec.name));
}

/// A late `done` of a host that was removed is joined, its marks stay used.
pub async fn late_reports_of_a_removed_host_count(bench: Bench) {
    bench.profile("boot").await;
    let host = bench.register(1, false).await;
    let key = HostKey::Id(host.id);
    let mut tickets = Vec::new();
    let mut marks = Vec::new();
    for _ in 0..2 {
        let marked = bench.orchestrator.mark(&bench.operator, &key, MarkOrder::default()).await;
        marks.push(must(marked).id);
        bench.boot(host.id, 1).await;
        let attempt = must(bench.host(1).await.lease.attempt.ok_or("no offer")).id;
        tickets.push((attempt, bench.ticket(attempt).await));
        for (_, ticket) in tickets.iter().rev().take(1) {
            must(bench.orchestrator.claim(ticket, origin()).await);
        }
        must(bench.orchestrator.operate(&bench.operator, &key, &Operation::Abandon, None).await);
    }
    must(bench.orchestrator.remove(&bench.operator, &key, None).await);
    let done = must(Report::new("done", ""));
    for (attempt, ticket) in &tickets {
        let told = must(bench.orchestrator.report(ticket, &done, origin()).await);
        assert_eq!(told, TicketAnswer::Found(()), "a late report counts");
        let opened = crate::boot::Tickets::new(bench.keys.as_ref()).open(ticket).await;
        let (_, grant) = must(must(opened).ok_or("no ticket"));
        let (owner, attempt) =
            must(must(bench.store.lookup_attempt(&grant, *attempt).await).ok_or("it is gone"));
        let outcome = attempt.closed.map(|closed| closed.outcome);
        assert_eq!((owner.id, outcome), (host.id, Some(Outcome::Done)));
        let stop =
            must(bench.orchestrator.answer_file(ticket, "answer", "http://s/", origin()).await);
        assert_eq!(stop, TicketAnswer::Found("stop=1\n".to_owned()));
        assert_eq!(must(bench.orchestrator.claim(ticket, origin()).await), TicketAnswer::NotFound);
    }
    let grant = bench.grant::<crate::auth::MarkHosts>().await;
    for mark in marks {
        assert_eq!(must(bench.store.lookup_mark(&grant, mark).await), Some(host.id));
    }
}
