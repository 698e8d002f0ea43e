//! Requests over TLS.

use crate::site::{NOW, Site, client, names};
use ipxe_orch_server::serve::self_signed;
use reqwest::Version;
use std::{fs, time::Duration};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::timeout,
};

#[tokio::test]
async fn both_versions_of_http_are_spoken() {
    let site = Site::new().await;
    let answer = site.client().get(&site.url).send().await.unwrap();
    assert_eq!(
        (answer.version(), answer.text().await.unwrap()),
        (Version::HTTP_2, "hello".to_owned())
    );
    let pem = fs::read(site.path("self-signed.crt")).unwrap();
    let old = client(&pem).http1_only().build().unwrap();
    let answer = old.get(&site.url).send().await.unwrap();
    assert_eq!(answer.version(), Version::HTTP_11);
    site.stop().await;
}

#[tokio::test]
async fn requests_run_side_by_side_on_one_connection() {
    let site = Site::new().await;
    let pem = fs::read(site.path("self-signed.crt")).unwrap();
    let client = client(&pem).pool_max_idle_per_host(1).build().unwrap();
    client.get(&site.url).send().await.unwrap();
    let slow = |client: reqwest::Client, url: String| async move {
        client.get(format!("{url}/slow")).send().await.unwrap().text().await.unwrap()
    };
    let all: Vec<_> =
        (0..20).map(|_| tokio::spawn(slow(client.clone(), site.url.clone()))).collect();
    let done = async {
        for one in all {
            assert_eq!(one.await.unwrap(), "slow");
        }
    };
    timeout(Duration::from_secs(4), done).await.expect("one after another they take 6 s");
    site.stop().await;
}

#[tokio::test]
async fn a_request_that_runs_is_answered_before_the_server_stops() {
    let site = Site::new().await;
    let (client, url) = (site.client(), format!("{}/slow", site.url));
    let running = tokio::spawn(async move { client.get(url).send().await.unwrap().text().await });
    tokio::time::sleep(Duration::from_millis(150)).await;
    site.stop().await;
    assert_eq!(running.await.unwrap().unwrap(), "slow");
}

#[tokio::test]
async fn a_renewed_certificate_is_used_without_a_restart() {
    let site = Site::new().await;
    let before = (site.client(), site.certificates.fingerprint());
    assert!(!site.certificates.renew().unwrap(), "nothing has changed");
    let other = tempfile::tempdir().unwrap();
    self_signed(other.path(), names(), NOW).unwrap();
    for name in ["self-signed.key", "self-signed.crt"] {
        fs::rename(other.path().join(name), site.path(name)).unwrap();
    }
    assert!(site.certificates.renew().unwrap());
    assert_ne!(site.certificates.fingerprint(), before.1);
    site.client().get(&site.url).send().await.unwrap();
    assert!(before.0.get(&site.url).send().await.is_err(), "the former one is not shown any more");
    site.stop().await;
}

#[tokio::test]
async fn whoever_speaks_no_tls_gets_nothing() {
    let site = Site::new().await;
    let address = site.url.strip_prefix("https://").unwrap();
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
    let mut text = Vec::new();
    let read = timeout(Duration::from_secs(8), stream.read_to_end(&mut text)).await;
    assert!(read.is_ok(), "the connection ends");
    assert!(!String::from_utf8_lossy(&text).contains("hello"));
    // One that says nothing costs its place for a while, and others are served.
    let _silent = TcpStream::connect(address).await.unwrap();
    site.client().get(&site.url).send().await.unwrap();
    site.stop().await;
}
