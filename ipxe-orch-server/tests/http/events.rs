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
    let event = |kind| BootEvent::new(site.bench.clock.now(), Origin("192.0.2.7".to_owned()), kind);
    if let Some(host) = host {
        return event(BootEventKind::Local).of(host);
    }
    let kind = BootEventKind::Refused { why: Refusal::WrongSecret, shown: None };
    BootEvent { alert: true, ..event(kind) }
}

/// What is told of answer files and reports: from where, the claim's address, whether it is an
/// alert.
fn told(site: &Site) -> Vec<(String, Option<String>, bool)> {
    let events = site.bench.events.take();
    let told = |event: BootEvent| {
        (event.origin.0, event.claimed_from.map(|claimed| claimed.to_string()), event.alert)
    };
    events.into_iter().map(told).collect()
}

/// A11: two machines behind one proxy have their own addresses if the proxy is trusted.
#[tokio::test]
async fn a_report_from_another_client_of_a_proxy_is_told() {
    for trusted in [true, false] {
        let (site, ticket) = Site::offered().await;
        let proxies = if trusted { vec!["192.0.2.0/24".parse().unwrap()] } else { Vec::new() };
        let site = site.with(|server| server.trusted_proxies(proxies));
        let at = |rest: &str| format!("/boot/v1/t/{ticket}/{rest}");
        let answer = at("answer/answer");
        site.bench.events.take();
        for (path, client) in [
            (at("claim"), "198.51.100.1"),
            (answer.clone(), "198.51.100.1:4711"),
            (answer.clone(), "::ffff:198.51.100.1"),
            (answer.clone(), "198.51.100.66"),
            (at("report?status=done"), "10.0.1.15"),
            (at("report?status=done"), "198.51.100.66"),
        ] {
            let headers = [("host", "boot.test"), ("x-forwarded-for", client)];
            let status = site.get_with(&path, &headers).await.status;
            assert!(status.is_success(), "{path} from {client}: {status}");
        }
        let claimed = site.bench.host(1).await.lease.attempt.unwrap().claim.unwrap();
        let machine = if trusted { "198.51.100.1" } else { "192.0.2.7" };
        assert_eq!(claimed.from.unwrap().to_string(), machine);
        let one = |from: &str, alert| {
            let claimed = (from == "198.51.100.66").then(|| machine.to_owned());
            (from.to_owned(), claimed, alert)
        };
        let expected = if trusted {
            let same = || one(machine, false);
            let (thief, again) = (one("198.51.100.66", true), one("198.51.100.66", false));
            vec![same(), same(), same(), thief, one("10.0.1.15", false), again]
        } else {
            vec![one(machine, false); 6]
        };
        assert_eq!(told(&site), expected, "trusted: {trusted}");
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
    let other = BootEvent {
        kind: BootEventKind::Answered { name: "preseed.cfg".to_owned() },
        claimed_from: Some("192.0.2.1".parse().unwrap()),
        alert: true,
        ..event(&site, Some(&site.host))
    };
    events.record(&grant, other);
    events.record(&grant, event(&site, None));
    writer.stop().await;
    assert_snapshot!(log.text().replace("ipxe_orch_server::", ""), @r#"
     INFO events: is offered its install (offer 1) host="host1" from="192.0.2.7"
     INFO events: claims its install host="host1" from="192.0.2.7"
     INFO events: reports failed: no disk host="host1" from="192.0.2.7"
     WARN events: fetches the answer file preseed.cfg, from another address than its claim (192.0.2.1) host="host1" from="192.0.2.7" alert=true
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
