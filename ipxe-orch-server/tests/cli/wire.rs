//! What stands between two servers: it sees, changes, cuts and stalls what goes by.

use crate::operator::Operator;
use ipxe_orch_backends::local::{SystemClock, read_key_file};
use ipxe_orch_core::{
    digest::Digest,
    media::{PeerRequest, Peers},
    time::Clock as _,
};
use rustls::{
    ServerConfig, ServerConnection, StreamOwned,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _},
};
use std::{
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    process::Command,
    sync::{Arc, Mutex},
    thread,
    time::Duration,
};

/// A request as it came by.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) target: String,
    /// The head, in the case in which it came.
    pub(crate) head: String,
}

impl Asked {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let named = |line: &&str| line.to_lowercase().starts_with(&format!("{name}:"));
        self.head.lines().find(named)?.split_once(": ").map(|(_, value)| value)
    }
}

/// A proxy; one request for each connection.
pub(crate) struct Wire {
    pub(crate) url: String,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl Wire {
    /// In front of `upstream` (`host:port/base/`). `change` gets each answer as it came, head first.
    pub(crate) fn new(
        upstream: &str,
        change: impl Fn(&Asked, Vec<u8>) -> Vec<u8> + Send + Sync + 'static,
    ) -> Self {
        let address = upstream.split('/').next().unwrap().to_owned();
        Self::answering(move |asked| change(asked, forward(&address, asked)))
    }

    /// That answers by itself.
    pub(crate) fn answering(answer: impl Fn(&Asked) -> Vec<u8> + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (seen, answer) = (asked.clone(), Arc::new(answer));
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (seen, answer) = (seen.clone(), answer.clone());
                thread::spawn(move || one(stream, &seen, answer.as_ref()));
            }
        });
        Self { url, asked }
    }

    /// The requests whose target has this in it.
    pub(crate) fn asked(&self, part: &str) -> Vec<Asked> {
        let asked = self.asked.lock().unwrap();
        asked.iter().filter(|asked| asked.target.contains(part)).cloned().collect()
    }
}

fn forward(address: &str, asked: &Asked) -> Vec<u8> {
    let mut stream = TcpStream::connect(address).unwrap();
    write!(stream, "{}\r\nConnection: close\r\n\r\n", asked.head.trim_end()).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    answer
}

/// A proxy with TLS, in front of `upstream`; its URL. The certificate of its CA is `ca.pem` of the
/// operator.
pub(crate) fn tls(operator: &Operator, upstream: &str) -> String {
    let output = Command::new("openssl")
        .args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"])
        .args(["-keyout", "key.pem", "-out", "ca.pem", "-days", "2", "-subj", "/CN=a test"])
        .args(["-addext", "subjectAltName=IP:127.0.0.1"])
        .args(["-addext", "basicConstraints=critical,CA:FALSE"])
        .current_dir(operator.path(""))
        .output()
        .unwrap_or_else(|error| panic!("openssl: {error}: apt install openssl"));
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let chain = vec![CertificateDer::from_pem_file(operator.path("ca.pem")).unwrap()];
    let key = PrivateKeyDer::from_pem_file(operator.path("key.pem")).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ServerConfig::builder_with_provider(provider);
    let config = config.with_safe_default_protocol_versions().unwrap().with_no_client_auth();
    let config = Arc::new(config.with_single_cert(chain, key).unwrap());
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://{}", listener.local_addr().unwrap());
    let address = upstream.split('/').next().unwrap().to_owned();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let connection = ServerConnection::new(config.clone()).unwrap();
            let mut stream = StreamOwned::new(connection, stream);
            let Some(asked) = head(&mut stream) else { continue };
            stream.write_all(&forward(&address, &asked)).ok();
            stream.conn.send_close_notify();
            stream.flush().ok();
        }
    });
    url
}

fn one(mut stream: TcpStream, seen: &Mutex<Vec<Asked>>, answer: &dyn Fn(&Asked) -> Vec<u8>) {
    let Some(asked) = head(&mut stream) else { return };
    seen.lock().unwrap().push(asked.clone());
    let mut answer = answer(&asked);
    let stalls = answer.ends_with(STALL);
    if stalls {
        answer.truncate(answer.len() - STALL.len());
    }
    stream.write_all(&answer).ok();
    if stalls {
        thread::sleep(Duration::from_mins(5));
    }
}

/// At the end of an answer: no more comes, and the connection stays open.
pub(crate) const STALL: &[u8] = b"(the line is dead)";

pub(crate) fn head(stream: &mut impl Read) -> Option<Asked> {
    let (mut head, mut byte) = (Vec::new(), [0]);
    while !head.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte).ok()?;
        head.push(byte[0]);
    }
    let head = String::from_utf8(head).unwrap();
    let target = head.split(' ').nth(1).unwrap().to_owned();
    Some(Asked { target, head })
}

/// Head and body of an answer.
pub(crate) fn split(answer: &[u8]) -> (String, Vec<u8>) {
    let end = answer.windows(4).position(|window| window == b"\r\n\r\n").unwrap() + 4;
    (String::from_utf8(answer[..end].to_vec()).unwrap(), answer[end..].to_vec())
}

pub(crate) fn answer(status: &str, more: &str, body: &[u8]) -> Vec<u8> {
    let head = format!("HTTP/1.1 {status}\r\nConnection: close\r\n{more}");
    let length = format!("Content-Length: {}\r\n\r\n", body.len());
    [head.as_bytes(), length.as_bytes(), body].concat()
}

/// A server with the keys of `operator`, whose list is `list`, and which has these contents.
pub(crate) fn server_with(operator: &Operator, list: String, contents: Vec<Vec<u8>>) -> Wire {
    let ring = read_key_file(&operator.path("data/keys.toml")).unwrap();
    Wire::answering(move |asked| {
        if let Some(digest) = asked.target.strip_prefix("/media/v1/blobs/") {
            let found = contents.iter().find(|body| Digest::of(body).to_string() == digest);
            return found.map_or_else(
                || answer("404 Not Found", "", b""),
                |body| answer("200 OK", "", body),
            );
        }
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let request = PeerRequest { method: "GET", target: &asked.target };
        let shown = asked.header("authorization").unwrap();
        let peers = Peers::new(&ring);
        let opened = runtime.block_on(peers.open(shown, request, SystemClock.now()));
        let seal = opened.unwrap().unwrap().seal(200, &Digest::of(&list));
        answer("200 OK", &format!("Ipxe-Orch-Answer: {seal}\r\n"), list.as_bytes())
    })
}
