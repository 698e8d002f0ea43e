//! Claim, answer files and reports.

use crate::site::{Answer, Site, strange_tickets};
use axum::{
    body::Body,
    http::{Method, Request, StatusCode},
};
use insta::assert_snapshot;
use ipxe_orch_core::{lease::Limits, orchestrator::Orchestrator};
use ipxe_orch_server::http::Server;
use std::sync::Arc;
use tower::ServiceExt as _;

const NOT_FOUND: &str = "404 Not Found\nnot found\n";

#[tokio::test]
async fn a_claim_is_granted_once() {
    let (site, ticket) = Site::offered().await;
    let path = format!("/boot/v1/t/{ticket}/claim");
    let first = site.get(&path).await;
    assert_snapshot!(first, @r"
    200 OK
    #!ipxe
    exit 0
    ");
    assert_eq!(first.header("content-length"), "14");
    assert_eq!(first.header("cache-control"), "no-store");
    assert_eq!(site.status().await, "installing");
    assert_eq!(site.get(&path).await.to_string(), NOT_FOUND);
}

#[tokio::test]
async fn an_answer_file_comes_after_the_claim_and_stays_the_same() {
    let (site, ticket) = Site::offered().await;
    let path = format!("/boot/v1/t/{ticket}/answer/answer");
    let host = [("host", "10.0.2.2:8080")];
    assert_eq!(site.get_with(&path, &host).await.to_string(), NOT_FOUND, "not yet claimed");
    site.get(&format!("/boot/v1/t/{ticket}/claim")).await;
    let attempt = site.bench.host(1).await.lease.attempt.unwrap();
    let first = site.get_with(&path, &host).await;
    let text = first.to_string().replace(&ticket, "TICKET");
    assert_snapshot!(text.replace(&attempt.id.to_string(), "ATTEMPT"), @r"
    200 OK
    attempt=ATTEMPT
    base=http://10.0.2.2:8080/boot/v1/t/TICKET/
    ");
    assert_eq!(site.get_with(&path, &host).await, first);
    let other = format!("/boot/v1/t/{ticket}/answer/other");
    assert_eq!(site.get_with(&other, &host).await.to_string(), NOT_FOUND);
    site.post(&format!("/boot/v1/t/{ticket}/report"), "status=done").await;
    assert_eq!(site.get_with(&path, &host).await.to_string(), "200 OK\nstop=1\n");
}

#[tokio::test]
async fn an_answer_file_names_a_server_that_is_configured() {
    let (site, ticket) = Site::installing().await;
    let urls =
        vec!["http://10.0.2.2:8080/x".parse().unwrap(), "https://boot.test".parse().unwrap()];
    let site = site.with(|server| server.server_urls(urls));
    let path = format!("/boot/v1/t/{ticket}/answer/answer");
    for (host, url) in [
        ("10.0.2.2:8080", "http://10.0.2.2:8080/x"),
        ("boot.test", "https://boot.test"),
        ("evil.test", "http://10.0.2.2:8080/x"),
        ("", "http://10.0.2.2:8080/x"),
    ] {
        let answer = site.get_with(&path, &[("host", host)]).await;
        let base = format!("base={url}/boot/v1/t/{ticket}/\n");
        assert!(answer.body.ends_with(&base), "{host}: {answer}");
    }
}

#[tokio::test]
async fn without_a_configured_server_the_host_header_must_be_an_authority() {
    let (site, ticket) = Site::installing().await;
    let site = site.with(|server| server.base_path("/x".parse().unwrap()));
    let path = format!("/x/boot/v1/t/{ticket}/answer/answer");
    let before = site.generation().await;
    for hosts in [
        &[][..],
        &[("host", "a/b")],
        &[("host", "a b")],
        &[("host", "u@a")],
        &[("host", "a:0")],
        &[("host", "${x}")],
        &[("host", "a"), ("host", "b")],
    ] {
        let answer = site.get_with(&path, hosts).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{hosts:?}");
    }
    assert_eq!(site.generation().await, before, "the install has not started");
    let absolute = format!("http://boot.test{path}");
    let answer = site.get_with(&absolute, &[("host", "other")]).await;
    assert!(answer.body.contains("base=http://boot.test/x/boot/v1/t/"), "{answer}");
}

#[tokio::test]
async fn a_report_is_taken_by_get_post_and_put() {
    let (site, ticket) = Site::installing().await;
    let path = format!("/boot/v1/t/{ticket}/report");
    let query = format!("{path}?status=started&message=disk%20found+now&unknown=1");
    let answer = site.get(&query).await;
    assert_eq!(answer.to_string(), "204 No Content\n");
    let progress = site.bench.host(1).await.lease.attempt.unwrap().progress.unwrap();
    assert_eq!(progress.message, "disk found now");
    let form = "status=progress&message=50%25";
    assert_eq!(site.post(&path, form).await.status, StatusCode::NO_CONTENT);
    let progress = site.bench.host(1).await.lease.attempt.unwrap().progress.unwrap();
    assert_eq!(progress.message, "50%");
    let put = site.send(Method::PUT, &path, &[], "status=done").await;
    assert_eq!(put.status, StatusCode::NO_CONTENT);
    assert_eq!(site.status().await, "installed");
    assert_eq!(site.post(&path, "status=done").await.status, StatusCode::NO_CONTENT, "repeated");
    assert_eq!(site.get(&format!("{path}?status=started")).await.to_string(), NOT_FOUND);
}

/// In the query and in the body. No report is refused for its loader.
#[tokio::test]
async fn a_report_names_the_loader_of_its_install() {
    let grub = Some(r"\EFI\debian\grubx64.efi");
    for (said, kept) in [
        ("%5CEFI%5Cdebian%5Cgrubx64.efi", grub),
        ("/EFI/debian/grubx64.efi", grub),
        ("HD(1,GPT,8d4f)/File(%5CEFI%5Cdebian%5Cgrubx64.efi)", grub),
        ("/EFI/debian/grubx64.efi&loader=/EFI/other/x.efi", grub),
        ("", None),
        ("/EFI/BOOT/BOOTX64.EFI", None),
        ("/EFI/a%00b/x.efi", None),
        ("/EFI/%24%7Buuid%7D/x.efi", None),
        ("%ff%fe/x.efi", None),
        ("/EFI/x.efi%0Adone", None),
    ] {
        for in_body in [false, true] {
            let (site, ticket) = Site::installing().await;
            let path = format!("/boot/v1/t/{ticket}/report");
            let answer = if in_body {
                site.post(&path, &format!("status=done&loader={said}")).await
            } else {
                site.get(&format!("{path}?status=done&loader={said}")).await
            };
            assert_eq!(answer.status, StatusCode::NO_CONTENT, "{said}");
            let loader = site.bench.host(1).await.lease.loader.map(String::from);
            assert_eq!(loader.as_deref(), kept, "{said}");
            assert_eq!(site.status().await, "installed");
        }
    }
}

/// An installer that repeats itself, and two servers that hear it.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn identical_reports_at_once_are_all_taken() {
    let (site, ticket) = Site::installing().await;
    let other =
        Server::builder(Arc::new(Orchestrator::new(site.bench.parts.clone(), Limits::default())));
    let routers = [site.router.clone(), other.build()];
    let path = format!("/boot/v1/t/{ticket}/report?status=progress&message=50%25");
    let before = site.generation().await;
    let reports = routers.iter().cycle().take(64).map(|router| {
        let request = Request::builder().uri(&path).body(Body::empty()).unwrap();
        tokio::spawn(router.clone().oneshot(request))
    });
    for report in reports.collect::<Vec<_>>() {
        assert_eq!(report.await.unwrap().unwrap().status(), StatusCode::NO_CONTENT);
    }
    assert_eq!(site.generation().await, before.next(), "one of them was written");
}

#[tokio::test]
async fn a_report_without_a_meaning_changes_nothing() {
    let (site, ticket) = Site::installing().await;
    let path = format!("/boot/v1/t/{ticket}/report");
    let before = site.bench.host(1).await;
    let told = |answer: Answer| answer.to_string().split("\nrequest").next().unwrap().to_owned();
    let unknown = "400 Bad Request\n`status` must be started, progress, done or failed";
    assert_eq!(told(site.get(&format!("{path}?status=finished")).await), unknown);
    assert_eq!(told(site.get(&format!("{path}?status=")).await), unknown);
    assert_eq!(told(site.get(&path).await), "400 Bad Request\n`status` is missing");
    assert_eq!(told(site.post(&path, "").await), "400 Bad Request\n`status` is missing");
    assert_eq!(
        told(site.post(&path, "status=done&status=failed").await),
        "400 Bad Request\n`status` or `message` stands twice"
    );
    let long = format!("status=done&message={}", "x".repeat(4096));
    assert_eq!(site.post(&path, &long).await.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(site.bench.host(1).await, before);
}

/// Whoever tries tickets learns nothing from what comes back.
#[tokio::test]
async fn all_that_is_not_theirs_looks_the_same() {
    let (site, ticket) = Site::offered().await;
    let host = [("host", "boot.test")];
    let nobodys = site.get("/boot/v1/canary").await;
    assert_eq!(nobodys.to_string(), NOT_FOUND);
    let mut asked = Vec::new();
    for (what, strange) in strange_tickets(&site, &ticket).await {
        for rest in ["claim", "answer/answer", "media/kernel", "report?status=done"] {
            asked.push((what, format!("/boot/v1/t/{strange}/{rest}")));
        }
    }
    asked.push(("unclaimed", format!("/boot/v1/t/{ticket}/answer/answer")));
    for name in ["none", "..", "%2e%2e", "..%2fkernel", "%ff", "plain%2fkernel", "kernel%00"] {
        asked.push(("no such name", format!("/boot/v1/t/{ticket}/answer/{name}")));
        asked.push(("no such name", format!("/boot/v1/t/{ticket}/media/{name}")));
    }
    for (what, path) in asked {
        assert_eq!(site.get_with(&path, &host).await, nobodys, "{what}: {path}");
    }
    let claim = format!("/boot/v1/t/{ticket}/claim");
    assert_eq!(site.get(&claim).await.status, StatusCode::OK);
    assert_eq!(site.get(&claim).await, nobodys, "spent");
}

/// Percent-encoding is another way to write the same; slashes are not.
#[tokio::test]
async fn a_path_is_taken_as_it_stands() {
    let (site, ticket) = Site::offered().await;
    let first = ticket.chars().next().unwrap();
    let encoded = format!("%{:02X}{}", u32::from(first), &ticket[1..]);
    for path in [
        format!("/boot/v1/t/{ticket}/claim/"),
        format!("/boot/v1/t/{ticket}//claim"),
        format!("/boot/v1/t//{ticket}/claim"),
        format!("/boot/v1/t/{ticket}/%63laim"),
        format!("/boot/v1/t/x/../{ticket}/claim"),
        format!("/boot/v1//t/{ticket}/claim"),
        format!("//boot/v1/t/{ticket}/claim"),
        format!("/BOOT/v1/t/{ticket}/claim"),
        format!("/boot/v1/t/{ticket}"),
        "/boot/v1/t/".to_owned(),
        format!("/boot/v1/script/?{}", site.bench.query(site.host.id, 1).await),
    ] {
        assert_eq!(site.get(&path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    assert_eq!(site.status().await, "offered");
    let answer = site.get(&format!("/boot/v1/t/{encoded}/claim")).await;
    assert_eq!(answer.status, StatusCode::OK, "decoded once");
}
