//! Server processes that share one database: two at the same time, and processes that are killed.

// Tells clippy that the helpers are test code as well.
#![cfg(test)]

mod crash;
mod pair;

#[path = "../../examples/crash/driver/mod.rs"]
mod driver;
