//! Cases about what a store must not hold: tickets, and secrets under keys of the past.

use super::{Bench, audit::entries, holds, must, origin, same};
use crate::{
    boot::Tickets,
    host::HostValue,
    keys::{KeyRing, Purpose, SealedFor, SealedPlace},
    lease::Limits,
    names::VariableName,
    orchestrator::{HostInput, MarkOrder, Operation, Orchestrator, Report},
    stores::HostKey,
    time::Clock,
};
use std::{sync::Arc, time::Duration};

/// What a store keeps of an offer has no ticket; a repeated request gets the same bytes, also after
/// the ticket key was rotated, and another ticket after it was retired.
pub async fn no_ticket_is_stored(bench: Bench) {
    bench.profile("boot").await;
    let host = bench.register(1, true).await;
    let script = bench.boot(host.id, 1).await;
    let attempt = must(bench.host(1).await.lease.attempt.ok_or("no offer"));
    let ticket = bench.ticket_text(attempt.id).await;
    holds(script.contains(&ticket), "a machine gets its ticket", &script);
    let stored = format!("{:?}", bench.host(1).await);
    holds(!stored.contains(&ticket), "no ticket is stored", &stored);
    let mut ring = (*bench.keys).clone();
    let old = must(ring.lookup_active(Purpose::Ticket).ok_or("no key")).id;
    ring.rotate(Purpose::Ticket, bench.clock.now(), bench.parts.random.as_ref());
    let query = bench.query(host.id, 1).await;
    let boot = async |ring: &KeyRing| {
        let mut parts = bench.parts.clone();
        parts.keys = Arc::new(ring.clone());
        must(Orchestrator::new(parts, Limits::default()).boot(&query, origin()).await).script
    };
    same(&boot(&ring).await, &script, "an offer has the same bytes after the key was rotated");
    must(ring.retire(old));
    let other = boot(&ring).await;
    holds(!other.contains(&ticket), "no ticket of a retired key is handed out", &other);
    let new = must(Tickets::new(&ring).issue(attempt.id).await).to_string();
    holds(other.contains(&new), "the machine gets a ticket that counts", &other);
    let told = must(Report::new("progress", &format!("GET t/{ticket}/answer failed")));
    let opened = bench.ticket(attempt.id).await;
    must(bench.orchestrator.claim(&opened, origin()).await);
    must(bench.orchestrator.report(&opened, &told, origin()).await);
    let stored = format!("{:?} {:?}", bench.host(1).await, bench.events.take());
    holds(!stored.contains(&ticket), "no ticket is stored that a report tells", &stored);
}

/// After secrets were sealed again, nothing is sealed with the earlier key: not in hosts, nor in
/// what stands, runs or has ended. What runs can still be installed.
pub async fn nothing_stays_sealed_with_an_earlier_key(bench: Bench) {
    let token = "[variables.token]\ntype = 'secret'\ntitle = 'Token'";
    bench.profile_with("boot", token).await;
    for number in 1..=3 {
        let host = bench.register(number, false).await;
        secret(&bench, number).await;
        let key = HostKey::Id(host.id);
        must(bench.orchestrator.mark(&bench.operator, &key, MarkOrder::default()).await);
        if number > 1 {
            bench.boot(host.id, number).await;
        }
    }
    let key = HostKey::Id(bench.host(3).await.id);
    must(bench.orchestrator.operate(&bench.operator, &key, &Operation::Cancel, None).await);
    let old = must(bench.keys.lookup_active(Purpose::Master).ok_or("no key")).id;
    let mut ring = (*bench.keys).clone();
    ring.rotate(Purpose::Master, bench.clock.now(), bench.parts.random.as_ref());
    let mut parts = bench.parts.clone();
    parts.keys = Arc::new(ring.clone());
    let on = Orchestrator::new(parts, Limits::default());
    let sealed = format!("sealed:v1:{old}");
    let stored = async || {
        let mut texts = Vec::new();
        for number in 1..=3 {
            texts.push(must(serde_json::to_string(&bench.host(number).await)));
        }
        texts
    };
    let before = stored().await;
    let all = before.iter().all(|text| text.contains(&sealed));
    holds(all, "secrets are sealed in marks and attempts", &before);
    let done = must(on.reseal(&bench.operator).await);
    let after = stored().await;
    let none = after.iter().all(|text| !text.contains(&sealed));
    holds(none, "nothing stays sealed with an earlier key", &after);
    same(&(done.hosts, done.pins), &(3, 3), "what was sealed again is counted");
    holds(done.erased > 0, "secrets of what has ended are erased", &done);
    let again = must(on.reseal(&bench.operator).await);
    same(&(again.hosts, again.pins, again.erased), &(0, 0, 0), "nothing is sealed twice");
    let attempt = must(bench.host(2).await.lease.attempt.ok_or("no offer"));
    let value = attempt.pin.spec.values.get(&name());
    let value = must(value.and_then(HostValue::sealed).ok_or("no secret"));
    let owner = SealedFor::Host(bench.host(2).await.id);
    let opened = value.open(SealedPlace { owner, variable: &name() }, &ring).await;
    same(&*must(opened), &"geheim".to_owned(), "what runs keeps its secrets");
}

/// Progress is an event, and no entry: an audit is never pruned.
pub async fn progress_does_not_fill_the_audit(bench: Bench) {
    bench.profile("boot").await;
    let host = bench.register(1, true).await;
    for _ in 0..20 {
        bench.boot(host.id, 1).await;
    }
    let attempt = must(bench.host(1).await.lease.attempt.ok_or("no offer")).id;
    let ticket = bench.ticket(attempt).await;
    must(bench.orchestrator.claim(&ticket, origin()).await);
    bench.events.take();
    let say = async |status: &str, message: String| {
        let report = must(Report::new(status, &message));
        must(bench.orchestrator.report(&ticket, &report, origin()).await);
    };
    for percent in 0..50 {
        bench.clock.advance(Duration::from_secs(1));
        say("progress", format!("{percent} %")).await;
    }
    same(&bench.events.take().len(), &50, "each report of progress is an event");
    let said = bench.host(1).await.lease.attempt.and_then(|attempt| attempt.progress);
    let said = said.map(|progress| progress.message);
    same(&said, &Some("49 %".to_owned()), "the last progress is stored");
    for status in ["failed", "done", "failed", "done"] {
        say(status, String::new()).await;
    }
    let actions: Vec<_> = entries(&bench).await.into_iter().map(|entry| entry.action).collect();
    let of = |action: &str| actions.iter().filter(|other| *other == action).count();
    let names = ["install.offer", "install.offer_again", "install.claim", "install.progress"];
    let promise = "the audit has each step of an install, and no repeats";
    same(&names.map(of), &[1, 0, 1, 1], promise);
    same(&of("install.outcome"), &2, promise);
}

fn name() -> VariableName {
    must("token".parse())
}

/// Gives host `number` a secret.
async fn secret(bench: &Bench, number: u16) {
    let (host, orchestrator) = (bench.host(number).await, &bench.orchestrator);
    let sealed = orchestrator.seal_value(&bench.operator, &host, &name(), "geheim").await;
    let mut spec = host.spec.clone();
    spec.values.insert(name(), must(sealed));
    let input = HostInput::edit(&host, spec);
    let plan = must(bench.orchestrator.plan_import(&bench.operator, &[input]).await);
    must(bench.orchestrator.import(&bench.operator, &plan).await);
}
