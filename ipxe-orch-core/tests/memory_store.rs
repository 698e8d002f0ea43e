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
