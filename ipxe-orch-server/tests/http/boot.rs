//! `/boot/v1/script`: what a machine is told to boot.

use crate::{fakes::SlowMedia, site::Site};
use axum::http::{Method, StatusCode};
use insta::assert_snapshot;
use ipxe_orch_core::{boot::LOCAL_SCRIPT, stores::BootEventKind};
use std::{sync::Arc, time::Duration};
use tokio::time::{sleep, timeout};

#[tokio::test]
async fn a_marked_machine_gets_its_install_again_and_again() {
    let site = Site::marked().await;
    let path = site.boot_path().await;
    let first = site.get(&path).await;
    let ticket = site.ticket().await;
    assert_snapshot!(first.to_string().replace(&ticket, "TICKET"), @r"
    200 OK
    #!ipxe
    # TICKET
    boot
    ");
    assert_eq!(first.header("content-type"), "text/plain; charset=utf-8");
    assert_eq!(first.header("content-length"), first.body.len().to_string());
    assert_eq!(first.header("cache-control"), "no-store");
    assert_eq!(site.get(&path).await, first, "a lost answer is given again, byte for byte");
}

#[tokio::test]
async fn whoever_has_nothing_to_install_boots_the_local_disk() {
    let (site, _) = Site::installed().await;
    let path = site.boot_path().await;
    let local = site.get(&path).await;
    assert_snapshot!(local, @r"
    200 OK
    #!ipxe
    set orch-answer local
    exit 0
    ");
    site.mark_again().await;
    let stranger = "01890a5d-ac96-774b-bcce-b302099a8057";
    for (what, path) in [
        ("a secret of another generation", path.replace("&g=0", "&g=1")),
        ("an unknown host", path.replace(&site.host.id.to_string(), stranger)),
        ("an unknown key", path.replace("&k=", "&k=00000000&old=")),
        ("another NIC", path.replace("52:54:00:00:00:01", "52:54:00:00:00:02")),
    ] {
        assert_eq!(site.get(&path).await, local, "{what}");
    }
    assert_eq!(site.status().await, "marked", "the mark stands");
}

#[tokio::test]
async fn what_is_no_boot_request_is_told_what_is_wrong() {
    let site = Site::marked().await;
    let path = site.boot_path().await;
    let long = format!("/boot/v1/script?x={}", "a".repeat(7 * 1024));
    let longer = format!("/boot/v1/script?x={}", "a".repeat(9000));
    for (path, told) in [
        ("/boot/v1/script", "400 Bad Request\nparameter `h` is missing\n"),
        (&format!("{path}&g=0"), "400 Bad Request\nparameter `g` is given more than once\n"),
        (&path.replace("&g=0", "&g=-1"), "400 Bad Request\nparameter `g` is malformed\n"),
        ("/boot/v1/script?h=%ff", "400 Bad Request\nthe query is not percent-encoded UTF-8\n"),
        (&long, "400 Bad Request\nthe query is longer than 7168 bytes\n"),
        (&longer, "414 URI Too Long\nthe URL is longer than 8192 bytes\n"),
    ] {
        let answer = site.get(path).await.to_string();
        assert!(answer.starts_with(told), "{path}: {answer}");
        assert_eq!(answer.contains("\nrequest "), told.starts_with("400"), "{answer}");
    }
    let header = "h".repeat(17_000);
    let answer = site.get_with(&path, &[("x-long", &header)]).await;
    assert_eq!(answer.status, StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE);
    assert_eq!(site.status().await, "marked");
}

/// P11: a proxy or browser that looks ahead is not a machine that boots.
#[tokio::test]
async fn a_half_hearted_request_changes_nothing() {
    let (site, ticket) = Site::offered().await;
    site.bench.clock.advance(Duration::from_mins(2));
    let before = site.bench.host(1).await;
    let get = [
        site.boot_path().await,
        format!("/boot/v1/t/{ticket}/claim"),
        format!("/boot/v1/t/{ticket}/answer/answer"),
        format!("/boot/v1/t/{ticket}/report?status=done"),
    ];
    for path in &get {
        let mut answers = vec![site.send(Method::HEAD, path, &[], "").await];
        for header in [
            ("range", "bytes=0-10"),
            ("purpose", "prefetch"),
            ("sec-purpose", "prefetch;prerender"),
            ("x-moz", "Prefetch"),
        ] {
            answers.push(site.get_with(path, &[header]).await);
        }
        for answer in answers {
            assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED, "{path}");
            let allow = if path.contains("report") { "GET, POST, PUT" } else { "GET" };
            assert_eq!(answer.header("allow"), allow);
        }
    }
    assert_eq!(site.bench.host(1).await, before);
}

#[tokio::test]
async fn other_methods_are_not_allowed() {
    let (site, ticket) = Site::offered().await;
    let before = site.bench.host(1).await;
    for method in [Method::POST, Method::PUT, Method::DELETE, Method::PATCH, Method::OPTIONS] {
        for path in [site.boot_path().await, format!("/boot/v1/t/{ticket}/claim")] {
            let answer = site.send(method.clone(), &path, &[], "").await;
            assert_eq!(answer.to_string(), "405 Method Not Allowed\nmethod not allowed\n");
        }
    }
    assert_eq!(site.bench.host(1).await, before);
}

#[tokio::test(start_paused = true)]
async fn a_machine_that_hangs_up_does_not_stop_its_decision() {
    let slow = SlowMedia(Duration::from_secs(2));
    let site = Site::marked().await.with_parts(|parts| parts.media = Arc::new(slow));
    let path = site.boot_path().await;
    timeout(Duration::from_secs(1), site.get(&path)).await.unwrap_err();
    assert_eq!(site.status().await, "marked");
    sleep(Duration::from_secs(2)).await;
    assert_eq!(site.status().await, "offered");
    assert!(site.get(&path).await.body.contains(&site.ticket().await), "its next try");
}

#[tokio::test(start_paused = true)]
async fn what_hangs_is_given_up_in_the_end() {
    let slow = Arc::new(SlowMedia(Duration::from_hours(1)));
    let in_use = Arc::downgrade(&slow);
    let site = Site::marked().await.with_parts(|parts| parts.media = slow);
    let answer = site.get(&site.boot_path().await).await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    drop(site);
    assert!(in_use.upgrade().is_some(), "the decision is carried on");
    sleep(Duration::from_mins(1)).await;
    assert!(in_use.upgrade().is_none(), "a task holds it for ever");
}

#[tokio::test]
async fn the_peer_is_where_it_came_from() {
    let site = Site::marked().await;
    site.bench.events.take();
    site.get(&site.boot_path().await).await;
    let events = site.bench.events.take();
    assert_eq!(events.len(), 1);
    assert_eq!(events[0].origin.0, "192.0.2.7");
    assert_eq!(events[0].kind, BootEventKind::Offered { offer: 1 });
}

#[tokio::test]
async fn a_base_path_stands_before_all() {
    let site = Site::marked().await.with(|server| server.base_path("/a/b".parse().unwrap()));
    let path = site.boot_path().await;
    assert_eq!(site.get(&path).await.status, StatusCode::NOT_FOUND);
    let answer = site.get(&format!("/a/b{path}")).await;
    assert!(answer.body.starts_with("#!ipxe\n"), "{answer}");
    assert_ne!(answer.body, LOCAL_SCRIPT);
    for path in ["/a/b/healthz", "/a/b/readyz"] {
        assert_eq!(site.get(path).await.status, StatusCode::OK, "{path}");
    }
}

#[tokio::test]
async fn it_lives_beside_others_who_answer_everything() {
    let mut site = Site::marked().await;
    let machines = site.router.clone();
    site.router = axum::Router::new().fallback(|| async { "<html>" }).merge(machines);
    assert_eq!(site.get("/anything").await.body, "<html>");
    for path in ["/boot/v1", "/boot/v1/", "/boot/v1/x", "/boot/v1/t/x/y", "/boot/v1//script"] {
        assert_eq!(site.get(path).await.to_string(), "404 Not Found\nnot found\n", "{path}");
    }
}
