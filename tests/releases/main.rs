//! Images stay attached for years: those of every release are served by today's server.
//!
//! `tests/fixtures/releases/VERSION` holds what an image of that release has of its own; see
//! `docs/TESTING.md`.

// Tells clippy that the helpers are test code as well.
#![cfg(test)]

mod machines;
mod release;
mod requests;

#[expect(dead_code, reason = "other tests use the rest")]
#[path = "../support/mod.rs"]
mod support;
