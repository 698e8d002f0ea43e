//! The store of `examples/json_store.rs` passes the suite that every store must pass: with two
//! handles on one file, and after it is opened again.

// Tells clippy that the helpers are test code as well.
#![cfg(test)]

use ipxe_orch_core::ids::{ChainId, Epoch};
use json_store::JsonStore;
use std::sync::Arc;
use tempfile::TempDir;

#[path = "../examples/json_store.rs"]
mod json_store;

async fn fresh() -> (Arc<JsonStore>, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    (reopen(&folder).await, folder)
}

async fn reopen(folder: &TempDir) -> Arc<JsonStore> {
    let (epoch, chain) = (Epoch::from_bytes([0; 16]), ChainId::from_bytes([1; 16]));
    Arc::new(JsonStore::open(&folder.path().join("store.json"), epoch, chain).await.unwrap())
}

ipxe_orch_core::conformance_suite!(fresh, reopen = reopen);

#[test]
fn the_example_runs() {
    json_store::main().unwrap();
}
