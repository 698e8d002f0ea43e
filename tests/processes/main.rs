//! Server processes over one database: two at once, and killed ones.

// Tells clippy that the helpers are test code as well.
#![cfg(test)]

mod crash;
mod pair;

#[path = "../../examples/crash/driver/mod.rs"]
mod driver;
