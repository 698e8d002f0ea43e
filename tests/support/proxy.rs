//! A proxy between machines and the server. It records requests and answers, and it can lose an
//! answer after the server has given it.

use super::{Result, head::Head, poll, secs};
use std::{
    io::{BufReader, Read, Write},
    net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener, TcpStream},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    thread,
};

/// One request and its answer.
#[derive(Debug, Clone)]
pub(crate) struct Exchange {
    /// Path and query.
    pub(crate) target: String,
    pub(crate) status: u16,
    /// The body of the answer, or the beginning of a large one.
    pub(crate) body: Vec<u8>,
    /// Whether the client received it.
    pub(crate) delivered: bool,
}

#[derive(Debug, Default)]
struct State {
    exchanges: Vec<Exchange>,
    /// Answers to targets that contain this text are to be lost, this many times.
    lose: Option<(&'static str, usize)>,
    /// Requests for targets that contain this text never reach the server.
    refuse: Option<&'static str>,
    stopped: bool,
}

/// A running proxy on a port of the loopback address. It ends when it is dropped.
#[derive(Debug)]
pub(crate) struct Proxy {
    address: SocketAddr,
    state: Arc<Mutex<State>>,
}

const REMEMBERED: usize = 64 * 1024;

impl Proxy {
    /// Starts a proxy in front of `upstream` on a free port.
    pub(crate) fn start(upstream: SocketAddr) -> Result<Self> {
        Self::start_at(Ipv4Addr::LOCALHOST.into(), upstream)
    }

    /// The same on another address.
    pub(crate) fn start_at(address: IpAddr, upstream: SocketAddr) -> Result<Self> {
        Self::run(TcpListener::bind((address, 0))?, upstream)
    }

    /// The same on this port of the loopback address. Waits if another test uses the port.
    pub(crate) fn start_on(port: u16, upstream: SocketAddr) -> Result<Self> {
        let bind = || Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, port)).ok());
        let taken = || format!("another program listens on port {port} of this machine");
        let listener = poll(secs(600), bind)?.ok_or_else(taken)?;
        Self::run(listener, upstream)
    }

    fn run(listener: TcpListener, upstream: SocketAddr) -> Result<Self> {
        let address = listener.local_addr()?;
        let state = Arc::new(Mutex::new(State::default()));
        let shared = Arc::clone(&state);
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                if lock(&shared).stopped {
                    break;
                }
                let state = Arc::clone(&shared);
                // A broken connection is not an error here: the client tries again.
                thread::spawn(move || serve(&client, upstream, &state).ok());
            }
        });
        Ok(Self { address, state })
    }

    pub(crate) fn port(&self) -> u16 {
        self.address.port()
    }

    /// Closes the port. From now on connections are refused.
    pub(crate) fn stop(&self) -> Result<()> {
        lock(&self.state).stopped = true;
        // Wakes the thread that waits for a client.
        TcpStream::connect(self.address)?;
        let refused = || Ok(TcpStream::connect(self.address).is_err().then_some(()));
        poll(secs(5), refused)?.ok_or_else(|| "the proxy still listens".into())
    }

    /// Loses the next `count` answers to requests whose path contains `part`.
    pub(crate) fn lose(&self, part: &'static str, count: usize) {
        lock(&self.state).lose = Some((part, count));
    }

    /// Answers requests whose path contains `part` with 404, without asking the server.
    pub(crate) fn refuse(&self, part: &'static str) {
        lock(&self.state).refuse = Some(part);
    }

    /// The exchanges so far for paths with `part`, in the order of their answers.
    pub(crate) fn exchanges(&self, part: &str) -> Vec<Exchange> {
        let state = lock(&self.state);
        state.exchanges.iter().filter(|one| one.target.contains(part)).cloned().collect()
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        // If the proxy was stopped before, it cannot be reached any more.
        self.stop().ok();
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Serves the connection of one client, request by request, until one side ends it.
fn serve(client: &TcpStream, upstream: SocketAddr, state: &Mutex<State>) -> Result<()> {
    let server = TcpStream::connect(upstream)?;
    let (mut from_client, mut to_client) = (BufReader::new(client.try_clone()?), client);
    let (mut from_server, mut to_server) = (BufReader::new(server.try_clone()?), &server);
    while let Some(request) = Head::read(&mut from_client)? {
        let target = request.word(1).to_owned();
        if lock(state).refuse.is_some_and(|part| target.contains(part)) {
            to_client.write_all(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")?;
            let (status, body, delivered) = (404, Vec::new(), true);
            lock(state).exchanges.push(Exchange { target, status, body, delivered });
            continue;
        }
        to_server.write_all(&request.bytes)?;
        copy(&mut from_client, request.length.unwrap_or(0), |part| Ok(to_server.write_all(part)?))?;
        let answer = Head::read(&mut from_server)?.ok_or("the server closed the connection")?;
        let status = answer.word(1).parse()?;
        let bodiless = request.word(0) == "HEAD" || matches!(status, 204 | 304);
        let length = if bodiless { 0 } else { answer.length.ok_or("no Content-Length")? };
        let delivered = !must_lose(state, &target);
        let mut body = Vec::new();
        if delivered {
            to_client.write_all(&answer.bytes)?;
        }
        copy(&mut from_server, length, |part| {
            body.extend_from_slice(part.get(..REMEMBERED.min(part.len())).unwrap_or_default());
            body.truncate(REMEMBERED);
            if delivered { Ok(to_client.write_all(part)?) } else { Ok(()) }
        })?;
        lock(state).exchanges.push(Exchange { target, status, body, delivered });
        if !delivered || request.closes || answer.closes {
            break;
        }
    }
    Ok(client.shutdown(std::net::Shutdown::Both)?)
}

fn must_lose(state: &Mutex<State>, target: &str) -> bool {
    match &mut lock(state).lose {
        Some((part, count)) if *count > 0 && target.contains(*part) => {
            *count -= 1;
            true
        }
        _ => false,
    }
}

/// Passes on `length` bytes in parts.
fn copy(from: &mut impl Read, length: u64, mut to: impl FnMut(&[u8]) -> Result<()>) -> Result<()> {
    let (mut left, mut buffer) = (length, vec![0; 64 * 1024]);
    while left > 0 {
        let want = buffer.len().min(usize::try_from(left).unwrap_or(usize::MAX));
        let got = from.read(buffer.get_mut(..want).unwrap_or_default())?;
        if got == 0 {
            return Err("the body ended early".into());
        }
        to(buffer.get(..got).unwrap_or_default())?;
        left -= u64::try_from(got)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A server that counts its answers: "answer 1", "answer 2", ...
    fn counting_server() -> Result<SocketAddr> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = listener.local_addr()?;
        thread::spawn(move || {
            let mut count = 0;
            for stream in listener.incoming().flatten() {
                let mut reader = BufReader::new(&stream);
                while let Ok(Some(_)) = Head::read(&mut reader) {
                    count += 1;
                    let body = format!("answer {count}");
                    let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", body.len());
                    let _ = (&stream).write_all((head + &body).as_bytes());
                }
            }
        });
        Ok(address)
    }

    fn get(port: u16, target: &str) -> Result<String> {
        let mut stream = TcpStream::connect(("127.0.0.1", port))?;
        write!(stream, "GET {target} HTTP/1.1\r\nHost: test\r\n\r\n")?;
        stream.shutdown(std::net::Shutdown::Write)?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        Ok(answer)
    }

    #[test]
    fn an_answer_is_lost_after_it_was_given() -> Result<()> {
        let proxy = Proxy::start(counting_server()?)?;
        proxy.lose("/script", 1);
        assert!(get(proxy.port(), "/canary")?.ends_with("answer 1"));
        assert_eq!(get(proxy.port(), "/script?a")?, "");
        assert!(get(proxy.port(), "/script?b")?.ends_with("answer 3"));
        let seen = proxy.exchanges("/script");
        let delivered: Vec<_> = seen.iter().map(|one| (one.status, one.delivered)).collect();
        assert_eq!(delivered, [(200, false), (200, true)]);
        assert_eq!(seen[0].body, b"answer 2");
        Ok(())
    }

    #[test]
    fn a_refused_request_does_not_reach_the_server() -> Result<()> {
        let proxy = Proxy::start(counting_server()?)?;
        proxy.refuse("/claim");
        assert!(get(proxy.port(), "/claim")?.starts_with("HTTP/1.1 404 "));
        assert!(get(proxy.port(), "/script")?.ends_with("answer 1"));
        assert_eq!(proxy.exchanges("/claim")[0].status, 404);
        Ok(())
    }
}
