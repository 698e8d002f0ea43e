//! Over a real connection.

use crate::site::{KERNEL, Site};
use axum::{Router, body::Body, routing::get};
use ipxe_orch_server::serve::{Limits, bind, serve_with};
use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, DuplexStream},
    net::{TcpSocket, TcpStream},
    sync::oneshot,
    task::{JoinHandle, yield_now},
    time::{advance, sleep, timeout},
};
use tokio_util::io::ReaderStream;

pub(crate) struct Running {
    pub(crate) address: SocketAddr,
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

pub(crate) async fn start(site: &Site) -> Running {
    start_router(site.router.clone()).await
}

pub(crate) async fn start_router(router: Router) -> Running {
    start_limited(router, Limits::default()).await
}

pub(crate) async fn start_limited(router: Router, limits: Limits) -> Running {
    let listener = bind("127.0.0.1:0".parse().unwrap()).await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel::<()>();
    let shutdown = async { stopped.await.unwrap_or_default() };
    let task = tokio::spawn(serve_with(listener, router, limits, shutdown));
    Running { address, stop, task }
}

pub(crate) async fn ask(address: SocketAddr, request: &str) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let head = format!("{request}\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).await.unwrap();
    text
}

#[tokio::test]
async fn answers_have_a_length_and_are_never_chunked() {
    let (site, ticket) = Site::offered().await;
    let server = start(&site).await;
    let media = format!("/boot/v1/t/{ticket}/media/kernel");
    let boot = site.boot_path().await;
    for (method, path, status, length) in [
        ("GET", boot.as_str(), "200 OK", None),
        ("GET", "/boot/v1/canary", "404 Not Found", Some(10)),
        ("GET", &media, "200 OK", Some(16)),
        ("HEAD", &media, "200 OK", Some(16)),
        ("HEAD", "/boot/v1/canary", "404 Not Found", Some(10)),
        ("GET", "/boot/v1/script", "400 Bad Request", None),
    ] {
        let text = ask(server.address, &format!("{method} {path} HTTP/1.1")).await.to_lowercase();
        let status = format!("http/1.1 {}\r\n", status.to_lowercase());
        assert!(text.starts_with(&status), "{method} {path}: {text}");
        assert!(!text.contains("transfer-encoding"), "{text}");
        let length =
            length.map_or("content-length: ".to_owned(), |n| format!("content-length: {n}\r\n"));
        assert!(text.contains(&length), "{text}");
        let (_, body) = text.split_once("\r\n\r\n").unwrap();
        assert_eq!(body.is_empty(), method == "HEAD", "{text}");
    }
    let text = ask(server.address, &format!("GET {media} HTTP/1.1\r\nRange: bytes=4-7")).await;
    assert!(text.ends_with(&KERNEL[4..8]), "{text}");
    let origins = site.bench.events.take();
    assert!(origins.iter().any(|event| event.origin.0 == "127.0.0.1"), "{origins:?}");
    server.stop.send(()).unwrap();
    timeout(Duration::from_secs(2), server.task).await.unwrap().unwrap();
}

/// The receive buffer of a machine, half of what it reads in a minute. From a larger one it would
/// read for some minutes while the server can send nothing.
const BUFFER: u32 = 64 * 1024;

/// A download of a large file whose machine takes only its first bytes.
async fn stalled(address: SocketAddr, site: &Site, ticket: &str) -> TcpStream {
    let file = std::fs::File::options().write(true).open(site.kernel()).unwrap();
    file.set_len(1 << 30).unwrap();
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(BUFFER).unwrap();
    let mut stream = socket.connect(address).await.unwrap();
    let head = format!("GET /boot/v1/t/{ticket}/media/kernel HTTP/1.1\r\nHost: x\r\n\r\n");
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.read_exact(&mut [0; 1000]).await.unwrap();
    stream
}

async fn assert_cut_off(mut stream: TcpStream) {
    let mut rest = Vec::new();
    let ended = stream.read_to_end(&mut rest).await;
    assert!(ended.is_err() || rest.len() < 1 << 29, "it came whole");
}

#[tokio::test(start_paused = true)]
async fn a_download_that_stands_still_is_closed() {
    let (site, ticket) = Site::offered().await;
    let server = start(&site).await;
    let stream = stalled(server.address, &site, &ticket).await;
    sleep(Duration::from_mins(3)).await;
    assert_cut_off(stream).await;
}

/// 4 kB/s: at this rate a kernel of 15 MB takes an hour.
#[tokio::test(start_paused = true)]
async fn a_slow_download_that_gets_on_is_not_closed() {
    let (site, ticket) = Site::offered().await;
    let server = start(&site).await;
    let mut stream = stalled(server.address, &site, &ticket).await;
    let mut some = vec![0; 240_000];
    // The clock would go on while the kernel waits for the reader. It does not while this runs.
    let busy = tokio::spawn(async {
        loop {
            std::thread::sleep(Duration::from_millis(1));
            yield_now().await;
        }
    });
    for _ in 0..30 {
        advance(Duration::from_mins(1)).await;
        stream.read_exact(&mut some).await.unwrap();
    }
    busy.abort();
    sleep(Duration::from_mins(3)).await;
    assert_cut_off(stream).await;
}

/// A server of one file, which is what comes out of a pipe; gives the end to write to.
async fn start_piped() -> (Running, DuplexStream) {
    let (pipe, file) = tokio::io::duplex(64 * 1024);
    let body = Body::from_stream(ReaderStream::new(file));
    let taken = Arc::new(Mutex::new(Some(body)));
    let take = move || async move { taken.lock().unwrap().take().unwrap_or_default() };
    (start_router(Router::new().route("/file", get(take))).await, pipe)
}

/// Nobody holds the file any more: the task that sent it has ended.
async fn assert_let_go(mut pipe: DuplexStream) {
    let fill = async { while pipe.write_all(&[0; 4096]).await.is_ok() {} };
    timeout(Duration::from_mins(3), fill).await.expect("the file is held");
}

#[tokio::test(start_paused = true)]
async fn a_machine_that_reads_nothing_holds_no_task() {
    let (server, mut pipe) = start_piped().await;
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    stream.write_all(b"GET /file HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
    pipe.write_all(&[0; 4096]).await.unwrap();
    assert_let_go(pipe).await;
    drop(stream);
}

#[tokio::test(start_paused = true)]
async fn a_disk_that_hangs_in_a_download_ends_it() {
    let (server, mut pipe) = start_piped().await;
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    stream.write_all(b"GET /file HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
    pipe.write_all(b"some").await.unwrap();
    let mut answer = Vec::new();
    let end = timeout(Duration::from_mins(3), stream.read_to_end(&mut answer)).await.unwrap();
    let complete = answer.ends_with(b"0\r\n\r\n");
    assert!(end.is_err() || !complete, "it looks complete");
    assert_let_go(pipe).await;
}

#[tokio::test(start_paused = true)]
async fn a_report_whose_body_never_comes_is_given_up() {
    let (site, ticket) = Site::installing().await;
    let server = start(&site).await;
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    let head = format!("POST /boot/v1/t/{ticket}/report HTTP/1.1\r\nHost: x\r\n");
    stream.write_all(format!("{head}Content-Length: 11\r\n\r\nstat").as_bytes()).await.unwrap();
    let mut answer = String::new();
    let end = timeout(Duration::from_mins(2), stream.read_to_string(&mut answer)).await.unwrap();
    end.unwrap();
    assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
    assert_eq!(site.status().await, "installing", "nothing was reported");
}

#[tokio::test(start_paused = true)]
async fn a_download_that_stands_still_does_not_keep_the_server_from_ending() {
    let (site, ticket) = Site::offered().await;
    let server = start(&site).await;
    let stream = stalled(server.address, &site, &ticket).await;
    server.stop.send(()).unwrap();
    timeout(Duration::from_millis(5500), server.task).await.unwrap().unwrap();
    assert_cut_off(stream).await;
}

#[tokio::test]
async fn a_taken_port_is_named_with_its_remedy() {
    let first = bind("127.0.0.1:0".parse().unwrap()).await.unwrap();
    let address = first.local_addr().unwrap();
    let error = bind(address).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        format!(
            "cannot listen on {address}: another program listens there; \
             stop it, or choose another address or port"
        )
    );
}
