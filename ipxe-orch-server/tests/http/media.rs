//! Files, whole and in parts.

use crate::site::{Answer, KERNEL, Site};
use axum::http::{Method, StatusCode};
use ipxe_orch_core::{fakes::EmptyMedia, memory::AllMedia, stores::BootEventKind};
use std::{fs, sync::Arc, time::Duration};

fn path(ticket: &str) -> String {
    format!("/boot/v1/t/{ticket}/media/kernel")
}

async fn ranged(site: &Site, ticket: &str, range: &str) -> Answer {
    site.get_with(&path(ticket), &[("range", range)]).await
}

#[tokio::test]
async fn a_file_comes_whole() {
    let (site, ticket) = Site::offered().await;
    let answer = site.get(&path(&ticket)).await;
    assert_eq!(answer.to_string(), format!("200 OK\n{KERNEL}"));
    assert_eq!(answer.header("content-length"), "16");
    assert_eq!(answer.header("content-type"), "application/octet-stream");
    assert_eq!(answer.header("accept-ranges"), "bytes");
    assert!(answer.header("etag").starts_with("\"10-"), "{}", answer.header("etag"));
    assert_eq!(site.get(&path(&ticket)).await, answer, "again");
}

#[tokio::test]
async fn the_library_that_decides_is_the_one_that_serves() {
    let (site, ticket) = Site::offered().await;
    let site = site.with_parts(|parts| parts.media = Arc::new(AllMedia));
    let answer = site.get(&path(&ticket)).await;
    assert_eq!(answer.to_string(), "200 OK\nplain/kernel");
    assert_eq!(ranged(&site, &ticket, "bytes=2-4").await.body, "ain");
    let site = site.with_parts(|parts| parts.media = Arc::new(EmptyMedia));
    assert_eq!(site.get(&path(&ticket)).await.status, StatusCode::SERVICE_UNAVAILABLE);
}

#[tokio::test]
async fn head_tells_the_length_for_a_san_boot() {
    let (site, ticket) = Site::offered().await;
    let whole = site.get(&path(&ticket)).await;
    for headers in [&[][..], &[("range", "bytes=2-5")]] {
        let head = site.send(Method::HEAD, &path(&ticket), headers, "").await;
        assert_eq!(head, Answer { body: String::new(), ..whole.clone() });
    }
}

#[tokio::test]
async fn a_part_comes_with_its_place() {
    let (site, ticket) = Site::offered().await;
    for (range, body, place) in [
        ("bytes=0-0", "0", "bytes 0-0/16"),
        ("bytes=2-5", "2345", "bytes 2-5/16"),
        ("bytes=12-", "cdef", "bytes 12-15/16"),
        ("bytes=12-99", "cdef", "bytes 12-15/16"),
        ("bytes=-3", "def", "bytes 13-15/16"),
    ] {
        let answer = ranged(&site, &ticket, range).await;
        assert_eq!(answer.to_string(), format!("206 Partial Content\n{body}"), "{range}");
        assert_eq!(answer.header("content-range"), place);
        assert_eq!(answer.header("content-length"), body.len().to_string());
    }
}

#[tokio::test]
async fn several_ranges_at_once_are_the_whole_file() {
    let (site, ticket) = Site::offered().await;
    for range in ["bytes=0-1,4-5", "bytes=5-2", "lines=1-2", "nonsense"] {
        let answer = ranged(&site, &ticket, range).await;
        assert_eq!(answer.to_string(), format!("200 OK\n{KERNEL}"), "{range}");
    }
}

#[tokio::test]
async fn beyond_the_end_there_is_nothing() {
    let (site, ticket) = Site::offered().await;
    for range in ["bytes=16-", "bytes=99-100", "bytes=-0"] {
        let answer = ranged(&site, &ticket, range).await;
        assert_eq!(answer.status, StatusCode::RANGE_NOT_SATISFIABLE, "{range}");
        assert_eq!(answer.header("content-range"), "bytes */16");
    }
}

#[tokio::test]
async fn the_rest_of_a_changed_file_is_not_sent() {
    let (site, ticket) = Site::offered().await;
    let etag = site.get(&path(&ticket)).await.header("etag").to_owned();
    let rest = [("range", "bytes=8-"), ("if-range", etag.as_str())];
    let answer = site.get_with(&path(&ticket), &rest).await;
    assert_eq!(answer.to_string(), "206 Partial Content\n89abcdef");
    let file = fs::File::options().write(true).open(site.kernel()).unwrap();
    let later = file.metadata().unwrap().modified().unwrap() + Duration::from_secs(1);
    file.set_modified(later).unwrap();
    let answer = site.get_with(&path(&ticket), &rest).await;
    assert_eq!(answer.to_string(), format!("200 OK\n{KERNEL}"));
    assert_ne!(answer.header("etag"), etag);
}

#[tokio::test]
async fn a_large_file_comes_in_many_pieces_and_complete() {
    let (site, ticket) = Site::offered().await;
    let lines: Vec<String> = (0..100_000).map(|line| format!("{line:06}\n")).collect();
    let text = lines.concat();
    fs::write(site.kernel(), &text).unwrap();
    assert_eq!(site.get(&path(&ticket)).await.body, text);
    let answer = ranged(&site, &ticket, "bytes=69993-630000").await;
    assert_eq!(answer.body, text[69_993..=630_000]);
}

#[tokio::test]
async fn a_file_is_there_from_offer_to_end() {
    let (site, ticket) = Site::installing().await;
    assert_eq!(site.get(&path(&ticket)).await.status, StatusCode::OK);
    site.post(&format!("/boot/v1/t/{ticket}/report"), "status=done").await;
    assert_eq!(site.get(&path(&ticket)).await.to_string(), "404 Not Found\nnot found\n");
}

#[tokio::test]
async fn a_file_that_is_gone_is_for_another_server() {
    let (site, ticket) = Site::offered().await;
    fs::remove_file(site.kernel()).unwrap();
    let answer = site.get(&path(&ticket)).await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(answer.body.starts_with("this server cannot answer now\nrequest "), "{answer}");
}

#[tokio::test]
async fn only_a_whole_file_is_an_event() {
    let (site, ticket) = Site::offered().await;
    site.bench.events.take();
    ranged(&site, &ticket, "bytes=0-1").await;
    site.send(Method::HEAD, &path(&ticket), &[], "").await;
    assert_eq!(site.bench.events.take(), []);
    site.get(&path(&ticket)).await;
    let events = site.bench.events.take();
    assert_eq!(events.len(), 1);
    assert_eq!(events[0].kind, BootEventKind::Media { name: "kernel".to_owned() });
}
