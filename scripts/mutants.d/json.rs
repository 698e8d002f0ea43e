//! What `scripts/mutants store` asks a mutant of the store in a JSON file.

#[path = "../../examples/json_store.rs"]
mod json_store;

use ipxe_orch_core::ids::{ChainId, Epoch};
use json_store::JsonStore;
use std::sync::Arc;
use tempfile::TempDir;

async fn reopen(folder: &TempDir) -> Arc<JsonStore> {
    let (epoch, chain) = (Epoch(uuid::Uuid::nil()), ChainId::from_bytes([1; 16]));
    Arc::new(JsonStore::open(&folder.path().join("store.json"), epoch, chain).await.unwrap())
}

#[cfg(not(feature = "fresh-only"))]
mod suite {
    use super::*;

    async fn fresh() -> (Arc<JsonStore>, TempDir) {
        let folder = tempfile::tempdir().unwrap();
        (reopen(&folder).await, folder)
    }

    ipxe_orch_core::store_suite!(fresh, reopen = reopen);
}

/// A suite of before there was `reopen`.
#[cfg(feature = "fresh-only")]
mod suite {
    use super::*;

    async fn fresh() -> Arc<JsonStore> {
        let folder = tempfile::tempdir().unwrap();
        let store = reopen(&folder).await;
        let _ = folder.keep();
        store
    }

    ipxe_orch_core::conformance_suite!(fresh);
}
