//! Cases about the install lease.

use super::{
    Bench,
    bench::{must, origin},
};
use crate::{
    boot::LOCAL_SCRIPT,
    ids::{AttemptId, ClaimId, Epoch, HostId},
    lease::{
        Attempt, Change, Closed, Event, Expected, Inputs, Limits, Outcome, Phase, Write, decide,
    },
    orchestrator::{MarkOrder, Operation, Orchestrator, OrchestratorError, Report, TicketAnswer},
    stores::{HostKey, HostRecord, StoreError},
    time::{Clock, Timestamp},
};
use std::{sync::Arc, time::Duration};

/// Mark, offer, the same offer again, one claim, answer file, done, local.
pub async fn an_install_from_mark_to_done(bench: Bench) {
    bench.profile("boot").await;
    let host = bench.register(1, true).await;
    let script = bench.boot(host.id, 1).await;
    assert!(script.starts_with("#!ipxe"), "{script}");
    assert_ne!(script, LOCAL_SCRIPT);
    assert_eq!(bench.boot(host.id, 1).await, script, "a lost answer is given again");
    let attempt = offered(&bench, 1).await;
    let ticket = bench.ticket(attempt.id).await;
    let orchestrator = &bench.orchestrator;
    let early = must(orchestrator.answer_file(&ticket, "answer", "http://s/", origin()).await);
    assert_eq!(early, TicketAnswer::NotFound, "nothing before the claim");
    assert_eq!(must(orchestrator.claim(&ticket, origin()).await), TicketAnswer::Found(()));
    assert_eq!(must(orchestrator.claim(&ticket, origin()).await), TicketAnswer::NotFound);
    assert_eq!(bench.boot(host.id, 1).await, LOCAL_SCRIPT);
    let answer = must(orchestrator.answer_file(&ticket, "answer", "http://s/", origin()).await);
    let text = format!("attempt={}\nbase=http://s/\n", attempt.id);
    assert_eq!(answer, TicketAnswer::Found(text));
    let media = must(orchestrator.media(&ticket, "kernel", true, origin()).await);
    assert!(
        matches!(media, TicketAnswer::Found(media) if media.source.to_string() == "plain/kernel")
    );
    let done = must(Report::new("done", ""));
    assert_eq!(must(orchestrator.report(&ticket, &done, origin()).await), TicketAnswer::Found(()));
    assert_eq!(must(orchestrator.report(&ticket, &done, origin()).await), TicketAnswer::Found(()));
    assert_eq!(bench.host(1).await.lease.status(), "installed");
    assert_eq!(bench.boot(host.id, 1).await, LOCAL_SCRIPT);
    let late = must(orchestrator.answer_file(&ticket, "answer", "http://s/", origin()).await);
    assert_eq!(late, TicketAnswer::Found("stop=1\n".to_owned()), "a stray installer stops");
    let media = must(orchestrator.media(&ticket, "kernel", true, origin()).await);
    assert_eq!(media, TicketAnswer::NotFound);
}

/// Whatever of a lease was written comes back the same.
pub async fn the_lease_survives_as_it_was_written(bench: Bench) {
    bench.profile("boot").await;
    let host = bench.register(1, false).await;
    let order = MarkOrder {
        reason: Some("new disk".to_owned()),
        change_ref: Some("CHG1".to_owned()),
        not_before: Some(bench.clock.now()),
        ..MarkOrder::default()
    };
    must(bench.orchestrator.mark(&bench.operator, &HostKey::Id(host.id), order).await);
    bench.boot(host.id, 1).await;
    let mut host = bench.host(1).await;
    for event in every_field(&host) {
        let now = bench.clock.now();
        let limits = Limits::default();
        let claim = Some(ClaimId::from_bytes([3; 16]));
        let verdict = must(decide(&host.lease, &event, None, now, &limits).ok_or("no row"));
        let inputs = Inputs { claim, attempt: None };
        let change = must(verdict.change(host.id, inputs).ok_or("no change"));
        must(apply(&bench, &host, &change).await);
        let Write::Replace { next, .. } = change.write else { continue };
        host = bench.host(1).await;
        assert_eq!(host.lease, *next);
    }
    assert_eq!(host.lease.phase(), Phase::Held);
}

/// Events after an offer that fill every field of a lease.
fn every_field(host: &HostRecord) -> Vec<Event> {
    let attempt = host.lease.attempt.as_ref().map_or(AttemptId::from_bytes([0; 16]), |a| a.id);
    let hold = crate::lease::Hold {
        by: "ann".to_owned(),
        at: Timestamp::from_millis(7),
        reason: Some("audit".to_owned()),
    };
    vec![
        Event::Claim(attempt),
        Event::Answer(attempt),
        Event::Started(attempt, "partitioning".to_owned()),
        Event::Finished(attempt, Outcome::Failed, Some("no disk".to_owned())),
        Event::Finished(attempt, Outcome::Done, Some("after all".to_owned())),
        Event::Hold(hold),
    ]
}

/// 64 boot requests at once: one attempt, the same bytes.
pub async fn concurrent_boots_are_one_attempt(bench: Bench) {
    bench.profile("boot").await;
    let host = bench.register(1, true).await;
    let query = bench.query(host.id, 1).await;
    let boots = (0..64).map(|_| {
        let (orchestrator, query) = (bench.orchestrator.clone(), query.clone());
        tokio::spawn(async move { orchestrator.boot(&query, origin()).await })
    });
    let mut scripts = Vec::new();
    for boot in boots.collect::<Vec<_>>() {
        scripts.push(must(must(boot.await)).script);
    }
    let attempt = offered(&bench, 1).await;
    assert!(scripts.iter().all(|script| *script == attempt.script), "one attempt, same bytes");
    assert_eq!(attempt.offers, 1, "within 60 s it is one offer");
}

/// 64 claims at once: one is granted.
pub async fn concurrent_claims_are_one(bench: Bench) {
    bench.profile("boot").await;
    let host = bench.register(1, true).await;
    bench.boot(host.id, 1).await;
    let ticket = bench.ticket(offered(&bench, 1).await.id).await;
    let claims = (0..64).map(|_| {
        let (orchestrator, ticket) = (bench.orchestrator.clone(), ticket.clone());
        tokio::spawn(async move { orchestrator.claim(&ticket, origin()).await })
    });
    let mut granted = 0;
    for claim in claims.collect::<Vec<_>>() {
        // A claim that lost five races is an error, which no machine takes for a claim.
        if matches!(must(claim.await), Ok(TicketAnswer::Found(()))) {
            granted += 1;
        }
    }
    assert_eq!(granted, 1);
    assert_eq!(bench.host(1).await.lease.phase(), Phase::Installing);
}

/// 64 identical reports at once, through two servers: all are taken, one is written.
pub async fn repeated_reports_are_one(bench: Bench) {
    bench.profile("boot").await;
    let host = bench.register(1, true).await;
    bench.boot(host.id, 1).await;
    let ticket = bench.ticket(offered(&bench, 1).await.id).await;
    let other = Orchestrator::new(bench.parts.clone(), Limits::default());
    let desks = [bench.orchestrator.clone(), Arc::new(other)];
    let before = bench.host(1).await.lease.generation;
    // The first round claims, the second is said again, the third says something new.
    for (round, written) in [("disk", 1), ("disk", 1), ("network", 2)] {
        let report = must(Report::new("progress", round));
        let reports = desks.iter().cycle().take(64).map(|orchestrator| {
            let (orchestrator, ticket, report) =
                (orchestrator.clone(), ticket.clone(), report.clone());
            tokio::spawn(async move { orchestrator.report(&ticket, &report, origin()).await })
        });
        for report in reports.collect::<Vec<_>>() {
            assert_eq!(must(must(report.await)), TicketAnswer::Found(()), "{round}");
        }
        let now = bench.host(1).await.lease.generation;
        assert_eq!(now.0 - before.0, written, "{round}");
    }
}

/// A change that was decided on an older row writes nothing; reading again shows the new row.
pub async fn a_stale_change_is_a_conflict(bench: Bench) {
    let (host, claim) = claimable(&bench).await;
    must(
        bench
            .orchestrator
            .operate(&bench.operator, &HostKey::Id(host.id), &Operation::Cancel, None)
            .await,
    );
    let late = apply(&bench, &host, &claim).await;
    assert!(matches!(late, Err(StoreError::Conflict)), "{late:?}");
    let now = bench.host(1).await;
    assert_eq!(now.lease.phase(), Phase::Idle);
    assert_ne!(now.lease.generation, host.lease.generation);
}

/// A generation alone is not enough: mark and attempt are compared as well.
pub async fn the_same_generation_with_another_attempt_is_a_conflict(bench: Bench) {
    let (host, claim) = claimable(&bench).await;
    let Write::Replace { expected, next, claim: row, new_mark } = claim.write.clone() else {
        return;
    };
    let other = Some(AttemptId::from_bytes([8; 16]));
    let no_mark = Expected { mark: None, ..expected.clone() };
    for expected in [Expected { attempt: other, ..expected }, no_mark] {
        let write = Write::Replace { expected, next: next.clone(), claim: row, new_mark };
        let late = apply(&bench, &host, &Change { host: host.id, write }).await;
        assert!(matches!(late, Err(StoreError::Conflict)), "{late:?}");
    }
    assert_eq!(bench.host(1).await, host, "nothing was written");
}

/// What was decided before a restore counts no more.
pub async fn a_change_of_another_epoch_is_a_conflict(bench: Bench) {
    let (host, claim) = claimable(&bench).await;
    let machine = bench.machine(host.id).await;
    let other = Epoch(uuid::Uuid::from_bytes([1; 16]));
    let entry = bench.entry("install.claim");
    let late = bench.store.apply(&machine.write(), other, &claim, &entry).await;
    assert!(matches!(late, Err(StoreError::Conflict)), "{late:?}");
    assert_eq!(bench.host(1).await, host);
}

/// A mark's id is used once, whatever became of it.
pub async fn a_mark_id_is_used_once(bench: Bench) {
    bench.profile("boot").await;
    let host = bench.register(1, false).await;
    let key = HostKey::Id(host.id);
    let first = must(bench.orchestrator.mark(&bench.operator, &key, MarkOrder::default()).await);
    let order = || MarkOrder { id: Some(first.id), ..MarkOrder::default() };
    let again = || bench.orchestrator.mark(&bench.operator, &key, order());
    assert!(!must(again().await).created, "while it stands");
    must(bench.orchestrator.operate(&bench.operator, &key, &Operation::Cancel, None).await);
    assert!(!must(again().await).created, "after it was cancelled");
    assert_eq!(bench.host(1).await.lease.phase(), Phase::Idle);
    bench.register(2, false).await;
    let other = HostKey::Name(must("host2".parse()));
    let error = bench.orchestrator.mark(&bench.operator, &other, order()).await;
    assert!(matches!(error, Err(OrchestratorError::Refused(_))), "{error:?}");
}

/// An outcome joins a claimed, earlier attempt of its own host, and only over a worse one.
pub async fn only_a_claimed_earlier_attempt_of_the_host_is_joined(bench: Bench) {
    let (host, claim) = claimable(&bench).await;
    let other = bench.register(2, false).await;
    let latest = offered(&bench, 1).await.id;
    let join = |host: &HostRecord, attempt, outcome| {
        let closed = Closed { at: bench.clock.now(), outcome, message: None };
        Change { host: host.id, write: Write::Join { attempt, closed } }
    };
    must(apply(&bench, &host, &claim).await);
    let host = bench.host(1).await;
    let of_latest = apply(&bench, &host, &join(&host, latest, Outcome::Done)).await;
    assert!(matches!(of_latest, Err(StoreError::Conflict)), "{of_latest:?}");
    let key = HostKey::Id(host.id);
    must(bench.orchestrator.operate(&bench.operator, &key, &Operation::Abandon, None).await);
    must(bench.orchestrator.mark(&bench.operator, &key, MarkOrder::default()).await);
    bench.boot(host.id, 1).await;
    let host = bench.host(1).await;
    let of_other = apply(&bench, &other, &join(&other, latest, Outcome::Done)).await;
    assert!(matches!(of_other, Err(StoreError::Conflict)), "{of_other:?}");
    must(apply(&bench, &host, &join(&host, latest, Outcome::Done)).await);
    let worse = apply(&bench, &host, &join(&host, latest, Outcome::Failed)).await;
    assert!(matches!(worse, Err(StoreError::Conflict)), "{worse:?}");
    assert_eq!(bench.host(1).await, host, "nothing newer was touched");
}

/// A late report of an earlier attempt changes that attempt only.
pub async fn an_earlier_attempt_is_joined_only(bench: Bench) {
    bench.profile("boot").await;
    let host = bench.register(1, true).await;
    bench.boot(host.id, 1).await;
    let first = offered(&bench, 1).await;
    let ticket = bench.ticket(first.id).await;
    must(bench.orchestrator.claim(&ticket, origin()).await);
    let key = HostKey::Id(host.id);
    must(bench.orchestrator.operate(&bench.operator, &key, &Operation::Abandon, None).await);
    must(bench.orchestrator.mark(&bench.operator, &key, MarkOrder::default()).await);
    bench.clock.advance(Duration::from_mins(1));
    bench.boot(host.id, 1).await;
    let before = bench.host(1).await;
    for (status, outcome) in
        [("failed", Outcome::Failed), ("done", Outcome::Done), ("failed", Outcome::Done)]
    {
        let report = must(Report::new(status, ""));
        let answer = must(bench.orchestrator.report(&ticket, &report, origin()).await);
        assert_eq!(answer, TicketAnswer::Found(()));
        assert_eq!(outcome_of(&bench, host.id, first.id).await, Some(outcome));
        assert_eq!(bench.host(1).await, before, "nothing newer was touched");
    }
}

async fn outcome_of(bench: &Bench, _host: HostId, attempt: AttemptId) -> Option<Outcome> {
    let ticket = bench.ticket(attempt).await;
    let opened = crate::boot::Tickets::new(bench.keys.as_ref()).open(&ticket).await;
    let (_, grant) = must(opened)?;
    let (_, attempt) = must(bench.store.lookup_attempt(&grant, attempt).await)?;
    attempt.closed.map(|closed| closed.outcome)
}

/// The open attempt of host `number`.
async fn offered(bench: &Bench, number: u16) -> Attempt {
    must(bench.host(number).await.lease.attempt.ok_or("no attempt"))
}

/// A host with an offer, and the change that would claim it.
async fn claimable(bench: &Bench) -> (HostRecord, Change) {
    bench.profile("boot").await;
    let host = bench.register(1, true).await;
    bench.boot(host.id, 1).await;
    let host = bench.host(1).await;
    let attempt = offered(bench, 1).await.id;
    let (event, limits) = (Event::Claim(attempt), Limits::default());
    let verdict =
        must(decide(&host.lease, &event, None, bench.clock.now(), &limits).ok_or("no row"));
    let inputs = Inputs { claim: Some(ClaimId::from_bytes([3; 16])), attempt: None };
    let change = must(verdict.change(host.id, inputs).ok_or("no change"));
    (host, change)
}

async fn apply(bench: &Bench, host: &HostRecord, change: &Change) -> Result<(), StoreError> {
    let machine = bench.machine(host.id).await;
    let epoch = must(bench.store.epoch().await);
    bench.store.apply(&machine.write(), epoch, change, &bench.entry("test")).await
}
