//! The store in memory is the reference. It passes the suite that every store must pass.

use ipxe_orch_core::{
    conformance_suite,
    ids::{ChainId, Epoch},
    memory::MemoryStore,
};
use std::sync::Arc;

async fn fresh() -> Arc<MemoryStore> {
    Arc::new(MemoryStore::new(Epoch(uuid::Uuid::nil()), ChainId::from_bytes([1; 16])))
}

conformance_suite!(fresh);

ipxe_orch_core::access_suite!(fresh);

/// Older versions kept no accounts, bindings, sessions and tokens.
#[test]
fn a_snapshot_of_an_older_version_is_read() {
    let store = MemoryStore::new(Epoch(uuid::Uuid::nil()), ChainId::from_bytes([1; 16]));
    let mut json = serde_json::to_value(store.snapshot()).unwrap();
    let access = json.as_object_mut().unwrap().remove("access").unwrap();
    assert!(access.as_object().unwrap().contains_key("sessions"), "{access}");
    let store = MemoryStore::from_snapshot(serde_json::from_value(json).unwrap());
    let again = serde_json::to_value(store.snapshot()).unwrap();
    assert_eq!(again.get("access"), Some(&access));
}
