//! A node that is cut off from the cluster, and settings that a cluster must not have.
//!
//! These tests change the third node, which no other test uses.

use crate::common::{Place, is_skipped, run};
use ipxe_orch_backends::sql::{MysqlStore, OpenError};
use ipxe_orch_core::{
    conformance::Bench,
    stores::{HostKey, StoreError},
    time::Clock as _,
};
use sqlx::{MySqlConnection, Row as _};
use std::{
    sync::{
        Arc,
        atomic::{AtomicU16, Ordering},
    },
    time::Duration,
};
use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
    sync::Mutex,
    time::{Instant, sleep},
};

/// One test at a time changes the node.
static THIRD: Mutex<()> = Mutex::const_new(());
const ISOLATE: &str = "SET GLOBAL wsrep_provider_options = 'gmcast.isolate=1'";
const REJOIN: &str = "SET GLOBAL wsrep_provider_options = 'gmcast.isolate=0'";

async fn is_ready(node: &mut MySqlConnection) -> bool {
    let row = sqlx::query("SHOW STATUS LIKE 'wsrep_ready'").fetch_one(node).await.unwrap();
    row.get::<String, _>(1) == "ON"
}

async fn wait_until_ready(node: &mut MySqlConnection, ready: bool) {
    let until = Instant::now() + Duration::from_secs(30);
    while is_ready(node).await != ready {
        assert!(Instant::now() < until, "the node does not become ready: {ready}");
        sleep(Duration::from_millis(50)).await;
    }
}

/// Neither a boot's decision nor a claim comes from what it knew before.
#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_is_cut_off_decides_nothing() {
    if is_skipped() {
        return;
    }
    let _third = THIRD.lock().await;
    let place = Place::new().await;
    let first = Bench::new(Arc::new(place.open(0, 1).await));
    let third = first.beside(Arc::new(place.open(2, 3).await));
    first.profile("boot").await;
    let host = first.register(1, true).await;
    first.boot(host.id, 1).await;
    assert_eq!(third.host(1).await, first.host(1).await);

    let mut node = place.raw(2).await;
    run(&mut node, ISOLATE).await;
    wait_until_ready(&mut node, false).await;
    let start = Instant::now();
    let key = HostKey::Id(host.id);
    for _ in 0..10 {
        let found = third.store.lookup_host(&third.grant().await, &key).await;
        assert!(matches!(found, Err(StoreError::Unavailable(_))), "{found:?}");
        let checked = third.store.check(&third.recorder(), third.clock.now()).await;
        assert!(matches!(checked, Err(StoreError::Unavailable(_))), "{checked:?}");
        let audit = [third.entry("test")];
        let written = third.store.append_audit(&third.recorder(), &audit).await;
        assert!(matches!(written, Err(StoreError::Unavailable(_))), "{written:?}");
    }
    assert!(start.elapsed() < Duration::from_secs(5), "it is told at once");
    let opened = MysqlStore::open(place.options(2, 4)).await.map(drop);
    assert!(
        matches!(&opened, Err(OpenError::NotReady(state)) if state.contains("non-Primary")),
        "{opened:?}"
    );
    // The others go on.
    let second = first.register(2, true).await;
    run(&mut node, REJOIN).await;
    wait_until_ready(&mut node, true).await;
    assert_eq!(third.host(2).await, second);
    let audit = [third.entry("test")];
    third.store.append_audit(&third.recorder(), &audit).await.unwrap();
}

/// As it is behind a proxy: a new connection leads to another node, and is made at once.
#[tokio::test(flavor = "multi_thread")]
async fn another_connection_is_made_when_a_node_is_cut_off() {
    if is_skipped() {
        return;
    }
    let _third = THIRD.lock().await;
    let place = Place::new().await;
    let first = Bench::new(Arc::new(place.open(0, 1).await));
    place.wait_for(2).await;
    let proxy = Proxy::new(place.node(2)).await;
    let store = MysqlStore::open(place.options_at(&proxy.url, 3)).await.unwrap();
    let behind = first.beside(Arc::new(store));
    let (recorder, entries) = (behind.recorder(), [behind.entry("test")]);
    behind.store.append_audit(&recorder, &entries).await.unwrap();

    let mut node = place.raw(2).await;
    run(&mut node, ISOLATE).await;
    wait_until_ready(&mut node, false).await;
    proxy.lead_to(place.node(0));
    let written = behind.store.append_audit(&recorder, &entries).await;
    run(&mut node, REJOIN).await;
    wait_until_ready(&mut node, true).await;
    written.unwrap();
}

/// Takes connections, and leads each to one node.
struct Proxy {
    url: String,
    port: Arc<AtomicU16>,
}

fn port(url: &str) -> u16 {
    url.rsplit_once(':').unwrap().1.trim_end_matches("/?ssl-mode=disabled").parse().unwrap()
}

impl Proxy {
    async fn new(node: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let own = listener.local_addr().unwrap().port();
        let url = node.replace(&port(node).to_string(), &own.to_string());
        let port = Arc::new(AtomicU16::new(port(node)));
        let target = Arc::clone(&port);
        tokio::spawn(async move {
            while let Ok((mut client, _)) = listener.accept().await {
                let target = ("127.0.0.1", target.load(Ordering::Relaxed));
                tokio::spawn(async move {
                    let mut node = TcpStream::connect(target).await.unwrap();
                    copy_bidirectional(&mut client, &mut node).await.ok();
                });
            }
        });
        Self { url, port }
    }

    fn lead_to(&self, node: &str) {
        self.port.store(port(node), Ordering::Relaxed);
    }
}

/// What is written at a node with `wsrep_on = OFF` reaches no other one.
#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_replicates_nothing_is_refused() {
    if is_skipped() {
        return;
    }
    let _third = THIRD.lock().await;
    let place = Place::new().await;
    drop(place.open(0, 1).await);
    place.wait_for(2).await;
    let mut node = place.raw(2).await;
    run(&mut node, "SET GLOBAL wsrep_on = OFF").await;
    let opened = MysqlStore::open(place.options(2, 3)).await.map(drop);
    run(&mut node, "SET GLOBAL wsrep_on = ON").await;
    let error = opened.unwrap_err().to_string();
    assert!(error.contains("wsrep_on is OFF") && error.contains("set it to ON"), "{error}");
    place.open(2, 3).await;
}

/// With these options, both parts of a cluster that was cut in two would go on.
#[tokio::test(flavor = "multi_thread")]
async fn a_cluster_that_may_go_on_in_two_parts_is_refused() {
    if is_skipped() {
        return;
    }
    let _third = THIRD.lock().await;
    let place = Place::new().await;
    drop(place.open(0, 1).await);
    place.wait_for(2).await;
    let mut node = place.raw(2).await;
    run(&mut node, "SET GLOBAL wsrep_provider_options = 'pc.ignore_quorum=true'").await;
    let opened = MysqlStore::open(place.options(2, 3)).await.map(drop);
    run(&mut node, "SET GLOBAL wsrep_provider_options = 'pc.ignore_quorum=false'").await;
    let error = opened.unwrap_err().to_string();
    assert!(error.contains("pc.ignore_quorum of wsrep_provider_options is true"), "{error}");
    place.open(2, 3).await;
}
