//! Instances whose port the machine's browser service tells ([MC-SQLR]), with a mock server.

use crate::{common::options, mock::run};
use ipxe_orch_backends::sql::{MssqlOptions, MssqlStore};
use ipxe_orch_core::{conformance::Bench, stores::AuditStore as _};
use mssql_mock_tds::MockTdsServer;
use std::{
    error::Error,
    net::SocketAddr,
    ops::RangeInclusive,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};
use tempfile::TempDir;
use tokio::{net::UdpSocket, task::JoinHandle, time::Instant};

/// The service's port is fixed, so each test has an address of its own.
const PORT: u16 = 1434;
const ASK_FOR_INSTANCE: u8 = 4;

/// A machine with one instance.
struct Machine {
    host: &'static str,
    folder: TempDir,
    asked: Arc<AtomicU32>,
    service: JoinHandle<()>,
}

impl Drop for Machine {
    fn drop(&mut self) {
        self.service.abort();
    }
}

impl Machine {
    /// Its service does not answer the questions with these numbers; the first is 0.
    async fn new(host: &'static str, lost: RangeInclusive<u32>) -> Self {
        let server = MockTdsServer::new(&format!("{host}:0")).await.unwrap();
        let port = run(server).await;
        let socket = UdpSocket::bind((host, PORT)).await.unwrap();
        let asked = Arc::new(AtomicU32::new(0));
        let service = tokio::spawn(serve(socket, port, Arc::clone(&asked), lost));
        let folder = TempDir::new_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
        Self { host, folder, asked, service }
    }

    fn options(&self, instance: &str) -> MssqlOptions {
        let host = self.host;
        let url = format!("mssql://boot:secret@{host}/hosts?encrypt=disabled&instance={instance}");
        options(&url, self.folder.path())
    }
}

async fn serve(socket: UdpSocket, port: u16, asked: Arc<AtomicU32>, lost: RangeInclusive<u32>) {
    let mut question = [0; 64];
    while let Ok((length, from)) = socket.recv_from(&mut question).await {
        if lost.contains(&asked.fetch_add(1, Ordering::Relaxed)) {
            continue;
        }
        if question.get(..length) == Some(&[&[ASK_FOR_INSTANCE], "FLEET".as_bytes()].concat()) {
            answer(&socket, port, from).await;
        }
    }
}

async fn answer(socket: &UdpSocket, port: u16, to: SocketAddr) {
    let text = format!(
        "ServerName;DB;InstanceName;FLEET;IsClustered;No;Version;16.0.1000.6;tcp;{port};np;\\\\DB\\p;;"
    );
    let mut answer = vec![5];
    answer.extend(u16::try_from(text.len()).unwrap().to_le_bytes());
    answer.extend(text.as_bytes());
    socket.send_to(&answer, to).await.unwrap();
}

/// No question is lost.
const NONE: RangeInclusive<u32> = u32::MAX..=u32::MAX;

#[tokio::test]
async fn the_port_of_an_instance_is_asked_for() {
    let machine = Machine::new("127.14.34.1", NONE).await;
    let store = Arc::new(MssqlStore::open(machine.options("FLEET")).await.unwrap());
    let bench = Bench::new(store.clone());
    store.append_audit(&bench.recorder(), &[bench.entry("mock")]).await.unwrap();
    assert!(machine.asked.load(Ordering::Relaxed) >= 2, "for each connection");
}

#[tokio::test]
async fn an_instance_that_nobody_knows_is_told_with_the_remedy() {
    let machine = Machine::new("127.14.34.2", NONE).await;
    let start = Instant::now();
    let error = MssqlStore::open(machine.options("OTHER")).await.unwrap_err();
    assert!(start.elapsed() < Duration::from_secs(5));
    let why = error.source().unwrap().to_string();
    for part in ["127.14.34.2", "OTHER", "UDP port 1434", "write the port of the instance"] {
        assert!(why.contains(part), "{why}");
    }
}

/// A datagram may get lost.
#[tokio::test]
async fn a_question_that_got_lost_is_asked_again() {
    let machine = Machine::new("127.14.34.3", 1..=1).await;
    let store = Arc::new(MssqlStore::open(machine.options("FLEET")).await.unwrap());
    let bench = Bench::new(store.clone());
    store.append_audit(&bench.recorder(), &[bench.entry("mock")]).await.unwrap();
    assert!(machine.asked.load(Ordering::Relaxed) >= 3);
}

#[tokio::test]
async fn a_service_that_has_gone_is_told_to_who_waits() {
    let machine = Machine::new("127.14.34.4", 1..=u32::MAX).await;
    let error = MssqlStore::open(machine.options("FLEET")).await.unwrap_err();
    let why = error.source().unwrap().to_string();
    assert!(why.contains("browser service of 127.14.34.4"), "{why}");
    assert!(machine.asked.load(Ordering::Relaxed) >= 3, "it is asked again");
}
