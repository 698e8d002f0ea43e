//! Compares the model of iPXE scripts with iPXE itself. In virtual machines under both firmwares,
//! the scripts of the corpus must end as in the simulator and request the same addresses.

// Tells clippy that the helpers are test code as well.
#![cfg(test)]

mod corpus;
mod guest;
mod machines;
mod media;
mod settings;
mod site;
mod watch;

#[expect(dead_code, reason = "other tests use the rest")]
#[path = "../support/mod.rs"]
mod support;

/// The comments at the start of scripts are read by the code of core's tests.
#[expect(dead_code, reason = "core's tests use the rest")]
#[path = "../../ipxe-orch-core/tests/script/world.rs"]
mod world;
