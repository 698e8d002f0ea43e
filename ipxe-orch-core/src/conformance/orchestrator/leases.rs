//! Cases about the install lease.

use super::{Bench, holds, must, origin, same};
use crate::{
    boot::LOCAL_SCRIPT,
    ids::AttemptId,
    lease::{Attempt, Outcome, Phase},
    orchestrator::{MarkOrder, Operation, OrchestratorError, Report, TicketAnswer},
    stores::HostKey,
};
use std::time::Duration;

/// Mark, offer, the same offer again, one claim, answer file, done, local.
pub async fn an_install_from_mark_to_done(bench: Bench) {
    bench.profile("boot").await;
    let host = bench.register(1, true).await;
    let script = bench.boot(host.id, 1).await;
    let offered = script.starts_with("#!ipxe") && script != LOCAL_SCRIPT;
    holds(offered, "a marked host is offered the script of its profile", &script);
    same(&bench.boot(host.id, 1).await, &script, "an answer that was lost is given again");
    let attempt = latest(&bench, 1).await;
    let ticket = bench.ticket(attempt.id).await;
    let orchestrator = &bench.orchestrator;
    let answer =
        async || must(orchestrator.answer_file(&ticket, "answer", "http://s/", origin()).await);
    let claim = async || must(orchestrator.claim(&ticket, origin()).await);
    let media = async || {
        let media = must(orchestrator.media(&ticket, "kernel", true, origin()).await);
        matches!(media, TicketAnswer::Found(media) if media.source.to_string() == "plain/kernel")
    };
    same(&answer().await, &TicketAnswer::NotFound, "there is no answer file before the claim");
    same(&claim().await, &TicketAnswer::Found(()), "the first claim is granted");
    same(&claim().await, &TicketAnswer::NotFound, "a second claim is not granted");
    same(&bench.boot(host.id, 1).await, &LOCAL_SCRIPT.to_owned(), "a claimed mark is spent");
    let text = format!("attempt={}\nbase=http://s/\n", attempt.id);
    same(&answer().await, &TicketAnswer::Found(text), "the answer file is that of the attempt");
    holds(media().await, "media are served to an install", &attempt.id);
    let done = must(Report::new("done", ""));
    for _ in 0..2 {
        let told = must(orchestrator.report(&ticket, &done, origin()).await);
        same(&told, &TicketAnswer::Found(()), "a report is taken, a repeated one too");
    }
    let status = bench.host(1).await.lease.status();
    same(&status, &"installed".to_owned(), "an install that is done is told so");
    same(&bench.boot(host.id, 1).await, &LOCAL_SCRIPT.to_owned(), "then the disk is booted");
    let stop = TicketAnswer::Found("stop=1\n".to_owned());
    same(&answer().await, &stop, "a stray installer is stopped");
    holds(!media().await, "no media are served after the end", &attempt.id);
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
    let attempt = latest(&bench, 1).await;
    let stored = attempt.script_with(&bench.ticket_text(attempt.id).await);
    let alike = scripts.iter().all(|script| *script == stored);
    holds(alike, "many boots at once are one attempt, with the same bytes", &scripts);
    same(&attempt.offers, &1, "many boots within 60 s are one offer");
}

/// 64 claims at once: one is granted.
pub async fn concurrent_claims_are_one(bench: Bench) {
    bench.profile("boot").await;
    let host = bench.register(1, true).await;
    bench.boot(host.id, 1).await;
    let ticket = bench.ticket(latest(&bench, 1).await.id).await;
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
    same(&granted, &1, "of many claims at once one is granted");
    let phase = bench.host(1).await.lease.phase();
    same(&phase, &Phase::Installing, "a host whose mark was claimed is installing");
}

/// 64 identical reports at once, through two servers: all are taken, one is written.
pub async fn repeated_reports_are_one(bench: Bench) {
    bench.profile("boot").await;
    let host = bench.register(1, true).await;
    bench.boot(host.id, 1).await;
    let ticket = bench.ticket(latest(&bench, 1).await.id).await;
    let second = bench.second().await;
    let servers = [bench.orchestrator.clone(), second.orchestrator.clone()];
    let before = bench.host(1).await.lease.generation;
    // The first round claims, the second is said again, the third says something new.
    for (round, written) in [("disk", 1), ("disk", 1), ("network", 2)] {
        let report = must(Report::new("progress", round));
        let reports = servers.iter().cycle().take(64).map(|orchestrator| {
            let (orchestrator, ticket, report) =
                (orchestrator.clone(), ticket.clone(), report.clone());
            tokio::spawn(async move { orchestrator.report(&ticket, &report, origin()).await })
        });
        for report in reports.collect::<Vec<_>>() {
            let told = must(must(report.await));
            same(&told, &TicketAnswer::Found(()), "each of many reports is taken");
        }
        let now = bench.host(1).await.lease.generation;
        let promise = "of many reports that say the same one is written";
        same(&now.0.saturating_sub(before.0), &written, promise);
    }
}

/// An order that is given again is known, whatever became of it, and is no order for another host.
pub async fn an_order_is_taken_once(bench: Bench) {
    bench.profile("boot").await;
    let host = bench.register(1, false).await;
    let key = HostKey::Id(host.id);
    let first = must(bench.orchestrator.mark(&bench.operator, &key, MarkOrder::default()).await);
    let order = || MarkOrder { id: Some(first.id), ..MarkOrder::default() };
    let again = async || must(bench.orchestrator.mark(&bench.operator, &key, order()).await);
    let promise = "an order that is given again is known, and orders nothing";
    holds(!again().await.created, promise, &"while it stands");
    must(bench.orchestrator.operate(&bench.operator, &key, &Operation::Cancel, None).await);
    holds(!again().await.created, promise, &"after it was cancelled");
    same(&bench.host(1).await.lease.phase(), &Phase::Idle, promise);
    bench.register(2, false).await;
    let other = HostKey::Name(must("host2".parse()));
    let told = bench.orchestrator.mark(&bench.operator, &other, order()).await.map(|_| ());
    let refused = matches!(told, Err(OrchestratorError::Refused(_)));
    holds(refused, "an order for one host is refused for another", &told);
}

/// A late report of an earlier attempt changes that attempt only.
pub async fn an_earlier_attempt_is_joined_only(bench: Bench) {
    bench.profile("boot").await;
    let host = bench.register(1, true).await;
    bench.boot(host.id, 1).await;
    let first = latest(&bench, 1).await;
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
        same(&answer, &TicketAnswer::Found(()), "a late report is taken");
        let known = outcome_of(&bench, first.id).await;
        same(&known, &Some(outcome), "the best outcome of an attempt is kept");
        same(&bench.host(1).await, &before, "a late report touches nothing newer");
    }
}

async fn outcome_of(bench: &Bench, attempt: AttemptId) -> Option<Outcome> {
    let grant = bench.opened(attempt).await;
    let (_, attempt) = must(bench.store.lookup_attempt(&grant, attempt).await)?;
    attempt.closed.map(|closed| closed.outcome)
}

/// The latest attempt of host `number`.
async fn latest(bench: &Bench, number: u16) -> Attempt {
    must(bench.host(number).await.lease.attempt.ok_or("no attempt"))
}
