//! Cases about what another handle writes between a read and a write of one call: the call then
//! sees it, or is refused.

use super::{
    Bench,
    filled::{stranger, stranger_id},
    holds,
    images::build,
    must, same,
};
use crate::{
    auth::{BuildImages, ManageKeys},
    ids::{HostId, KeyId},
    lease::ImageBuild,
    profile::ProfileVersion,
    stores::{PutHost, StoreError},
    time::Clock,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    future::Future,
    pin::Pin,
    sync::Arc,
};
use tokio::{sync::Barrier, task::JoinHandle};

/// One round shows little: the calls must meet.
pub(super) const ROUNDS: u8 = 20;
const KEYS: u8 = 7;

pub(super) type Call = Pin<Box<dyn Future<Output = Result<(), StoreError>> + Send>>;

/// Lets all calls go at once.
pub(super) fn start(calls: Vec<Call>) -> Vec<JoinHandle<Result<(), StoreError>>> {
    let barrier = Arc::new(Barrier::new(calls.len()));
    let start = |call: Call| {
        let barrier = barrier.clone();
        tokio::spawn(async move {
            barrier.wait().await;
            call.await
        })
    };
    calls.into_iter().map(start).collect()
}

pub(super) async fn ended(
    calls: Vec<JoinHandle<Result<(), StoreError>>>,
) -> Vec<Result<(), StoreError>> {
    let mut results = Vec::new();
    for call in calls {
        results.push(must(call.await));
    }
    results
}

/// The same handle and another one in turn.
pub(super) fn in_turn<'a>(bench: &'a Bench, second: &'a Bench, number: usize) -> &'a Bench {
    if number.is_multiple_of(2) { bench } else { second }
}

async fn record(bench: &Bench, id: HostId, number: u8, key: KeyId) -> Call {
    let (store, grant) = (bench.store.clone(), bench.grant::<BuildImages>().await);
    let epoch = must(store.epoch().await);
    let images = [(id, ImageBuild { key: Some(key), ..build(bench, number) })];
    Box::pin(async move { store.record_images(&grant, epoch, &images).await })
}

/// A host whose images have the key 1.
async fn enrolled(bench: &Bench, number: u16) -> HostId {
    let mut put = bench.create(bench.spec(number), None);
    if let PutHost::Create { image_key, .. } = &mut put {
        *image_key = Some(KeyId::from_bytes([1; 4]));
    }
    bench.stored(put).await
}

/// Images that are recorded at once with several keys all count.
pub async fn builds_that_are_recorded_at_once_all_count(bench: Bench) {
    let second = bench.second().await;
    for round in 0..ROUNDS {
        let id = enrolled(&bench, round.into()).await;
        let mut calls: Vec<Call> = Vec::new();
        for number in 2..2 + KEYS {
            let bench = in_turn(&bench, &second, number.into());
            calls.push(record(bench, id, number, KeyId::from_bytes([number; 4])).await);
        }
        for result in ended(start(calls)).await {
            must(result);
        }
        let host = bench.by_id(id).await;
        let keys = host.earlier_images.iter().map(|image| image.key).chain([host.image_key]);
        let keys: BTreeSet<_> = keys.collect();
        let expected = (1..2 + KEYS).map(|number| Some(KeyId::from_bytes([number; 4]))).collect();
        same(&keys, &expected, "images that are recorded at once all count");
    }
}

/// An image that is recorded does not bring back those that are revoked meanwhile.
pub async fn a_build_does_not_undo_a_revocation(bench: Bench) {
    let second = bench.second().await;
    let new = KeyId::from_bytes([2; 4]);
    for round in 0..ROUNDS {
        let id = enrolled(&bench, round.into()).await;
        must(record(&bench, id, 1, new).await.await);
        let generation = bench.by_id(id).await.lease.generation;
        let (store, entry) = (bench.store.clone(), bench.about(id));
        let (grant, epoch) = (bench.grant::<ManageKeys>().await.into(), must(store.epoch().await));
        let revoke: Call = Box::pin(async move {
            let put = (PutHost::RevokeImages { id, generation }, entry);
            store.put_hosts(&grant, epoch, &[put]).await
        });
        let mut calls = vec![revoke];
        for number in 0..4 {
            calls.push(record(in_turn(&second, &bench, number.into()), id, number, new).await);
        }
        for result in ended(start(calls)).await {
            must(result);
        }
        let host = bench.by_id(id).await;
        let promise = "an image that is recorded does not bring back those that were revoked";
        holds(host.has_no_earlier_images(), promise, &host);
    }
}

/// A machine that is seen while it is registered is a host, and not discovered.
pub async fn a_machine_that_is_registered_meanwhile_is_not_discovered(bench: Bench) {
    let second = bench.second().await;
    for round in 0..ROUNDS {
        let number = u32::from(round);
        let mut calls: Vec<Call> = Vec::new();
        for caller in 0..4 {
            let bench = in_turn(&second, &bench, caller);
            let (store, recorder) = (bench.store.clone(), bench.recorder());
            let event = stranger(bench.clock.now(), number);
            calls.push(Box::pin(async move { store.record_events(&recorder, &[event]).await }));
        }
        let mut put = bench.create(bench.spec(round.into()), None);
        if let PutHost::Create { id, .. } = &mut put {
            *id = stranger_id(number);
        }
        let (store, entry) = (bench.store.clone(), bench.about(put.id()));
        let (grant, epoch) = (bench.put_grant().await, must(store.epoch().await));
        calls.push(Box::pin(async move { store.put_hosts(&grant, epoch, &[(put, entry)]).await }));
        for result in ended(start(calls)).await {
            must(result);
        }
        let found = must(second.store.list_discovered(&second.grant().await).await);
        same(&found, &Vec::new(), "a machine that is registered is not discovered");
    }
}

/// A machine that is seen by several at once is counted by each of them.
pub async fn a_machine_that_is_seen_at_once_is_counted_each_time(bench: Bench) {
    let second = bench.second().await;
    let mut calls: Vec<Call> = Vec::new();
    for caller in 0..40 {
        let bench = in_turn(&second, &bench, caller);
        let (store, recorder) = (bench.store.clone(), bench.recorder());
        let events = [1, 2, 3].map(|number| stranger(bench.clock.now(), number));
        calls.push(Box::pin(async move { store.record_events(&recorder, &events).await }));
    }
    for result in ended(start(calls)).await {
        must(result);
    }
    let found = must(second.store.list_discovered(&second.grant().await).await);
    let counts: Vec<_> = found.iter().map(|machine| machine.count).collect();
    same(&counts, &vec![40, 40, 40], "a machine is counted each time that it is seen");
}

fn version_of(profile: u8, script: &str) -> ProfileVersion {
    let definition = format!("name = 'p{profile}'\ntitle = 'P'\nscript = 'boot'\n");
    let files = BTreeMap::from([(must("boot".parse()), format!("#!ipxe\n{script}"))]);
    must(ProfileVersion::new(&definition, files))
}

/// Versions of a profile that are put at once are all there, and one of them is the current one.
pub async fn versions_that_are_put_at_once_are_all_there(bench: Bench) {
    let second = bench.second().await;
    for round in 0..ROUNDS {
        let (version, other) = (version_of(round, "boot"), version_of(round, "imgfree"));
        let mut calls: Vec<Call> = Vec::new();
        for caller in 0..8 {
            let version = if caller < 6 { version.clone() } else { other.clone() };
            let bench = in_turn(&second, &bench, caller);
            let (store, entry) = (bench.store.clone(), bench.entry("profile.put"));
            let grant = bench.grant().await;
            calls.push(Box::pin(async move { store.put_profile(&grant, &version, &entry).await }));
        }
        for result in ended(start(calls)).await {
            must(result);
        }
        let (see, name) = (bench.grant().await, version.profile().name.clone());
        for version in [&version, &other] {
            let found = bench.store.lookup_profile(&see, &name, &version.digest()).await;
            let promise = "versions that are put at once are all there";
            same(&must(found).as_ref(), &Some(version), promise);
        }
        let current = must(bench.store.current_profile(&see, &name).await);
        let one = current.as_ref().is_some_and(|found| *found == version || *found == other);
        holds(one, "one of the versions that are put at once is the current one", &current);
    }
}

/// Checks by several programs do not stop each other, nor those who write.
pub async fn checks_at_once_all_succeed(bench: Bench) {
    let second = bench.second().await;
    let third = bench.second().await;
    for _ in 0..ROUNDS {
        let mut calls: Vec<Call> = Vec::new();
        for bench in [&bench, &second, &third] {
            for _ in 0..4 {
                let (store, recorder, now) =
                    (bench.store.clone(), bench.recorder(), bench.clock.now());
                calls.push(Box::pin(async move { store.check(&recorder, now).await.map(drop) }));
            }
            let (store, recorder) = (bench.store.clone(), bench.recorder());
            let entry = bench.entry("test");
            calls.push(Box::pin(async move { store.append_audit(&recorder, &[entry]).await }));
        }
        for result in ended(start(calls)).await {
            must(result);
        }
    }
}
