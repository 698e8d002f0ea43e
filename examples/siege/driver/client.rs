//! HTTP/1.1 from a chosen loopback address, as much of it as is needed here.

use super::Result;
use std::net::{Ipv4Addr, SocketAddr};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader},
    net::{TcpSocket, TcpStream},
};

/// Longest body.
const MAX_BODY: usize = 4 << 20;

/// A connection from `from`.
pub(crate) async fn connect(from: Ipv4Addr, to: SocketAddr) -> Result<TcpStream> {
    let socket = TcpSocket::new_v4()?;
    // The port is chosen when it connects: there are enough for each pair of addresses.
    socket.bind(SocketAddr::from((from, 0)))?;
    let stream = socket.connect(to).await?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

/// A connection that is kept.
pub(crate) struct Client(BufReader<TcpStream>);

impl Client {
    pub(crate) async fn new(from: Ipv4Addr, to: SocketAddr) -> Result<Self> {
        Ok(Self(BufReader::new(connect(from, to).await?)))
    }

    /// Status and body of a GET.
    pub(crate) async fn get(&mut self, target: &str) -> Result<(u16, String)> {
        self.ask(target, "").await
    }

    /// The same with more lines of the head, each with its end.
    pub(crate) async fn ask(&mut self, target: &str, head: &str) -> Result<(u16, String)> {
        let request = format!("GET {target} HTTP/1.1\r\nHost: orch.test\r\n{head}\r\n");
        self.0.write_all(request.as_bytes()).await?;
        let status = self.line().await?.split(' ').nth(1).unwrap_or_default().parse()?;
        let mut length = 0_usize;
        loop {
            let header = self.line().await?;
            let Some((name, value)) = header.split_once(':') else { break };
            if name.eq_ignore_ascii_case("content-length") {
                length = value.trim().parse()?;
            }
        }
        if length > MAX_BODY {
            return Err("the body is too long".into());
        }
        let mut body = vec![0; length];
        self.0.read_exact(&mut body).await?;
        Ok((status, String::from_utf8(body)?))
    }

    async fn line(&mut self) -> Result<String> {
        let mut line = String::new();
        match self.0.read_line(&mut line).await? {
            0 => Err("the connection ended".into()),
            _ => Ok(line.trim_end().to_owned()),
        }
    }
}
