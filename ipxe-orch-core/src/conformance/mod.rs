//! The tests that every store must pass: cases, which are plain functions, and macros that make a
//! `#[test]` of each case.
//!
//! - Store cases ([`store`]) call the store traits and nothing else. Make these pass first.
//! - Access cases ([`access`]) do the same with the traits of accounts, bindings, sessions and
//!   tokens, for stores that keep them.
//! - Orchestrator cases ([`orchestrator`]) do with an orchestrator on the store what servers and
//!   people do.
//!
//! [`store_suite!`](crate::store_suite) makes tests of the first,
//! [`access_suite!`](crate::access_suite) of the second, and
//! [`conformance_suite!`](crate::conformance_suite) of the first and the last. A test needs this feature, and no other
//! crate:
//!
//! ```toml
//! [dev-dependencies]
//! ipxe-orch-core = { version = "0.1", features = ["conformance"] }
//! ```
//!
//! ```
//! use ipxe_orch_core::{ids::{ChainId, Epoch}, memory::MemoryStore};
//!
//! async fn fresh() -> std::sync::Arc<MemoryStore> {
//!     let (epoch, chain) = (Epoch::from_bytes([1; 16]), ChainId::from_bytes([1; 16]));
//!     std::sync::Arc::new(MemoryStore::new(epoch, chain))
//! }
//!
//! ipxe_orch_core::conformance_suite!(fresh);
//! ```
//! A store whose data outlives it gives `reopen` as well: see [`crate::store_suite!`].
//!
//! Each case gets a store of its own, which is empty at the start, on a Tokio runtime with four
//! threads. The test has the name of the case. If the store breaks a promise, the test panics with
//! that promise.

pub mod access;
mod access_bench;
mod access_suite;
mod bench;
mod expect;
mod history;
pub mod orchestrator;
mod pausing;
mod race;
pub mod store;
mod suite;

pub use access_bench::{AccessBench, AuditedAccess};
pub use bench::Bench;
pub use history::{play, play_on_two};
pub use pausing::{Fault, PausingStore};

/// Runs a case on a runtime of its own, so that the crate under test need not depend on Tokio.
///
/// # Panics
/// If the system gives no threads.
#[doc(hidden)]
#[expect(clippy::panic, reason = "a test without a runtime has failed")]
pub fn run(case: impl Future<Output = ()>) {
    let mut threads = tokio::runtime::Builder::new_multi_thread();
    match threads.worker_threads(4).enable_all().build() {
        Ok(runtime) => runtime.block_on(case),
        Err(error) => panic!("no runtime for the test: {error}"),
    }
}
