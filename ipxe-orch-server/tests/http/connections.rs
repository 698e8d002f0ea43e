//! Connections: how long they may take, and how many there may be.

use crate::{
    serving::{Running, start, start_limited},
    site::Site,
};
use ipxe_orch_server::serve::Limits;
use std::{net::SocketAddr, time::Duration};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpSocket, TcpStream},
    time::{Instant, sleep, timeout},
};

/// A connection from this address of the loopback network.
async fn connect(server: &Running, from: &str) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind(SocketAddr::new(from.parse().unwrap(), 0)).unwrap();
    socket.connect(server.address).await.unwrap()
}

/// The answer to a request, on a connection that is kept.
async fn ask(stream: &mut TcpStream, path: &str) -> String {
    let head = format!("GET {path} HTTP/1.1\r\nHost: x\r\n\r\n");
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut buffer = vec![0; 16 * 1024];
    let length = stream.read(&mut buffer).await.unwrap();
    String::from_utf8(buffer[..length].to_vec()).unwrap()
}

/// How long it takes until the server closes the connection.
async fn closed_after(stream: &mut TcpStream) -> Duration {
    let began = Instant::now();
    let mut rest = Vec::new();
    // It may be reset as well.
    timeout(Duration::from_mins(5), stream.read_to_end(&mut rest)).await.unwrap().ok();
    began.elapsed()
}

async fn is_open(stream: &mut TcpStream) -> bool {
    let mut byte = [0];
    timeout(Duration::from_millis(50), stream.read(&mut byte)).await.is_err()
}

fn about(seconds: u64, found: Duration) {
    let expected = Duration::from_secs(seconds);
    assert!(found >= expected && found < expected + Duration::from_millis(1100), "{found:?}");
}

#[tokio::test(start_paused = true)]
async fn an_idle_connection_is_closed_and_that_of_a_machine_later() {
    let site = Site::marked().await;
    let server = start(&site).await;
    about(10, closed_after(&mut connect(&server, "127.0.0.1").await).await);
    let mut stranger = connect(&server, "127.0.0.1").await;
    sleep(Duration::from_secs(9)).await;
    assert!(ask(&mut stranger, "/boot/v1/canary").await.starts_with("HTTP/1.1 404 "));
    about(10, closed_after(&mut stranger).await);
    let mut wrong = connect(&server, "127.0.0.1").await;
    let boot = site.boot_path().await;
    assert!(ask(&mut wrong, &boot.replace("&g=0", "&g=1")).await.starts_with("HTTP/1.1 200 "));
    about(10, closed_after(&mut wrong).await);
    let mut machine = connect(&server, "127.0.0.1").await;
    assert!(ask(&mut machine, &boot).await.starts_with("HTTP/1.1 200 "));
    about(60, closed_after(&mut machine).await);
}

/// A3: a byte now and then does not keep a connection.
#[tokio::test(start_paused = true)]
async fn a_head_has_five_seconds_from_its_first_byte() {
    let site = Site::marked().await;
    let server = start(&site).await;
    let boot = site.boot_path().await;
    for proved in [false, true] {
        let mut stream = connect(&server, "127.0.0.1").await;
        if proved {
            ask(&mut stream, &boot).await;
        }
        sleep(Duration::from_secs(8)).await;
        let began = Instant::now();
        stream.write_all(b"GET / HTTP/1.1\r\n").await.unwrap();
        while stream.write_all(b"x: y\r\n").await.is_ok() {
            sleep(Duration::from_secs(1)).await;
            assert!(began.elapsed() < Duration::from_secs(8));
        }
        assert!(began.elapsed() >= Duration::from_secs(5), "{:?}", began.elapsed());
    }
}

/// A3: no more than that is kept in memory.
#[tokio::test]
async fn a_head_has_sixteen_kilobytes() {
    let site = Site::marked().await;
    let server = start(&site).await;
    let mut right = connect(&server, "127.0.0.1").await;
    let padding = "y".repeat(12_000);
    let text = ask(&mut right, &format!("/healthz HTTP/1.1\r\nx: {padding}\r\nA: b")).await;
    assert!(text.starts_with("HTTP/1.1 200 "), "{text}");
    let mut large = connect(&server, "127.0.0.1").await;
    large.write_all(b"GET /healthz HTTP/1.1\r\nx: ").await.unwrap();
    let mut sent = 0;
    while sent < 10_000_000 && large.write_all(&[b'y'; 1000]).await.is_ok() {
        sent += 1000;
        tokio::task::yield_now().await;
    }
    let mut told = String::new();
    large.read_to_string(&mut told).await.ok();
    assert!(sent < 10_000_000 && (told.is_empty() || told.starts_with("HTTP/1.1 431 ")), "{told}");
}

async fn limited(site: &Site, connections: u32, per_address: u32) -> Running {
    start_limited(site.router.clone(), Limits::new(connections, per_address)).await
}

/// A2: strangers who hold all places make room, machines do not.
#[tokio::test]
async fn an_idle_stranger_makes_room_and_a_machine_stays() {
    let site = Site::marked().await;
    let server = limited(&site, 20, 20).await;
    let boot = site.boot_path().await;
    let mut machine = connect(&server, "127.0.0.2").await;
    assert!(ask(&mut machine, &boot).await.starts_with("HTTP/1.1 200 "));
    let mut idle = Vec::new();
    for _ in 0..60 {
        idle.push(connect(&server, "127.0.0.3").await);
    }
    let mut other = connect(&server, "127.0.0.4").await;
    assert!(ask(&mut other, "/boot/v1/canary").await.starts_with("HTTP/1.1 404 "));
    assert!(ask(&mut other, &boot).await.starts_with("HTTP/1.1 200 "));
    assert!(ask(&mut machine, &boot).await.starts_with("HTTP/1.1 200 "));
    let mut open = Vec::new();
    for stream in &mut idle {
        open.push(is_open(stream).await);
    }
    assert_eq!(open.iter().filter(|open| **open).count(), 18, "{open:?}");
    assert!(open.ends_with(&[true; 18]), "the oldest are closed: {open:?}");
}

#[tokio::test]
async fn unfinished_heads_make_room_too() {
    let site = Site::marked().await;
    let server = limited(&site, 20, 20).await;
    let mut unfinished = Vec::new();
    for _ in 0..20 {
        let mut stream = connect(&server, "127.0.0.3").await;
        stream.write_all(b"GET / HTTP/1.1\r\n").await.unwrap();
        unfinished.push(stream);
    }
    sleep(Duration::from_millis(100)).await;
    let mut machine = connect(&server, "127.0.0.4").await;
    assert!(ask(&mut machine, &site.boot_path().await).await.starts_with("HTTP/1.1 200 "));
    assert!(!is_open(&mut unfinished[0]).await);
    assert!(is_open(&mut unfinished[19]).await);
}

#[tokio::test]
async fn one_address_does_not_take_all_places() {
    let site = Site::marked().await;
    let server = limited(&site, 20, 5).await;
    let mut first = connect(&server, "127.0.0.3").await;
    assert!(is_open(&mut first).await);
    let mut more = Vec::new();
    for _ in 0..5 {
        more.push(connect(&server, "127.0.0.3").await);
    }
    assert!(!is_open(&mut first).await, "the oldest of its own");
    let mut other = connect(&server, "127.0.0.4").await;
    assert!(ask(&mut other, "/healthz").await.starts_with("HTTP/1.1 200 "));
    assert!(is_open(&mut more[0]).await);
}

/// Whoever has one ticket or secret keeps 32 connections, and the rest are a stranger's.
#[tokio::test]
async fn one_machine_does_not_take_all_places() {
    let site = Site::marked().await;
    let server = limited(&site, 40, 40).await;
    let boot = site.boot_path().await;
    let mut same = Vec::new();
    for _ in 0..40 {
        let mut stream = connect(&server, "127.0.0.3").await;
        assert!(ask(&mut stream, &boot).await.starts_with("HTTP/1.1 200 "));
        same.push(stream);
    }
    for _ in 0..8 {
        let mut other = connect(&server, "127.0.0.4").await;
        assert!(ask(&mut other, "/healthz").await.starts_with("HTTP/1.1 200 "));
        same.push(other);
    }
    assert!(is_open(&mut same[31]).await);
    assert!(!is_open(&mut same[32]).await);
}

#[tokio::test]
async fn a_proxy_has_no_limit_of_its_own() {
    let site = Site::marked().await;
    let mut limits = Limits::new(20, 2);
    limits.proxies.push("127.0.0.3/32".parse().unwrap());
    let server = start_limited(site.router.clone(), limits).await;
    let mut all = Vec::new();
    for _ in 0..10 {
        all.push(connect(&server, "127.0.0.3").await);
    }
    for stream in &mut all {
        assert!(ask(stream, "/healthz").await.starts_with("HTTP/1.1 200 "));
    }
}
