//! What `scripts/mutants store` runs against each mutant: the store suite, against the store in
//! memory and the one in a JSON file that is made of it.

#[path = "../../examples/json_store.rs"]
mod json_store;

use ipxe_orch_core::{
    ids::{ChainId, Epoch},
    memory::MemoryStore,
};
use json_store::JsonStore;
use std::{path::Path, sync::Arc};

fn in_memory() -> Arc<MemoryStore> {
    Arc::new(MemoryStore::new(Epoch(uuid::Uuid::nil()), ChainId::from_bytes([1; 16])))
}

async fn in_file(folder: &Path) -> Arc<JsonStore> {
    let (epoch, chain) = (Epoch(uuid::Uuid::nil()), ChainId::from_bytes([1; 16]));
    Arc::new(JsonStore::open(&folder.join("store.json"), epoch, chain).await.unwrap())
}

#[cfg(not(feature = "fresh-only"))]
mod memory {
    use super::*;

    async fn fresh() -> Arc<MemoryStore> {
        in_memory()
    }

    ipxe_orch_core::store_suite!(fresh);
}

#[cfg(not(feature = "fresh-only"))]
mod json {
    use super::*;
    use tempfile::TempDir;

    async fn fresh() -> (Arc<JsonStore>, TempDir) {
        let folder = tempfile::tempdir().unwrap();
        (reopen(&folder).await, folder)
    }

    async fn reopen(folder: &TempDir) -> Arc<JsonStore> {
        in_file(folder.path()).await
    }

    ipxe_orch_core::store_suite!(fresh, reopen = reopen);
}

/// For suites of before `reopen`: all of their cases.
#[cfg(feature = "fresh-only")]
mod fresh_only {
    mod memory {
        use super::super::*;

        async fn fresh() -> Arc<MemoryStore> {
            in_memory()
        }

        ipxe_orch_core::conformance_suite!(fresh);
    }

    mod json {
        use super::super::*;

        async fn fresh() -> Arc<JsonStore> {
            in_file(&tempfile::tempdir().unwrap().keep()).await
        }

        ipxe_orch_core::conformance_suite!(fresh);
    }
}
