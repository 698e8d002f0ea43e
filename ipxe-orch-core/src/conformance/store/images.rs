//! Cases about the last build of a host's image.

use super::{
    Bench, conflict,
    make::{edit, remove, replace},
    must,
    refused::other_epoch,
    same,
};
use crate::{
    auth::{BuildImages, Scope},
    digest::Digest,
    ids::{HostId, ImageGeneration, ImageTag},
    image::Medium,
    lease::{Hold, ImageBuild},
    stores::HostRecord,
    time::Clock,
};

/// A build with other values than any other number has.
pub(super) fn build(bench: &Bench, number: u8) -> ImageBuild {
    ImageBuild {
        at: bench.clock.now(),
        script: Digest::of([number]),
        tag: ImageTag::from_bytes([0, 0, 1, number]),
        servers: vec![
            must(format!("http://10.0.2.{number}:8080").parse()),
            must("http://[2001:db8::1]/orch".parse()),
        ],
        medium: if number.is_multiple_of(2) { Medium::Disk } else { Medium::Cd },
        generation: ImageGeneration(0),
        key: None,
    }
}

async fn record(bench: &Bench, scope: Scope, images: &[(HostId, ImageBuild)]) {
    let grant = bench.grant_within::<BuildImages>(scope).await;
    let epoch = must(bench.store.epoch().await);
    must(bench.store.record_images(&grant, epoch, images).await);
}

pub(super) async fn record_all(bench: &Bench, images: &[(HostId, ImageBuild)]) {
    record(bench, Scope::All, images).await;
}

fn built(host: &HostRecord, build: &ImageBuild) -> HostRecord {
    HostRecord { image: Some(build.clone()), ..host.clone() }
}

/// The last build of each host is kept with each of its fields, and nothing else of the host
/// changes: not even its generation.
pub async fn a_build_is_kept_and_nothing_else_changes(bench: Bench) {
    let hosts = [bench.added(1).await, bench.added(2).await, bench.added(3).await];
    let [one, two, three] = &hosts;
    let entries = bench.actions().await;
    let first = [build(&bench, 1), build(&bench, 2)];
    let [for_one, for_two] = first.clone();
    record_all(&bench, &[(one.id, for_one.clone()), (two.id, for_two)]).await;
    let [_, for_two] = [build(&bench, 3), build(&bench, 4)];
    record_all(&bench, &[(two.id, for_two.clone())]).await;
    let promise = "a host has its last build, and is as it was otherwise";
    same(&bench.by_id(one.id).await, &built(one, &for_one), promise);
    same(&bench.by_id(two.id).await, &built(two, &for_two), promise);
    same(&bench.by_id(three.id).await, three, "a host without a build is as it was");
    same(&bench.actions().await, &entries, "a build that is recorded has no audit entry");
}

/// Edits and changes of the lease keep the build.
pub async fn edits_and_changes_keep_the_build(bench: Bench) {
    let (host, last) = (bench.added(1).await, build(&bench, 1));
    record_all(&bench, &[(host.id, last.clone())]).await;
    must(bench.put(&[edit(&host, bench.full_spec(2))]).await);
    let promise = "an edit keeps the build of the image";
    same(&bench.by_id(host.id).await.image, &Some(last.clone()), promise);
    let hold = Hold { by: "ann".to_owned(), at: bench.clock.now(), reason: None };
    bench.step(host.id, |lease| replace(lease, |next| next.held = Some(hold))).await;
    let promise = "a change of the lease keeps the build of the image";
    same(&bench.by_id(host.id).await.image, &Some(last), promise);
}

/// Hosts that are not there are left out, and so are those outside of the grant.
pub async fn builds_of_other_hosts_are_left_out(bench: Bench) {
    let (one, two, gone) = (bench.added(1).await, bench.added(2).await, bench.added(3).await);
    must(bench.put(&[remove(&gone)]).await);
    let never = HostId::from_bytes([9; 16]);
    let last = build(&bench, 1);
    let images = [never, gone.id, two.id, one.id].map(|id| (id, last.clone()));
    record(&bench, Scope::Host(one.id), &images).await;
    same(&bench.by_id(two.id).await, &two, "a build of a host outside of the grant is left out");
    let promise = "a build of a host that is not there is left out, and the others are kept";
    same(&bench.by_id(one.id).await, &built(&one, &last), promise);
    same(&bench.find(never).await, &None, promise);
    same(&bench.find(gone.id).await, &None, promise);
}

/// After a restore, nobody records what was built before it.
pub async fn a_build_of_another_epoch_is_a_conflict(bench: Bench) {
    let host = bench.added(1).await;
    let grant = bench.grant::<BuildImages>().await;
    let images = [(host.id, build(&bench, 1))];
    let refused = bench.store.record_images(&grant, other_epoch(), &images).await;
    conflict(&refused, "a build that is recorded in another epoch is a conflict");
    same(&bench.by_id(host.id).await, &host, "a conflict changes nothing");
}
