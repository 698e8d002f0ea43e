//! Servers that fail, in each way that a machine can meet.

use super::{Result, secs, server::Site};
use std::{
    io::{BufRead, BufReader, Write},
    net::{TcpListener, TcpStream},
    thread,
    time::Duration,
};

/// The way in which it fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Nothing listens: connections are refused at once.
    Dead,
    /// Nobody has its address, and nothing says so.
    Blackholed,
    /// It accepts connections and never answers.
    Hanging,
    /// It sends the head of its answer at one byte each half second.
    DrippingHead,
    /// The same for the body of its answer, which has this length.
    DrippingBody(usize),
    /// It answers everything with this status and these headers, without a body.
    Status(&'static str),
    /// It redirects everything to itself.
    Redirecting,
    /// A captive portal: it answers everything with 200 and an HTML page.
    Portal,
    /// Its scripts end before their `Content-Length`. iPXE must notice that.
    Truncated,
}

const DRIP: Duration = Duration::from_millis(500);
const PAGE: &str = "<!DOCTYPE html><html><body>Please log in.</body></html>\n";

/// The port tcpmux of RFC 1078. Nothing listens there, and no test gets it.
const DEAD_PORT: u16 = 1;

impl Fault {
    /// Starts the server and returns its URL for a boot image. It runs until the test ends.
    pub(crate) fn start(self) -> Result<String> {
        match self {
            Self::Dead => return Ok(Site::url(DEAD_PORT)),
            Self::Blackholed => return Ok("http://10.0.2.77".to_owned()),
            _ => {}
        }
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let port = listener.local_addr()?.port();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                // A client that closes its connection is not an error.
                thread::spawn(move || self.serve(&stream).ok());
            }
        });
        Ok(Site::url(port))
    }

    /// Answers the requests of one connection.
    fn serve(self, stream: &TcpStream) -> Result<()> {
        let mut lines = BufReader::new(stream).lines();
        while let Some(line) = lines.next() {
            let request = line?;
            while lines.next().transpose()?.is_some_and(|header| !header.is_empty()) {}
            self.answer(stream, request.split(' ').nth(1).unwrap_or_default())?;
        }
        Ok(())
    }

    fn answer(self, mut stream: &TcpStream, target: &str) -> Result<()> {
        match self {
            Self::Dead | Self::Blackholed => {}
            Self::Hanging => thread::sleep(secs(600)),
            Self::DrippingHead => drip(stream, "HTTP/1.1 404 Not Found\r\nServer: drip\r\n\r\n")?,
            Self::DrippingBody(length) => {
                write!(stream, "HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n")?;
                drip(stream, &"#".repeat(length))?;
            }
            Self::Status(status) => {
                write!(stream, "HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n")?;
            }
            Self::Redirecting => {
                let redirect = "HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation:";
                write!(stream, "{redirect} {target}\r\n\r\n")?;
            }
            Self::Portal => {
                let length = PAGE.len();
                let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n");
                write!(stream, "{head}{PAGE}")?;
            }
            Self::Truncated if target.contains("/canary") => {
                write!(stream, "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")?;
            }
            Self::Truncated => {
                let head = "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n";
                write!(stream, "{head}#!ipxe\necho half a script\nset orch-answer install\n")?;
                stream.shutdown(std::net::Shutdown::Both)?;
            }
        }
        Ok(())
    }
}

fn drip(mut stream: &TcpStream, text: &str) -> Result<()> {
    for byte in text.as_bytes() {
        stream.write_all(&[*byte])?;
        thread::sleep(DRIP);
    }
    Ok(())
}
