//! Strangers take no places from machines, and no place is held for long.

use crate::{
    fakes::{BrokenStore, SlowStore},
    serving::{ask, start},
    site::{Answer, Site, strange_tickets},
};
use axum::http::StatusCode;
use ipxe_orch_core::{
    boot::LOCAL_SCRIPT,
    stores::{BootEvent, BootEventKind},
};
use std::{net::SocketAddr, num::NonZeroU16, sync::Arc, time::Duration};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::{Instant, sleep},
};

/// A report whose body never comes.
async fn slow_report(address: SocketAddr, ticket: &str) -> TcpStream {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let head = format!("POST /boot/v1/t/{ticket}/report HTTP/1.1\r\nHost: x\r\n");
    stream.write_all(format!("{head}Content-Length: 4000\r\n\r\nstat").as_bytes()).await.unwrap();
    stream
}

async fn answer(mut stream: TcpStream) -> String {
    let mut text = String::new();
    stream.read_to_string(&mut text).await.unwrap();
    text
}

fn is_overloaded(answer: &Answer) -> bool {
    !answer.header("retry-after").is_empty()
}

/// A1: with one place in all, which none of them gets.
#[tokio::test]
async fn a_body_of_a_stranger_is_not_read_and_takes_no_place() {
    let (site, ticket) = Site::offered().await;
    let site = site.with(|server| server.requests_at_once(NonZeroU16::MIN));
    let server = start(&site).await;
    let mut slow = Vec::new();
    // The first one has a right MAC.
    for (_, strange) in strange_tickets(&site, &ticket).await.into_iter().skip(1) {
        slow.push(slow_report(server.address, &strange).await);
    }
    slow.push(slow_report(server.address, "x").await);
    sleep(Duration::from_millis(200)).await;
    let boot = site.boot_path().await;
    let text = ask(server.address, &format!("GET {boot} HTTP/1.1")).await;
    assert!(text.starts_with("HTTP/1.1 200 ") && text.contains(&ticket), "{text}");
    for stream in slow {
        let text = answer(stream).await;
        assert!(text.starts_with("HTTP/1.1 404 "), "at once, unread: {text}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_body_has_five_seconds_in_all() {
    let (site, ticket) = Site::installing().await;
    let site = site.with(|server| server.requests_at_once(NonZeroU16::MIN));
    let server = start(&site).await;
    let mut slow = slow_report(server.address, &ticket).await;
    let began = Instant::now();
    for _ in 0..4 {
        sleep(Duration::from_secs(1)).await;
        // A byte now and then does not help.
        slow.write_all(b"u").await.unwrap();
    }
    let text = answer(slow).await;
    assert!(text.starts_with("HTTP/1.1 408 "), "{text}");
    assert!(began.elapsed() < Duration::from_millis(5500), "{:?}", began.elapsed());
    let boot = site.boot_path().await;
    assert_eq!(site.get(&boot).await.status, StatusCode::OK, "there is a place again");
}

/// What is wrong costs no store: it is answered even while the store hangs.
#[tokio::test]
async fn who_proves_nothing_does_not_reach_the_store() {
    let (site, ticket) = Site::installing().await;
    let wrong = site.boot_path().await.replace("&g=0", "&g=1");
    let strange = strange_tickets(&site, &ticket).await;
    let site = site.with_parts(|parts| parts.store = Arc::new(BrokenStore::hanging()));
    site.bench.events.take();
    assert_eq!(site.get(&wrong).await.body, LOCAL_SCRIPT);
    assert_eq!(site.get("/media/v1/sets").await.status, StatusCode::NOT_FOUND);
    for (what, ticket) in strange.into_iter().skip(1) {
        let path = format!("/boot/v1/t/{ticket}/report?status=done");
        assert_eq!(site.get(&path).await.status, StatusCode::NOT_FOUND, "{what}");
    }
    let events = site.bench.events.take();
    assert!(events.iter().all(BootEvent::is_unproved), "{events:?}");
    assert!(events.iter().all(|event| event.origin.0 == "192.0.2.7"), "{events:?}");
    let count = |wanted: fn(&BootEventKind) -> bool| {
        events.iter().filter(|event| wanted(&event.kind)).count()
    };
    assert_eq!(count(|kind| matches!(kind, BootEventKind::Refused { .. })), 1);
    assert_eq!(count(|kind| matches!(kind, BootEventKind::PeerRefused)), 1);
    // One of them is no UTF-8, and so not even a text.
    assert_eq!(count(|kind| matches!(kind, BootEventKind::TicketRefused)), 7);
}

#[tokio::test(start_paused = true)]
async fn a_place_is_free_when_its_503_goes_out() {
    let (site, _) = Site::installing().await;
    let site = site.with_both(
        |parts| parts.store = Arc::new(BrokenStore::hanging()),
        |server| server.requests_at_once(NonZeroU16::MIN),
    );
    let boot = site.boot_path().await;
    let (first, second) = tokio::join!(site.get(&boot), async {
        sleep(Duration::from_secs(9)).await;
        site.get(&boot).await
    });
    assert!(!is_overloaded(&first), "{first}");
    assert!(is_overloaded(&second), "{second}");
    sleep(Duration::from_millis(1)).await;
    let third = site.get(&boot).await;
    assert_eq!(third.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(!is_overloaded(&third), "it had a place: {third}");
}

/// The machine no longer waits, but what is being written is completed, and told of.
#[tokio::test(start_paused = true)]
async fn a_write_under_way_is_completed_and_keeps_its_place() {
    let (site, ticket) = Site::offered().await;
    let (inner, takes) = (site.bench.store.clone(), Duration::from_secs(30));
    let site = site.with_both(
        |parts| parts.store = Arc::new(SlowStore { inner, takes }),
        |server| server.requests_at_once(NonZeroU16::MIN),
    );
    site.bench.events.take();
    let claim = format!("/boot/v1/t/{ticket}/claim");
    let first = site.get(&claim).await;
    assert_eq!(first.status, StatusCode::SERVICE_UNAVAILABLE);
    sleep(Duration::from_secs(15)).await;
    assert!(is_overloaded(&site.get(&claim).await), "it still writes");
    sleep(Duration::from_secs(6)).await;
    assert_eq!(site.get(&claim).await.status, StatusCode::NOT_FOUND, "it was claimed");
    let kinds: Vec<_> = site.bench.events.take().into_iter().map(|event| event.kind).collect();
    assert_eq!(kinds, [BootEventKind::Claimed, BootEventKind::ClaimRefused]);
}

/// A machine, or whoever has its ticket, has its share and not all.
#[tokio::test(start_paused = true)]
async fn one_ticket_does_not_take_all_places() {
    let (site, ticket) = Site::installing().await;
    let server = start(&site).await;
    let mut slow = Vec::new();
    for _ in 0..40 {
        slow.push(slow_report(server.address, &ticket).await);
    }
    sleep(Duration::from_secs(1)).await;
    let report = format!("/boot/v1/t/{ticket}/report?status=started");
    assert!(is_overloaded(&site.get(&report).await));
    assert_eq!(site.get(&site.boot_path().await).await.status, StatusCode::OK);
    sleep(Duration::from_secs(5)).await;
    assert_eq!(site.get(&report).await.status, StatusCode::NO_CONTENT);
}
