use super::*;
use crate::service::audit::verify_export;
use ipxe_orch_core::{conformance::Bench, ids::Epoch, memory::MemoryStore};
use std::sync::Mutex;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
};

const OWN: [u8; 16] = [1; 16];

/// A receiver of syslog, which keeps the text of each message that is right to the letter.
struct Receiver {
    port: u16,
    texts: Arc<Mutex<Vec<String>>>,
    task: JoinHandle<()>,
}

impl Receiver {
    async fn new() -> Self {
        Self::at(0).await
    }

    async fn at(port: u16) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", port)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let texts = Arc::new(Mutex::new(Vec::new()));
        let kept = texts.clone();
        let task = tokio::spawn(async move {
            loop {
                let (mut stream, _) = listener.accept().await.unwrap();
                let mut bytes = Vec::new();
                if stream.read_to_end(&mut bytes).await.is_ok() {
                    kept.lock().unwrap().extend(frames(&bytes));
                    stream.shutdown().await.ok();
                }
            }
        });
        Self { port, texts, task }
    }

    fn texts(&self) -> Vec<String> {
        self.texts.lock().unwrap().clone()
    }

    fn address(&self) -> String {
        format!("tcp://127.0.0.1:{}", self.port)
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Octet counting (RFC 5425, 4.3).
fn frames(bytes: &[u8]) -> Vec<String> {
    let (mut rest, mut texts) = (bytes, Vec::new());
    while !rest.is_empty() {
        let space = rest.iter().position(|byte| *byte == b' ').unwrap();
        let length = std::str::from_utf8(&rest[..space]).unwrap();
        assert!(!length.starts_with('0'), "{length}");
        let end = space + 1 + length.parse::<usize>().unwrap();
        texts.push(text(std::str::from_utf8(&rest[space + 1..end]).unwrap()));
        rest = &rest[end..];
    }
    texts
}

/// The text of a message (RFC 5424, 6).
fn text(message: &str) -> String {
    let mut parts = message.splitn(7, ' ');
    let mut next = || parts.next().unwrap();
    let version = next().strip_prefix('<').unwrap().split_once('>').unwrap();
    assert!(version.0.parse::<u16>().unwrap() < 192 && version.1 == "1", "{message}");
    assert!(next().parse::<jiff::Timestamp>().is_ok(), "{message}");
    for most in [255, 48, 128, 32] {
        let name = next();
        assert!(name.len() <= most && name.bytes().all(|b| b.is_ascii_graphic()), "{name}");
    }
    let data = next().strip_prefix("[ipxe-orch@32473").unwrap();
    // To the first `]` that is not escaped and in no value.
    let (mut quoted, mut escaped) = (false, false);
    let end = data.char_indices().find(|(_, c)| {
        let ends = *c == ']' && !quoted && !escaped;
        quoted ^= *c == '"' && !escaped;
        escaped = *c == '\\' && !escaped;
        ends
    });
    let (end, _) = end.unwrap();
    data[end + 1..].strip_prefix(' ').unwrap().to_owned()
}

fn sink(name: &str, address: &str) -> SinkOptions {
    let json = format!(r#"{{"name":"{name}","address":"{address}"}}"#);
    serde_json::from_str(&json).unwrap()
}

fn bench() -> Bench {
    let store = MemoryStore::new(Epoch::from_bytes([0; 16]), ChainId::from_bytes(OWN));
    Bench::new(Arc::new(store))
}

fn forward(bench: &Bench, sinks: &[SinkOptions]) -> Forward {
    let sink = |one: &SinkOptions| (one.id(), Arc::new(Sink::new(one.clone()).unwrap()));
    Forward {
        orchestrator: bench.orchestrator.clone(),
        configured: sinks.iter().map(sink).collect(),
        host: "server 1".to_owned(),
        compared: false,
        claimed_at: None,
        deliveries: BTreeMap::new(),
    }
}

async fn append(bench: &Bench, name: &str) {
    bench.store.append_audit(&bench.recorder(), &[bench.entry(name)]).await.unwrap();
}

fn actions(texts: &[String]) -> Vec<String> {
    let action = |text: &String| {
        let line: serde_json::Value = serde_json::from_str(text).unwrap();
        line["entry"]["action"].as_str().unwrap_or("checkpoint").to_owned()
    };
    texts.iter().map(action).collect()
}

#[tokio::test]
async fn what_a_sink_has_got_can_be_verified() {
    let (bench, receiver) = (bench(), Receiver::new().await);
    append(&bench, "one").await;
    let sinks = [sink("siem", &receiver.address())];
    let mut server = forward(&bench, &sinks);
    server.look().await.unwrap();
    append(&bench, "two\u{202e}").await;
    server.look().await.unwrap();
    server.look().await.unwrap();
    let texts = receiver.texts();
    assert_eq!(actions(&texts), ["one", "audit.sinks", "two\u{202e}"]);
    let lines = texts.into_iter().map(Ok);
    let verified = verify_export(lines, bench.keys.as_ref(), None, false).await.unwrap();
    assert_eq!(verified.entries, 3);
    // A server that starts again goes on, and says nothing of sinks.
    let mut again = forward(&bench, &sinks);
    again.look().await.unwrap();
    assert_eq!(receiver.texts().len(), 3);
    let state = bench.orchestrator.forwarded().await.unwrap().remove(0);
    assert_eq!((state.position.sequence, state.error), (3, None));
}

#[tokio::test]
async fn nothing_is_lost_while_a_sink_is_down() {
    let bench = bench();
    let port = Receiver::new().await.port;
    let sinks = [sink("siem", &format!("tcp://127.0.0.1:{port}"))];
    let mut server = forward(&bench, &sinks);
    append(&bench, "one").await;
    server.look().await.unwrap();
    let state = bench.orchestrator.forwarded().await.unwrap().remove(0);
    assert!(state.error.unwrap().contains("cannot be reached"));
    assert_eq!((state.position.sequence, state.failing_since.is_some()), (0, true));
    let receiver = Receiver::at(port).await;
    server.look().await.unwrap();
    assert_eq!(receiver.texts().len(), 0, "it waits before it tries again");
    bench.clock.advance(Duration::from_secs(3));
    server.look().await.unwrap();
    assert_eq!(actions(&receiver.texts()), ["one", "audit.sinks"]);
}

#[tokio::test]
async fn a_receiver_that_breaks_off_gets_everything_again() {
    let bench = bench();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    // Resets the connection before it has read everything.
    let broken = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        stream.read_exact(&mut [0; 1]).await.unwrap();
        socket2::SockRef::from(&stream).set_linger(Some(Duration::ZERO)).unwrap();
    });
    let mut server = forward(&bench, &[sink("siem", &format!("tcp://127.0.0.1:{port}"))]);
    append(&bench, "one").await;
    server.look().await.unwrap();
    broken.await.unwrap();
    let state = bench.orchestrator.forwarded().await.unwrap().remove(0);
    assert!(state.error.unwrap().contains("broke the connection off"));
    let receiver = Receiver::at(port).await;
    bench.clock.advance(Duration::from_secs(3));
    server.look().await.unwrap();
    assert_eq!(actions(&receiver.texts()), ["one", "audit.sinks"]);
}

#[tokio::test]
async fn a_receiver_that_ends_at_once_has_received_nothing() {
    let bench = bench();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let ended = tokio::spawn(async move {
        for _ in 0..5 {
            drop(listener.accept().await.unwrap());
        }
    });
    let mut server = forward(&bench, &[sink("siem", &format!("tcp://127.0.0.1:{port}"))]);
    append(&bench, "one").await;
    for _ in 0..5 {
        server.look().await.unwrap();
        bench.clock.advance(Duration::from_mins(1));
        let state = bench.orchestrator.forwarded().await.unwrap().remove(0);
        assert_eq!(state.position.sequence, 0, "{state:?}");
    }
    ended.abort();
}

#[tokio::test]
async fn the_old_sink_is_told_first_that_it_is_turned_off() {
    let (bench, old, new) = (bench(), Receiver::new().await, Receiver::new().await);
    let mut server = forward(&bench, &[sink("siem", &old.address())]);
    append(&bench, "one").await;
    server.look().await.unwrap();
    append(&bench, "two").await;
    let mut moved = forward(&bench, &[sink("siem", &new.address())]);
    moved.look().await.unwrap();
    let last = old.texts().pop().unwrap();
    let expected = format!("added siem at {}, removed siem at {}", new.address(), old.address());
    assert!(last.contains(&expected), "{last}");
    assert_eq!(actions(&old.texts()), ["one", "audit.sinks", "two", "audit.sinks"]);
    assert_eq!(actions(&new.texts()), ["two", "audit.sinks"], "it goes on where the old one was");
    moved.look().await.unwrap();
    let left = bench.orchestrator.forwarded().await.unwrap();
    assert_eq!(left.len(), 1, "the old one is forgotten: {left:?}");
    // Without any sink, too.
    let mut none = forward(&bench, &[]);
    none.look().await.unwrap();
    assert!(new.texts().pop().unwrap().contains("removed siem at"));
    none.look().await.unwrap();
    assert_eq!(bench.orchestrator.forwarded().await.unwrap(), []);
}

#[tokio::test]
async fn a_chain_that_nobody_forwards_is_taken_over() {
    let (bench, receiver) = (bench(), Receiver::new().await);
    let sinks = [sink("siem", &receiver.address())];
    append(&bench, "one").await;
    let dead = ChainId::from_bytes([9; 16]);
    let options = &sinks[0];
    let what = (options.name.clone(), options.id(), options.definition());
    let start = ChainHead::empty(ChainId::from_bytes(OWN));
    let state = SinkState::new(what, start, dead, bench.orchestrator.now());
    bench.orchestrator.put_forwarded(&state).await.unwrap();
    let mut server = forward(&bench, &sinks);
    server.look().await.unwrap();
    assert_eq!(receiver.texts().len(), 0, "another server forwards it");
    bench.clock.advance(SinkState::STALE * 2);
    server.look().await.unwrap();
    assert_eq!(actions(&receiver.texts()), ["one"]);
    assert_eq!(bench.orchestrator.forwarded().await.unwrap()[0].holder, start.chain);
}

#[tokio::test]
async fn what_a_sink_has_not_got_is_not_removed() {
    let (bench, receiver) = (bench(), Receiver::new().await);
    for name in ["one", "two", "three"] {
        append(&bench, name).await;
    }
    let mut server = forward(&bench, &[sink("siem", &receiver.address())]);
    server.look().await.unwrap();
    append(&bench, "four").await;
    append(&bench, "five").await;
    bench.clock.advance(Duration::from_hours(24 * 40));
    let before = bench.orchestrator.now().minus(Duration::from_hours(24 * 35));
    // A server that runs has said so meanwhile.
    let state = bench.orchestrator.forwarded().await.unwrap().remove(0);
    let alive = state.renewed(state.holder, bench.orchestrator.now());
    bench.orchestrator.put_forwarded(&alive).await.unwrap();
    append(&bench, "six").await;
    let prune = async || {
        let done = bench.orchestrator.prune_audit(&bench.operator, before, None, false).await;
        done.unwrap().remove(0)
    };
    let first = prune().await;
    assert_eq!((first.removed, first.waits_for), (4, Some("siem".to_owned())));
    server.look().await.unwrap();
    let second = prune().await;
    assert_eq!((second.removed, second.waits_for), (2, None));
}

#[cfg(feature = "tls")]
#[tokio::test]
async fn the_receiver_is_checked_and_this_server_shows_its_certificate() {
    use rustls::{RootCertStore, ServerConfig, crypto::aws_lc_rs, server::WebPkiClientVerifier};

    let folder = tempfile::tempdir().unwrap();
    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let other = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let file = |name: &str, text: String| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    };
    let right = file("right.pem", made.cert.pem());
    let wrong = file("wrong.pem", other.cert.pem());
    let key = file("key.pem", made.signing_key.serialize_pem());
    let mut roots = RootCertStore::empty();
    roots.add(made.cert.der().clone()).unwrap();
    let provider = Arc::new(aws_lc_rs::default_provider());
    let clients = WebPkiClientVerifier::builder_with_provider(roots.into(), provider.clone());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_client_cert_verifier(clients.build().unwrap())
        .with_single_cert(
            vec![made.cert.der().clone()],
            rustls::pki_types::PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap(),
        )
        .unwrap();
    let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let got = Arc::new(Mutex::new(Vec::new()));
    let kept = got.clone();
    let receiver = tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let Ok(mut stream) = acceptor.accept(stream).await else { continue };
            let mut bytes = Vec::new();
            if stream.read_to_end(&mut bytes).await.is_ok() {
                kept.lock().unwrap().extend(frames(&bytes));
                stream.shutdown().await.ok();
            }
        }
    });
    let send = async |ca: &std::path::Path, shown: bool| {
        let mut options = sink("siem", &format!("localhost:{port}"));
        options.ca_file = Some(ca.to_owned());
        options.certificate = shown.then(|| right.clone());
        options.key = shown.then(|| key.clone());
        let text = crate::service::with_causes;
        let sent = Sink::new(options)
            .unwrap()
            .send(&["<1>1 2026-01-31T14:05:09Z a b - - [ipxe-orch@32473] x".to_owned()])
            .await;
        sent.map_err(|error| text(&error))
    };
    assert!(send(&wrong, true).await.unwrap_err().contains("certificate"));
    assert!(send(&right, false).await.is_err(), "without a certificate of its own");
    assert_eq!(got.lock().unwrap().len(), 0);
    send(&right, true).await.unwrap();
    assert_eq!(*got.lock().unwrap(), ["x"]);
    receiver.abort();
}
