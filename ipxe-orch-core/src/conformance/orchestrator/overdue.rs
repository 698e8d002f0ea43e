//! Cases about telling what is overdue.

use super::{Bench, holds, must, origin, same};
use crate::{
    lease::{Overdue, Phase},
    orchestrator::MarkOrder,
    stores::{BootEventKind, HostKey},
};
use std::time::Duration;

/// Each is told of once, with an alert; no lease changes.
pub async fn what_is_overdue_is_told_of_once(bench: Bench) {
    bench.profile("boot").await;
    let one = bench.register(1, true).await.id;
    let two = HostKey::Id(bench.register(2, false).await.id);
    let three = bench.register(3, true).await.id;
    bench.boot(one, 1).await;
    bench.boot(three, 3).await;
    must(bench.orchestrator.mark(&bench.operator, &two, MarkOrder::default()).await);
    let attempt = must(bench.host(1).await.lease.attempt.ok_or("no offer")).id;
    must(bench.orchestrator.claim(&bench.ticket(attempt).await, origin()).await);
    bench.events.take();
    let mut last = None;
    must(bench.orchestrator.tell_overdue(&mut last).await);
    same(&bench.events.take(), &vec![], "nothing is told of before its time");
    bench.clock.advance(Duration::from_mins(20));
    must(bench.orchestrator.tell_overdue(&mut last).await);
    let told = bench.events.take();
    let [event] = told.as_slice() else {
        return holds(false, "one install is overdue, and told of once", &told);
    };
    same(&(event.host, event.alert), &(Some(one), true), "what is overdue is an alert");
    let install = matches!(event.kind, BootEventKind::Overdue { what: Overdue::Install, .. });
    holds(install, "the event says what is overdue", event);
    bench.clock.advance(Duration::from_hours(48));
    must(bench.orchestrator.tell_overdue(&mut last).await);
    let told = bench.events.take();
    holds(told.len() == 2, "offer and mark are told of; the install is known", &told);
    must(bench.orchestrator.tell_overdue(&mut last).await);
    same(&bench.events.take(), &vec![], "each is told of once");
    same(&bench.host(1).await.lease.phase(), &Phase::Installing, "telling changes no lease");
}
