//! Events on their way into the store.

use crate::{fakes::BrokenStore, log::Log, site::Site};
use insta::assert_snapshot;
use ipxe_orch_core::{
    auth::Origin,
    boot::Refusal,
    ids::HostId,
    orchestrator::EventSink,
    stores::{BootEvent, BootEventKind, EventFilter, HostRecord},
    time::Clock,
};
use ipxe_orch_server::events::EventQueue;
use std::{sync::Arc, time::Duration};
use tokio::time::sleep;
use tracing::Level;

fn event(site: &Site, host: Option<&HostRecord>) -> BootEvent {
    BootEvent {
        at: site.bench.clock.now(),
        host: host.map(|host| host.id),
        host_name: host.map(|host| host.spec.name.clone()),
        attempt: None,
        origin: Origin("192.0.2.7".to_owned()),
        kind: match host {
            Some(_) => BootEventKind::Local,
            None => BootEventKind::Refused { why: Refusal::WrongSecret, shown: None },
        },
        alert: host.is_none(),
        outdated_image: false,
        swapped_uuid: false,
        count: 1,
    }
}

async fn stored(site: &Site) -> usize {
    let grant = site.bench.grant().await;
    site.bench.store.list_events(&grant, &EventFilter::default()).await.unwrap().len()
}

#[tokio::test(start_paused = true)]
async fn events_are_written_soon_and_at_the_end() {
    let site = Site::marked().await;
    let grant = site.bench.recorder();
    let (events, writer) = EventQueue::start(site.bench.store.clone());
    events.record(&grant, event(&site, Some(&site.host)));
    sleep(Duration::from_millis(300)).await;
    assert_eq!(stored(&site).await, 1, "within 250 ms");
    (0..50).for_each(|_| events.record(&grant, event(&site, Some(&site.host))));
    writer.stop().await;
    assert_eq!(stored(&site).await, 51, "the rest at the end");
    events.record(&grant, event(&site, Some(&site.host)));
}

#[tokio::test(start_paused = true)]
async fn whoever_watches_the_log_sees_what_happens() {
    let log = Log::capture(Level::INFO);
    let site = Site::marked().await;
    let grant = site.bench.recorder();
    let (events, writer) = EventQueue::start(site.bench.store.clone());
    for kind in [
        BootEventKind::Offered { offer: 1 },
        BootEventKind::Claimed,
        BootEventKind::Reported {
            status: "failed".to_owned(),
            message: "no disk".to_owned(),
            loader: None,
        },
    ] {
        events.record(&grant, BootEvent { kind, ..event(&site, Some(&site.host)) });
    }
    events.record(&grant, event(&site, None));
    writer.stop().await;
    assert_snapshot!(log.text().replace("ipxe_orch_server::", ""), @r#"
     INFO events: is offered its install (offer 1) host="host1" from="192.0.2.7"
     INFO events: claims its install host="host1" from="192.0.2.7"
     INFO events: reports failed: no disk host="host1" from="192.0.2.7"
     WARN events: is not believed: wrong secret host="" from="192.0.2.7" alert=true
    "#);
}

#[tokio::test(start_paused = true)]
async fn strangers_are_counted_and_told_once_a_minute() {
    let log = Log::capture(Level::INFO);
    let site = Site::marked().await;
    let grant = site.bench.recorder();
    let (events, writer) = EventQueue::start(site.bench.store.clone());
    for _ in 0..150 {
        (0..400).for_each(|_| events.record(&grant, event(&site, None)));
        sleep(Duration::from_secs(1)).await;
    }
    events.record(&grant, event(&site, Some(&site.host)));
    writer.stop().await;
    let grant = site.bench.grant().await;
    let stored = site.bench.store.list_events(&grant, &EventFilter::default()).await.unwrap();
    let mut counts: Vec<_> = stored.iter().map(|event| event.count).collect();
    counts.sort_unstable();
    assert_eq!(counts.len(), 5, "{counts:?}");
    assert_eq!(counts.iter().sum::<u32>(), 60_001, "all are counted");
    let text = log.text();
    assert_eq!(text.lines().count(), 5, "{text}");
    let line = " WARN ipxe_orch_server::events: is not believed: wrong secret (2";
    assert!(text.contains(line), "{text}");
}

#[tokio::test(start_paused = true)]
async fn nobody_waits_for_a_store_that_does_not_take_them() {
    for (store, told) in [
        (BrokenStore::failing(), "boot events are given up after a minute"),
        (BrokenStore::hanging(), "the store does not answer within 5 s"),
    ] {
        let log = Log::capture(Level::WARN);
        let site = Site::marked().await;
        let grant = site.bench.recorder();
        let (events, writer) = EventQueue::start(Arc::new(store));
        for number in 0..70_000_u32 {
            // Of one host each, so that none is only counted.
            let mut event = event(&site, Some(&site.host));
            let mut id = [0; 16];
            id[..4].copy_from_slice(&number.to_be_bytes());
            event.host = Some(HostId::from_bytes(id));
            events.record(&grant, event);
        }
        sleep(Duration::from_mins(2)).await;
        writer.stop().await;
        let text = log.text();
        let starts =
            ["boot events wait: the store does not take them", "boot events were lost", told];
        for told in starts {
            assert!(text.contains(told), "{text}");
        }
        assert!(text.lines().count() < 20, "{text}");
    }
}
