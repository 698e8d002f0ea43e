//! What is acknowledged at one node counts at every other one.

use crate::common::{Place, is_skipped, run};
use ipxe_orch_backends::sql::MysqlStore;
use ipxe_orch_core::{
    conformance::Bench,
    digest::Digest,
    ids::{ImageGeneration, ImageTag, KeyId},
    image::Medium,
    lease::ImageBuild,
    stores::{HostKey, PutHost, StoreError},
    time::Clock as _,
};
use sqlx::MySqlConnection;
use std::{collections::BTreeSet, sync::Arc, time::Duration};
use tokio::time::{Instant, sleep};

/// How long a node applies nothing of what it gets from the others.
const PAUSE: Duration = Duration::from_secs(2);

/// Two servers at two nodes.
async fn two(place: &Place) -> (Bench, Bench) {
    let first = Bench::new(Arc::new(place.open(0, 1).await));
    let second = first.beside(Arc::new(place.open(1, 2).await));
    (first, second)
}

/// From now on the node applies nothing, for [`PAUSE`].
async fn pause(mut node: MySqlConnection) -> tokio::task::JoinHandle<()> {
    run(&mut node, "FLUSH TABLES WITH READ LOCK").await;
    tokio::spawn(async move {
        sleep(PAUSE).await;
        run(&mut node, "UNLOCK TABLES").await;
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_is_late_waits_instead_of_telling_what_was() {
    if is_skipped() {
        return;
    }
    let place = Place::new().await;
    let (first, second) = two(&place).await;
    first.profile("boot").await;
    let host = first.register(1, false).await;
    let paused = pause(place.raw(1).await).await;
    let marked = first.register(2, true).await;
    let start = Instant::now();
    let found = second.store.lookup_host(&second.grant().await, &HostKey::Id(marked.id)).await;
    assert_eq!(found.unwrap(), Some(marked), "it was acknowledged at the other node");
    assert!(start.elapsed() > PAUSE / 2, "the node had nothing to wait for");
    paused.await.unwrap();
    assert_eq!(second.host(1).await, host);
}

/// The file of heads is read before the transaction begins, which then sees all that it names.
#[tokio::test(flavor = "multi_thread")]
async fn a_late_node_is_not_taken_for_one_that_was_set_back() {
    if is_skipped() {
        return;
    }
    let place = Place::new().await;
    let first = Bench::new(Arc::new(place.open(0, 1).await));
    // The same program at another node: both use one file of heads.
    let second = first.beside(Arc::new(place.open(1, 1).await));
    first.profile("boot").await;
    let (recorder, entries, now) = (first.recorder(), [first.entry("test")], first.clock.now());
    for number in 1..=100 {
        let (one, other) = tokio::join!(
            first.store.append_audit(&recorder, &entries),
            second.store.check(&recorder, now),
        );
        one.unwrap();
        assert!(other.is_ok(), "round {number}: {other:?}");
    }
}

/// Builds of one host are recorded at two nodes at once, with two keys. Both images count afterwards. A
/// row that is only locked would be locked at one node alone, and one of the images would be forgotten.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_image_is_lost_when_two_nodes_record_one() {
    if is_skipped() {
        return;
    }
    let place = Place::new().await;
    let (first, second) = two(&place).await;
    first.profile("boot").await;
    let epoch = first.store.epoch().await.unwrap();
    let grant = first.grant().await;
    for number in 1..=60_u8 {
        let host = first.register(number.into(), false).await;
        let keys = [[number, 1, 1, 1], [number, 2, 2, 2]].map(KeyId::from_bytes);
        let [one, other] = keys.map(|key| [(host.id, build(&first, key))]);
        let (one, other) = tokio::join!(
            first.store.record_images(&grant, epoch, &one),
            second.store.record_images(&grant, epoch, &other),
        );
        one.and(other).unwrap();
        let after = first.host(number.into()).await;
        let earlier = after.earlier_images.iter().map(|image| image.key);
        let counting: BTreeSet<_> = earlier.chain([after.image_key]).collect();
        let expected: BTreeSet<_> = keys.into_iter().map(Some).chain([host.image_key]).collect();
        assert_eq!(counting, expected, "host {number}");
    }
}

fn build(bench: &Bench, key: KeyId) -> ImageBuild {
    ImageBuild {
        at: bench.clock.now(),
        script: Digest::of("a script"),
        tag: ImageTag::from_bytes([0, 0, 1, 1]),
        servers: vec!["http://10.0.2.2:8080".parse().unwrap()],
        medium: Medium::Cd,
        generation: ImageGeneration(0),
        key: Some(key),
    }
}

/// Each change of a table reaches all nodes, and is made once.
#[tokio::test(flavor = "multi_thread")]
async fn two_programs_migrate_at_two_nodes_at_the_same_time() {
    if is_skipped() {
        return;
    }
    let place = Place::new().await;
    place.wait_for(1).await;
    let (one, other) = (place.options(0, 1), place.options(1, 2));
    let (one, other) = tokio::join!(MysqlStore::migrate(&one), MysqlStore::migrate(&other));
    one.and(other).unwrap();
    let (first, second) = two(&place).await;
    first.profile("boot").await;
    let host = first.register(1, true).await;
    assert_eq!(second.host(1).await, host);
}

/// Names and addresses are unique in the whole cluster.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_nodes_never_give_one_name_or_address_twice() {
    if is_skipped() {
        return;
    }
    let place = Place::new().await;
    let (first, second) = two(&place).await;
    let epoch = first.store.epoch().await.unwrap();
    let grant = first.put_grant().await;
    for number in 1..=30_u8 {
        let create = |bench: &Bench, id: u8, name: &str| {
            let mut spec = bench.spec(number.into());
            // In turn they share only the addresses, or only the name.
            if number.is_multiple_of(2) {
                spec.name = name.parse().unwrap();
            } else {
                spec.nics.truncate(1);
                spec.nics[0].v4 = None;
                spec.nics[0].mac = format!("52:54:02:00:{id:02x}:{number:02x}").parse().unwrap();
            }
            let id = ipxe_orch_core::ids::HostId::from_bytes([id; 16].map(|byte| byte ^ number));
            let (image_generation, image_key, mark) = (ImageGeneration(0), None, None);
            let put = PutHost::Create { id, spec, image_generation, image_key, mark };
            [(put, bench.entry("test"))]
        };
        let (one, other) = (
            create(&first, 0x40, &format!("a{number}")),
            create(&second, 0x80, &format!("b{number}")),
        );
        let (one, other) = tokio::join!(
            first.store.put_hosts(&grant, epoch, &one),
            second.store.put_hosts(&grant, epoch, &other),
        );
        let won = [&one, &other].into_iter().filter(|result| result.is_ok()).count();
        let taken = |result| matches!(result, &Err(StoreError::AlreadyExists(_)));
        assert!(won == 1 && (taken(&one) || taken(&other)), "{number}: {one:?}, {other:?}");
    }
}
