//! A server that hands out one case at a time and answers as the world of the case says.

use crate::{corpus::Case, media, support::Result};
use ipxe_orch_core::script::Answer;
use std::{
    collections::BTreeMap,
    io::{BufRead, BufReader, Write},
    net::{TcpListener, TcpStream},
    sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc},
    thread,
    time::Duration,
};

/// The page that a captive portal sends.
const PAGE: &str = "<!DOCTYPE html><html><body>Please log in.</body></html>\n";

/// A time longer than any test.
const NEVER: Duration = Duration::from_hours(1);

/// The server of one machine.
#[derive(Clone)]
pub(crate) struct Site {
    port: u16,
    kernel: Arc<Vec<u8>>,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    /// The request for the next script, which is kept waiting.
    waiting: Option<mpsc::Sender<String>>,
    script: String,
    answers: BTreeMap<String, Answer>,
    disk: Arc<Vec<u8>>,
    requests: Vec<String>,
    /// The `errno` with which the script ended.
    status: Option<u32>,
}

impl Site {
    pub(crate) fn start() -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let port = listener.local_addr()?.port();
        let site = Self { port, kernel: Arc::new(media::kernel()?), state: Arc::default() };
        let server = site.clone();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let site = server.clone();
                // A client that closes its connection is not an error.
                thread::spawn(move || site.serve(&stream).ok());
            }
        });
        Ok(site)
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    fn url(&self) -> String {
        crate::support::server::Site::url(self.port)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether a machine waits for a script.
    pub(crate) fn is_waiting(&self) -> bool {
        self.state().waiting.is_some()
    }

    /// Forgets the machine that waited, because it was turned off.
    pub(crate) fn forget(&self) {
        self.state().waiting = None;
    }

    /// The `errno` with which the last script returned, if it returned.
    pub(crate) fn status(&self) -> Option<u32> {
        self.state().status
    }

    /// The addresses that the last script requested.
    pub(crate) fn requests(&self) -> Vec<String> {
        self.state().requests.clone()
    }

    /// Gives a case to the machine that waits.
    pub(crate) fn hand(&self, case: &Case, control: usize) -> Result<()> {
        let disk = case.world.answers.iter().find(|(_, answer)| **answer == Answer::Disk);
        let disk = disk.map(|(address, _)| media::network_disk(case.world.firmware, address));
        let mut state = self.state();
        let waiting = state.waiting.take().ok_or("no machine waits")?;
        *state = State::default();
        state.disk = Arc::new(disk.transpose()?.unwrap_or_default());
        state.script.clone_from(&case.text);
        state.answers.clone_from(&case.world.answers);
        waiting.send(self.around(case, control))?;
        Ok(())
    }

    /// The script around a case. It removes all traces of the case before and reports the end.
    fn around(&self, case: &Case, control: usize) -> String {
        let (online, offline) = (media::online(control), media::offline(control));
        let (url, settings) = (self.url(), case.settings());
        let clear: Vec<_> = settings.iter().map(|name| format!("clear {name} ||\n")).collect();
        let clear = clear.concat();
        format!(
            "#!ipxe\nimgfree ||\nimgfetch --name corpus {url}/script || exit 1\n{offline}{clear}\
             imgexec --autofree corpus && set corpus-status 0 || set corpus-status ${{errno}}\n\
             sanunhook ||\nimgfree ||\n{online}imgfetch {url}/status/${{corpus-status}} ||\nimgfree ||\nexit 0\n"
        )
    }

    /// Answers the requests of one connection.
    fn serve(&self, stream: &TcpStream) -> Result<()> {
        let mut lines = BufReader::new(stream).lines();
        while let Some(request) = lines.next().transpose()? {
            let mut range = None;
            while let Some(line) = lines.next().transpose()?.filter(|line| !line.is_empty()) {
                range = line.strip_prefix("Range: bytes=").map(str::to_owned).or(range);
            }
            let mut words = request.split(' ');
            let (method, target) = (words.next().unwrap_or(""), words.next().unwrap_or(""));
            let mut reply = Reply { stream, head: method == "HEAD", range };
            match target.strip_prefix("/status/") {
                Some(status) => {
                    self.state().status = Some(parsed(status));
                    reply.send("200 OK", b"")?;
                }
                None if target == "/next" => reply.send("200 OK", self.next()?.as_bytes())?,
                None if target == "/script" => {
                    let script = self.state().script.clone();
                    reply.send("200 OK", script.as_bytes())?;
                }
                None => self.answer(&mut reply, target)?,
            }
        }
        Ok(())
    }

    /// Waits for the next script.
    fn next(&self) -> Result<String> {
        let (sender, receiver) = mpsc::channel();
        self.state().waiting = Some(sender);
        Ok(receiver.recv()?)
    }

    /// Answers as the world says.
    fn answer(&self, reply: &mut Reply<'_>, target: &str) -> Result<()> {
        let address = format!("{}{target}", self.url());
        let answer = self.take(&address, reply.head);
        match answer {
            Answer::Script(text) => reply.send("200 OK", text.as_bytes()),
            Answer::Kernel => reply.send("200 OK", &self.kernel),
            Answer::Disk => {
                let disk = Arc::clone(&self.state().disk);
                reply.send("200 OK", &disk)
            }
            Answer::Data => reply.send("200 OK", PAGE.as_bytes()),
            Answer::ServerError => reply.send("500 Internal Server Error", b""),
            Answer::Busy => reply.send("503 Service Unavailable\r\nRetry-After: 1", b""),
            Answer::Redirects => reply.send(&format!("302 Found\r\nLocation: {target}"), b""),
            Answer::Stalls => {
                thread::sleep(NEVER);
                Ok(())
            }
            Answer::NotFound => reply.send("404 Not Found", b""),
            other => Err(format!("no server answers {other:?}").into()),
        }
    }

    /// Records a request and takes its answer from the world. A request that iPXE repeats by itself
    /// counts once.
    fn take(&self, address: &str, head: bool) -> Answer {
        let mut state = self.state();
        let answer = state.answers.get(address).cloned().unwrap_or(Answer::NotFound);
        let repeats = head || matches!(answer, Answer::Busy | Answer::Redirects | Answer::Disk);
        if !repeats || state.requests.last().is_none_or(|last| last != address) {
            state.requests.push(address.to_owned());
        }
        match answer {
            Answer::Once(answer) => {
                state.answers.remove(address);
                *answer
            }
            answer => answer,
        }
    }
}

/// `${errno}` in the form in which iPXE shows it.
fn parsed(status: &str) -> u32 {
    let parsed = match status.strip_prefix("0x") {
        Some(hex) => u32::from_str_radix(hex, 16),
        None => status.parse(),
    };
    parsed.unwrap_or(u32::MAX)
}

/// Where an answer goes, and how much of it.
struct Reply<'a> {
    stream: &'a TcpStream,
    head: bool,
    range: Option<String>,
}

impl Reply<'_> {
    /// Sends an answer. `status` may contain headers as well.
    fn send(&mut self, status: &str, body: &[u8]) -> Result<()> {
        let (status, body) = match self.range.take() {
            Some(range) => {
                let (first, last) = range.split_once('-').ok_or("half a range")?;
                let part = body.get(first.parse()?..=last.parse()?);
                ("206 Partial Content", part.ok_or("a range behind the end")?)
            }
            None => (status, body),
        };
        let head = format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\n\r\n", body.len());
        let body = if self.head { &[] } else { body };
        Ok(self.stream.write_all(&[head.as_bytes(), body].concat())?)
    }
}
