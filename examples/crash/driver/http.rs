//! HTTP/1.1 (RFC 9112) as a booting machine speaks it: GET, one connection per server, kept.

use super::Result;
use std::{net::SocketAddr, time::Duration};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader},
    net::TcpStream,
    time::{sleep, timeout},
};

/// A server decides within 10 s.
const PATIENCE: Duration = Duration::from_secs(15);
/// Longest body.
const MAX_BODY: usize = 1024 * 1024;
/// The same for all servers, so that all answer files refer to the same place.
const HOST: &str = "orch.test";

/// What a machine knows of its request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Reply {
    /// Status and body.
    Answer(u16, String),
    /// Nobody listened: nothing was asked.
    NotSent,
    /// It was sent, and may or may not have been carried out.
    Unknown,
}

/// A machine's connections, one to each server.
#[derive(Debug)]
pub(crate) struct Client {
    servers: Vec<(SocketAddr, Option<BufReader<TcpStream>>)>,
}

impl Client {
    pub(crate) fn new(servers: &[SocketAddr]) -> Self {
        Self { servers: servers.iter().map(|address| (*address, None)).collect() }
    }

    /// Asks server number `server`, counted around.
    pub(crate) async fn get(&mut self, server: usize, target: &str) -> Reply {
        let Ok(mut stream) = self.connect(server).await else { return Reply::NotSent };
        match timeout(PATIENCE, exchange(&mut stream, target)).await {
            Ok(Ok((status, body))) => {
                self.keep(server, stream);
                Reply::Answer(status, body)
            }
            _ => Reply::Unknown,
        }
    }

    /// Asks, and hangs up after `patience` without having read an answer.
    pub(crate) async fn get_and_lose(
        &mut self,
        server: usize,
        target: &str,
        patience: Duration,
    ) -> Reply {
        let Ok(mut stream) = self.connect(server).await else { return Reply::NotSent };
        if send(&mut stream, target).await.is_ok() {
            sleep(patience).await;
        }
        Reply::Unknown
    }

    fn slot(&mut self, server: usize) -> Option<&mut (SocketAddr, Option<BufReader<TcpStream>>)> {
        let index = server.checked_rem(self.servers.len())?;
        self.servers.get_mut(index)
    }

    async fn connect(&mut self, server: usize) -> Result<BufReader<TcpStream>> {
        let (address, kept) = self.slot(server).ok_or("no server")?;
        if let Some(stream) = kept.take() {
            return Ok(stream);
        }
        let stream = timeout(PATIENCE, TcpStream::connect(*address)).await??;
        stream.set_nodelay(true)?;
        Ok(BufReader::new(stream))
    }

    fn keep(&mut self, server: usize, stream: BufReader<TcpStream>) {
        if let Some((_, kept)) = self.slot(server) {
            *kept = Some(stream);
        }
    }
}

async fn send(stream: &mut BufReader<TcpStream>, target: &str) -> Result<()> {
    let request = format!("GET {target} HTTP/1.1\r\nHost: {HOST}\r\n\r\n");
    Ok(stream.write_all(request.as_bytes()).await?)
}

async fn exchange(stream: &mut BufReader<TcpStream>, target: &str) -> Result<(u16, String)> {
    send(stream, target).await?;
    let status = line(stream).await?;
    let status = status.split(' ').nth(1).unwrap_or_default().parse()?;
    let mut length = 0;
    loop {
        let header = line(stream).await?;
        let Some((name, value)) = header.split_once(':') else { break };
        if name.eq_ignore_ascii_case("content-length") {
            length = value.trim().parse()?;
        }
    }
    if length > MAX_BODY {
        return Err("the body is too long".into());
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await?;
    Ok((status, String::from_utf8(body)?))
}

async fn line(stream: &mut BufReader<TcpStream>) -> Result<String> {
    let mut line = String::new();
    // Without its end it is cut off.
    match stream.read_line(&mut line).await? {
        0 => Err("the connection ended".into()),
        _ => Ok(line.strip_suffix("\r\n").ok_or("half a line")?.to_owned()),
    }
}
