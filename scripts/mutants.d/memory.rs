//! What `scripts/mutants store` asks a mutant of the store in memory.

use ipxe_orch_core::{
    ids::{ChainId, Epoch},
    memory::MemoryStore,
};
use std::sync::Arc;

async fn fresh() -> Arc<MemoryStore> {
    Arc::new(MemoryStore::new(Epoch(uuid::Uuid::nil()), ChainId::from_bytes([1; 16])))
}

#[cfg(not(feature = "fresh-only"))]
ipxe_orch_core::store_suite!(fresh);

/// A suite of before there was `reopen`.
#[cfg(feature = "fresh-only")]
ipxe_orch_core::conformance_suite!(fresh);
