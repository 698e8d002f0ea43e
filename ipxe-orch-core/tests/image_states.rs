//! Hosts can be looked at while no image can be made.

use ipxe_orch_core::{
    auth::{Granted, SeeHosts},
    conformance::Bench,
    forward_store,
    ids::{ChainId, Epoch},
    image::Medium,
    memory::MemoryStore,
    orchestrator::{ImageState, WhichImages},
    profile::ProfileVersion,
    stores::{HostFilter, Result, StoreError},
};
use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

/// A store with a profile that a newer version wrote.
struct Newer {
    inner: MemoryStore,
    unreadable: Arc<AtomicBool>,
}

forward_store!(HostStore for Newer => [inner]);
forward_store!(LeaseStore for Newer => [inner]);
forward_store!(DefaultsStore for Newer => [inner]);
forward_store!(PolicyStore for Newer => [inner]);
forward_store!(AuditStore for Newer => [inner]);
forward_store!(EventStore for Newer => [inner]);
forward_store!(ProfileStore for Newer => [inner] {
    async fn list_profiles(&self, grant: &Granted<SeeHosts>) -> Result<Vec<ProfileVersion>> {
        if self.unreadable.load(Ordering::SeqCst) {
            return Err(StoreError::Corrupt("unknown field `later`".to_owned()));
        }
        self.inner.list_profiles(grant).await
    }
} forward put_profile current_profile lookup_profile);

#[tokio::test]
async fn the_state_of_an_image_is_unknown_while_none_can_be_made() {
    let epoch = Epoch(uuid::Uuid::from_bytes([7; 16]));
    let inner = MemoryStore::new(epoch, ChainId::from_bytes([1; 16]));
    let unreadable = Arc::new(AtomicBool::new(false));
    let store = Newer { inner, unreadable: Arc::clone(&unreadable) };
    let bench = Bench::new(Arc::new(store));
    bench.profile("boot").await;
    bench.register(1, false).await;
    let (orchestrator, operator) = (&bench.orchestrator, &bench.operator);
    let (filter, servers) = (HostFilter::default(), ["http://10.0.2.2".parse().unwrap()]);
    let all = WhichImages::All;
    let images = orchestrator.image_scripts(operator, &filter, all, &servers, Medium::Cd);
    let build = images.await.unwrap().remove(0).build;
    let host = bench.host(1).await.id;
    orchestrator.record_images(operator, &[(host, build.clone())]).await.unwrap();

    let hosts = [bench.host(1).await];
    let states = orchestrator.image_states(operator, &hosts).await.unwrap();
    assert_eq!(states, [ImageState::Current(build.clone())]);
    unreadable.store(true, Ordering::SeqCst);
    let states = orchestrator.image_states(operator, &hosts).await.unwrap();
    assert_eq!(states, [ImageState::Unknown(build)]);
}
