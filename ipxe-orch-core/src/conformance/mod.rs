//! What every store must do: cases, which are plain functions, and macros that make a test of each.
//!
//! Store cases ([`store`]) ask a store through the store traits alone: who writes a store wants
//! these first. Orchestrator cases ([`orchestrator`]) do on a store what servers and people do.
//! [`store_suite!`](crate::store_suite) makes tests of the former,
//! [`conformance_suite!`](crate::conformance_suite) of both.
//!
//! ```
//! use ipxe_orch_core::{ids::{ChainId, Epoch}, memory::MemoryStore};
//!
//! async fn fresh() -> std::sync::Arc<MemoryStore> {
//!     let epoch = Epoch(uuid::Uuid::nil());
//!     std::sync::Arc::new(MemoryStore::new(epoch, ChainId::from_bytes([1; 16])))
//! }
//!
//! ipxe_orch_core::conformance_suite!(fresh);
//! ```
//! A store whose data outlives it gives `reopen` as well; see [`crate::store_suite!`]. A case needs
//! a store of its own, empty at the start. It panics with the promise that the store broke; the test
//! has the name of the case.

mod bench;
mod expect;
mod history;
pub mod orchestrator;
mod pausing;
pub mod store;
mod suite;

pub use bench::Bench;
pub use history::play;
pub use pausing::{Fault, PausingStore};
