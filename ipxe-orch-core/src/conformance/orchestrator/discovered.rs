//! Cases about machines that are not hosts yet, and hosts that show another board.

use super::{Bench, holds, must, origin, same};
use crate::{
    boot::LOCAL_SCRIPT,
    host::HostSpec,
    ids::HostId,
    orchestrator::{HostInput, OrchestratorError},
    stores::{BootEventKind, Discovered, EventFilter, HostKey},
};
use std::time::Duration;

/// A genuine secret of nobody is told to boot its disk, and found once, however often it asks.
pub async fn a_machine_is_discovered_once(bench: Bench) {
    let id = HostId::from_bytes([9; 16]);
    for minutes in 0..3 {
        let script = bench.boot(id, 7).await;
        same(&script, &LOCAL_SCRIPT.to_owned(), "a stranger is told to boot its disk");
        must(bench.store.record_events(&bench.recorder(), &bench.events.take()).await);
        bench.clock.advance(Duration::from_secs(60 * minutes));
    }
    let known = discovered(&bench).await;
    let [found] = known.as_slice() else {
        return holds(false, "a stranger is discovered once, however often it asks", &known);
    };
    same(&(found.host, found.count), &(id, 3), "a stranger is counted each time that it asks");
    let mac = must("52:54:00:00:00:07".parse());
    same(&found.shown.mac, &mac, "a stranger is shown with its MAC");
    let last = found.first_seen.plus(Duration::from_mins(1));
    same(&found.last_seen, &last, "a stranger is shown with when it was seen");
    let stranger = bench.query(id, 7).await.replace("&t=", "&t=A");
    let refused = bench.orchestrator.boot(&stranger, origin()).await.map(|answer| answer.script);
    holds(refused.is_err(), "what is no secret at all is no boot request", &refused);
    let wrong = bench.query(HostId::from_bytes([8; 16]), 7).await;
    let wrong = wrong.replace(&HostId::from_bytes([8; 16]).to_string(), &id.to_string());
    must(bench.orchestrator.boot(&wrong, origin()).await);
    must(bench.store.record_events(&bench.recorder(), &bench.events.take()).await);
    same(&discovered(&bench).await, &known, "who proves nothing is not discovered");
}

/// A machine that is approved has the identity of its image, and is discovered no more.
pub async fn a_discovered_machine_is_approved(bench: Bench) {
    bench.profile("boot").await;
    let id = HostId::from_bytes([9; 16]);
    let approve =
        |spec: HostSpec| bench.orchestrator.plan_approval(&bench.operator, id, spec, false);
    let early = approve(bench.spec(7)).await.map(|_| ());
    let refused = matches!(early, Err(OrchestratorError::Refused(_)));
    holds(refused, "only a discovered machine is approved", &early);
    bench.boot(id, 7).await;
    must(bench.store.record_events(&bench.recorder(), &bench.events.take()).await);
    let plan = must(approve(bench.spec(7)).await);
    same(&discovered(&bench).await.len(), &1, "a plan changes nothing");
    must(bench.orchestrator.import(&bench.operator, &plan).await);
    same(&discovered(&bench).await, &vec![], "what was approved is no longer discovered");
    let host = bench.host(7).await;
    let promise = "an approved machine has the identity of its image, and is not marked unasked";
    same(&(host.id, host.lease.mark), &(id, None), promise);
    holds(host.image_key.is_some(), promise, &host.image_key);
    bench.boot(id, 7).await;
    let events = bench.events.take();
    let believed = events.iter().all(|event| event.kind == BootEventKind::Local);
    holds(believed, "an approved machine is believed", &events);
}

/// After a board swap the host is learnt again from what it showed, unless it was believed since.
pub async fn a_swapped_board_is_learnt_again(bench: Bench) {
    bench.profile("boot").await;
    let host = bench.register(1, false).await;
    let mut spec = host.spec.clone();
    spec.uuid = Some(uuid::Uuid::from_bytes([7; 16]));
    spec.serial = Some(must("SN1".parse()));
    let inputs = [HostInput::new(spec.clone(), false)];
    let plan = must(bench.orchestrator.plan_import(&bench.operator, &inputs).await);
    must(bench.orchestrator.import(&bench.operator, &plan).await);
    let key = HostKey::Id(host.id);
    let relearn = || bench.orchestrator.plan_relearn(&bench.operator, &key);
    let is_refused = async |why: &str| {
        let told = relearn().await.map(|learnt| learnt.changes.len());
        let refused = matches!(told, Err(OrchestratorError::Refused(_)));
        holds(refused, &format!("a board is not learnt again if {why}"), &told);
    };
    is_refused("none was seen").await;
    let query = bench.query(host.id, 1).await;
    let board = |uuid: u8, serial: &str| {
        let uuid = uuid::Uuid::from_bytes([uuid; 16]);
        query.replace("u=&x=", &format!("u={uuid}&s={serial}"))
    };
    let foreign = board(9, "SN9").replace("00:00:01", "00:00:09");
    boots(&bench, &foreign).await;
    is_refused("the machine showed a foreign NIC").await;
    boots(&bench, &board(8, "SN2")).await;
    let learnt = must(relearn().await);
    same(&learnt.changes.len(), &2, "UUID and serial number are learnt again");
    same(&bench.host(1).await.spec, &spec, "a plan changes nothing");
    must(bench.orchestrator.import(&bench.operator, &learnt.import).await);
    let now = bench.host(1).await.spec;
    let learnt = (Some(uuid::Uuid::from_bytes([8; 16])), Some(must("SN2".parse())));
    same(&(now.uuid, now.serial), &learnt, "what was learnt again is stored");
    boots(&bench, &board(6, "SN2")).await;
    boots(&bench, &board(8, "SN2")).await;
    is_refused("the machine was believed since").await;
    let filter = EventFilter { host: Some(host.id), ..EventFilter::default() };
    let events = must(bench.store.list_events(&bench.grant().await, &filter).await);
    let newest = events.first().map(|event| &event.kind);
    same(&newest, &Some(&BootEventKind::Local), "the machine with the new board is believed");
}

async fn boots(bench: &Bench, query: &str) {
    bench.clock.advance(Duration::from_secs(1));
    must(bench.orchestrator.boot(query, origin()).await);
    must(bench.store.record_events(&bench.recorder(), &bench.events.take()).await);
}

async fn discovered(bench: &Bench) -> Vec<Discovered> {
    must(bench.store.list_discovered(&bench.grant().await).await)
}
