//! Images stay attached to machines for years, so today's server must serve the images of every
//! release.
//!
//! `tests/fixtures/releases/VERSION` has what an image of that release contains besides the boot
//! loaders; see `docs/TESTING.md`.

// Tells clippy that the helpers are test code as well.
#![cfg(test)]

mod machines;
mod release;
mod requests;

#[expect(dead_code, reason = "other tests use the rest")]
#[path = "../support/mod.rs"]
mod support;
