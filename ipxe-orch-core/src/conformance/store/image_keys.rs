//! Cases about which images of a host count: their generations and keys.

use super::{
    Bench, conflict, holds,
    images::{build, record_all},
    make::edit,
    must, not_found, same,
};
use crate::{
    auth::{ChangeHosts, ManageKeys, Scope},
    ids::{Epoch, ImageGeneration, KeyId},
    lease::{EarlierImage, HostRecord, ImageBuild},
    stores::{PutGrant, PutHost, StoreError},
};

const OLD: KeyId = KeyId::from_bytes([1; 4]);
const NEW: KeyId = KeyId::from_bytes([2; 4]);

/// Host 1, whose images have the old key.
async fn enrolled(bench: &Bench) -> HostRecord {
    let mut put = bench.create(bench.spec(1), None);
    if let PutHost::Create { image_key, .. } = &mut put {
        *image_key = Some(OLD);
    }
    let id = bench.stored(put).await;
    bench.by_id(id).await
}

async fn put(bench: &Bench, grant: PutGrant, put: PutHost) -> Result<(), StoreError> {
    let epoch: Epoch = must(bench.store.epoch().await);
    let entry = bench.about(put.id());
    bench.store.put_hosts(&grant, epoch, &[(put, entry)]).await
}

async fn by_keys(bench: &Bench, change: PutHost) -> Result<(), StoreError> {
    put(bench, bench.grant::<ManageKeys>().await.into(), change).await
}

const fn rotate(host: &HostRecord) -> PutHost {
    let generation = host.lease.generation;
    PutHost::RotateImage { id: host.id, generation, image_key: Some(NEW) }
}

const fn revoke(host: &HostRecord) -> PutHost {
    PutHost::RevokeImages { id: host.id, generation: host.lease.generation }
}

/// A build with another key is the newest image, and the earlier one still counts: it is attached
/// until somebody exchanges it. A build of another generation than the host's is none.
pub async fn a_build_with_another_key_keeps_the_earlier_one(bench: Bench) {
    let host = enrolled(&bench).await;
    let with = |number, key| ImageBuild { key: Some(key), ..build(&bench, number) };
    record_all(&bench, &[(host.id, with(1, OLD))]).await;
    let same_key = HostRecord { image: Some(with(1, OLD)), ..host.clone() };
    same(&bench.by_id(host.id).await, &same_key, "a build with the same key changes no key");
    record_all(&bench, &[(host.id, with(2, NEW))]).await;
    let mut expected = HostRecord { image: Some(with(2, NEW)), ..host.clone() };
    expected.image_key = Some(NEW);
    expected.earlier_images = vec![EarlierImage { generation: ImageGeneration(0), key: Some(OLD) }];
    let promise = "after a build with another key, the earlier image still counts";
    same(&bench.by_id(host.id).await, &expected, promise);
    let stale = ImageBuild { generation: ImageGeneration(1), ..with(3, OLD) };
    record_all(&bench, &[(host.id, stale)]).await;
    let promise = "a build of a generation that the host does not have is not recorded";
    same(&bench.by_id(host.id).await, &expected, promise);
    must(bench.put(&[edit(&expected, bench.full_spec(2))]).await);
    let found = bench.by_id(host.id).await;
    let keys = (found.image_key, found.earlier_images);
    same(&keys, &(Some(NEW), expected.earlier_images), "an edit keeps the keys of the images");
}

/// A new generation leaves the earlier images as they are; a revocation ends them, and nothing
/// else. Each is one write with its entry.
pub async fn images_are_rotated_and_revoked(bench: Bench) {
    let before = enrolled(&bench).await;
    let entries = bench.actions().await.len();
    must(by_keys(&bench, rotate(&before)).await);
    let mut expected = before.clone();
    expected.lease.generation = expected.lease.generation.next();
    (expected.image_generation, expected.image_key) = (ImageGeneration(1), Some(NEW));
    expected.earlier_images = vec![EarlierImage { generation: ImageGeneration(0), key: Some(OLD) }];
    let promise = "a new generation leaves the earlier images as they are";
    same(&bench.by_id(before.id).await, &expected, promise);
    conflict(&by_keys(&bench, rotate(&before)).await, "only what was looked at is rotated");
    conflict(&by_keys(&bench, revoke(&before)).await, "only what was looked at is revoked");
    must(by_keys(&bench, revoke(&expected)).await);
    expected.lease.generation = expected.lease.generation.next();
    expected.lease.min_image_generation = ImageGeneration(1);
    expected.earlier_images.clear();
    let promise = "a revocation ends the earlier images, and nothing else";
    same(&bench.by_id(before.id).await, &expected, promise);
    let written = bench.actions().await.len().saturating_sub(entries);
    same(&written, &2, "each change of the images leaves its entry, a conflict none");
}

/// An image that was made without a database is the newest one from now on.
pub async fn a_newer_image_is_enrolled_with_an_edit(bench: Bench) {
    let before = enrolled(&bench).await;
    let enrol = PutHost::Enrol {
        id: before.id,
        generation: before.lease.generation,
        spec: bench.full_spec(2),
        image_generation: ImageGeneration(5),
        image_key: NEW,
    };
    must(bench.put(&[enrol]).await);
    let found = bench.by_id(before.id).await;
    let mut expected = HostRecord { spec: bench.full_spec(2), ..before.clone() };
    expected.lease.generation = expected.lease.generation.next();
    (expected.image_generation, expected.image_key) = (ImageGeneration(5), Some(NEW));
    expected.earlier_images = vec![EarlierImage { generation: ImageGeneration(0), key: Some(OLD) }];
    same(&found, &expected, "an image is enrolled with the edit of its host");
}

/// Which images count is a matter of who manages the keys of that host.
pub async fn only_who_manages_keys_says_which_images_count(bench: Bench) {
    let host = enrolled(&bench).await;
    let elsewhere = Scope::Site(must("elsewhere".parse()));
    let other = bench.grant_within::<ManageKeys>(elsewhere).await;
    let change = bench.grant::<ChangeHosts>().await;
    for order in [rotate(&host), revoke(&host)] {
        let promise = "who does not manage the keys of a host changes no image of it";
        not_found(&put(&bench, change.clone().into(), order.clone()).await, promise);
        not_found(&put(&bench, other.clone().into(), order).await, promise);
    }
    let promise = "who manages keys edits no host";
    not_found(&by_keys(&bench, edit(&host, bench.full_spec(2))).await, promise);
    holds(bench.by_id(host.id).await == host, "what is denied changes nothing", &host);
}
