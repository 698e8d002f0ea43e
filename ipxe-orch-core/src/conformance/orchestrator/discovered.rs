//! Cases about machines that are not hosts yet, and hosts that show another board.

use super::{Bench, must, origin};
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
        assert_eq!(bench.boot(id, 7).await, LOCAL_SCRIPT);
        must(bench.store.record_events(&bench.recorder(), &bench.events.take()).await);
        bench.clock.advance(Duration::from_secs(60 * minutes));
    }
    let [found] = must(<[_; 1]>::try_from(discovered(&bench).await));
    assert_eq!((found.host, found.count), (id, 3));
    assert_eq!(found.shown.mac, must("52:54:00:00:00:07".parse()));
    assert_eq!(found.last_seen, found.first_seen.plus(Duration::from_mins(1)));
    let stranger = bench.query(id, 7).await.replace("&t=", "&t=A");
    assert!(bench.orchestrator.boot(&stranger, origin()).await.is_err(), "no secret at all");
    let wrong = bench.query(HostId::from_bytes([8; 16]), 7).await;
    let wrong = wrong.replace(&HostId::from_bytes([8; 16]).to_string(), &id.to_string());
    must(bench.orchestrator.boot(&wrong, origin()).await);
    must(bench.store.record_events(&bench.recorder(), &bench.events.take()).await);
    assert_eq!(discovered(&bench).await, [found], "noise is not kept");
}

/// A machine that is approved has the identity of its image, and is discovered no more.
pub async fn a_discovered_machine_is_approved(bench: Bench) {
    bench.profile("boot").await;
    let id = HostId::from_bytes([9; 16]);
    let approve =
        |spec: HostSpec| bench.orchestrator.plan_approval(&bench.operator, id, spec, false);
    let early = approve(bench.spec(7)).await;
    assert!(matches!(early, Err(OrchestratorError::Refused(_))), "{early:?}");
    bench.boot(id, 7).await;
    must(bench.store.record_events(&bench.recorder(), &bench.events.take()).await);
    let plan = must(approve(bench.spec(7)).await);
    assert_eq!(discovered(&bench).await.len(), 1, "a plan changes nothing");
    must(bench.orchestrator.import(&bench.operator, &plan).await);
    assert_eq!(discovered(&bench).await, []);
    let host = bench.host(7).await;
    assert_eq!((host.id, host.lease.mark), (id, None), "it is not marked");
    assert!(host.image_key.is_some());
    bench.boot(id, 7).await;
    let events = bench.events.take();
    assert!(events.iter().all(|event| event.kind == BootEventKind::Local), "{events:?}");
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
    assert!(matches!(relearn().await, Err(OrchestratorError::Refused(_))), "nothing was seen");
    let query = bench.query(host.id, 1).await;
    let board = |uuid: u8, serial: &str| {
        let uuid = uuid::Uuid::from_bytes([uuid; 16]);
        query.replace("u=&s=", &format!("u={uuid}&s={serial}"))
    };
    let foreign = board(9, "SN9").replace("00:00:01", "00:00:09");
    boots(&bench, &foreign).await;
    assert!(matches!(relearn().await, Err(OrchestratorError::Refused(_))), "a foreign NIC");
    boots(&bench, &board(8, "SN2")).await;
    let learnt = must(relearn().await);
    assert_eq!(learnt.changes.len(), 2);
    assert_eq!(bench.host(1).await.spec, spec, "a plan changes nothing");
    must(bench.orchestrator.import(&bench.operator, &learnt.import).await);
    let now = bench.host(1).await.spec;
    assert_eq!(now.uuid, Some(uuid::Uuid::from_bytes([8; 16])));
    assert_eq!(now.serial, Some(must("SN2".parse())));
    boots(&bench, &board(6, "SN2")).await;
    boots(&bench, &board(8, "SN2")).await;
    assert!(matches!(relearn().await, Err(OrchestratorError::Refused(_))), "it was believed since");
    let filter = EventFilter { host: Some(host.id), ..EventFilter::default() };
    let events = must(bench.store.list_events(&bench.grant().await, &filter).await);
    assert_eq!(events.first().map(|event| &event.kind), Some(&BootEventKind::Local));
}

async fn boots(bench: &Bench, query: &str) {
    bench.clock.advance(Duration::from_secs(1));
    must(bench.orchestrator.boot(query, origin()).await);
    must(bench.store.record_events(&bench.recorder(), &bench.events.take()).await);
}

async fn discovered(bench: &Bench) -> Vec<Discovered> {
    must(bench.store.list_discovered(&bench.grant().await).await)
}
