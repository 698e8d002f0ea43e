//! Cases about what decides the boot request of a machine.

use super::{
    Bench,
    images::{build, record_all},
    make::{cancel, edit, remove},
    must, same,
};
use crate::{
    ids::{HostId, ImageGeneration, KeyId},
    lease::{ImageBuild, Outcome},
    stores::{BootRecord, PutHost},
    time::Clock,
};

/// Compares it with the whole host.
async fn check(bench: &Bench, id: HostId, is_idle: bool, when: &str) {
    let host = bench.by_id(id).await;
    let found = must(bench.store.lookup_boot(&bench.machine(id).await, id).await);
    same(&found, &Some(BootRecord::of(&host)), when);
    same(&host.lease.is_idle(), &is_idle, when);
}

/// Whatever is written of a host, its next boot request is decided by that.
pub async fn a_boot_is_decided_by_the_host_as_it_is(bench: Bench) {
    let put = PutHost::Create {
        id: bench.host_id(),
        spec: bench.full_spec(1),
        image_generation: ImageGeneration(7),
        image_key: Some(KeyId::from_bytes([1, 2, 3, 4])),
        mark: None,
    };
    let id = bench.stored(put).await;
    check(&bench, id, true, "a new host boots as it was put").await;
    let host = bench.by_id(id).await;
    must(bench.put(&[edit(&host, bench.full_spec(2))]).await);
    check(&bench, id, true, "an edited host boots as it was edited").await;
    let key = Some(KeyId::from_bytes([9; 4]));
    let image = ImageBuild { generation: ImageGeneration(7), key, ..build(&bench, 1) };
    record_all(&bench, &[(id, image)]).await;
    check(&bench, id, true, "a host boots with the image that was built").await;
    bench.mark(id).await;
    check(&bench, id, false, "a marked host is not idle").await;
    let lease = bench.by_id(id).await.lease;
    must(bench.apply(id, cancel(&lease, bench.clock.now())).await);
    check(&bench, id, true, "a host whose mark was cancelled is idle").await;
    bench.mark(id).await;
    bench.offer(id).await;
    check(&bench, id, false, "a host with an offer is not idle").await;
    let lease = bench.by_id(id).await.lease;
    must(bench.apply(id, cancel(&lease, bench.clock.now())).await);
    bench.installed(id, Outcome::Done).await;
    check(&bench, id, true, "an installed host is idle").await;
    let host = bench.by_id(id).await;
    must(bench.put(&[remove(&host)]).await);
    let gone = must(bench.store.lookup_boot(&bench.machine(id).await, id).await);
    same(&gone, &None, "a removed host does not boot");
}
