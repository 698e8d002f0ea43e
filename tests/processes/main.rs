//! Server processes that share one database: two at the same time, processes that are killed, and
//! databases that are replaced.

// Tells clippy that the helpers are test code as well.
#![cfg(test)]

mod crash;
mod pair;
mod swaps;

#[path = "../../examples/crash/driver/mod.rs"]
mod driver;
