//! Cases about what people rely on: the bytes of an offer, and an order that is one order.

use super::{Bench, holds, must, origin, same};
use crate::{
    boot::LOCAL_SCRIPT,
    lease::{Limits, Phase},
    memory::ManualClock,
    orchestrator::{HostInput, MarkOrder, Operation, Orchestrator, Parts, Report},
    stores::HostKey,
    time::Clock,
};
use std::{sync::Arc, time::Duration};

/// An offer is the same bytes from another server with another clock, after the profile and the
/// host were edited; only a withdrawal makes new ones.
pub async fn an_offer_stays_the_same_through_edits(bench: Bench) {
    bench.profile("boot").await;
    let host = bench.register(1, true).await;
    let script = bench.boot(host.id, 1).await;
    bench.profile("imgfree").await;
    let mut spec = bench.spec(1);
    spec.serial = None;
    spec.labels.insert(must("role".parse()), must("db".parse()));
    let plan =
        bench.orchestrator.plan_import(&bench.operator, &[HostInput::new(spec, false)]).await;
    must(bench.orchestrator.import(&bench.operator, &must(plan)).await);
    let clock = Arc::new(ManualClock::new(bench.clock.now().plus(Duration::from_mins(3))));
    let parts = Parts { clock, ..bench.parts.clone() };
    let other = Orchestrator::new(parts, Limits::default());
    let query = bench.query(host.id, 1).await;
    let told = must(other.boot(&query, origin()).await).script;
    same(&told, &script, "an offer is the same bytes from another server, after edits");
    let key = HostKey::Id(host.id);
    must(bench.orchestrator.operate(&bench.operator, &key, &Operation::Withdraw, None).await);
    let again = bench.boot(host.id, 1).await;
    holds(again != script, "an offer that was withdrawn makes way for another", &again);
    holds(again.ends_with("boot"), "a mark pins the profile that it was given with", &again);
}

/// An order that is repeated while it installs, and after, is known and orders nothing.
pub async fn a_repeated_order_is_one_order(bench: Bench) {
    bench.profile("boot").await;
    let host = bench.register(1, false).await;
    let key = HostKey::Id(host.id);
    let id = must(bench.orchestrator.mark(&bench.operator, &key, MarkOrder::default()).await).id;
    let order = || MarkOrder { id: Some(id), ..MarkOrder::default() };
    let is_known = async |when: &str| {
        let again = must(bench.orchestrator.mark(&bench.operator, &key, order()).await);
        holds(!again.created, "an order that is repeated is known, and orders nothing", &when);
    };
    bench.boot(host.id, 1).await;
    is_known("while it is offered").await;
    let attempt = must(bench.host(1).await.lease.attempt.ok_or("no attempt")).id;
    let ticket = bench.ticket(attempt).await;
    must(bench.orchestrator.claim(&ticket, origin()).await);
    is_known("while it installs").await;
    let phase = async || bench.host(1).await.lease.phase();
    same(&phase().await, &Phase::Installing, "an order that is repeated changes nothing");
    must(bench.orchestrator.report(&ticket, &must(Report::new("done", "")), origin()).await);
    is_known("after it was installed").await;
    same(&phase().await, &Phase::Idle, "an order that is repeated changes nothing");
    let script = bench.boot(host.id, 1).await;
    same(&script, &LOCAL_SCRIPT.to_owned(), "an order that is repeated orders nothing");
}
