//! The model of iPXE scripts against iPXE itself: in virtual machines, under both firmwares, the
//! scripts of the corpus end as they end in the simulator, and ask for the same addresses.

// Tells clippy that the helpers are test code as well.
#![cfg(test)]

mod corpus;
mod guest;
mod machines;
mod media;
mod site;
mod watch;

#[expect(dead_code, reason = "other tests use the rest")]
#[path = "../support/mod.rs"]
mod support;

/// Heads of scripts are read as core's own tests read them.
#[expect(dead_code, reason = "core's tests use the rest")]
#[path = "../../ipxe-orch-core/tests/script/world.rs"]
mod world;
