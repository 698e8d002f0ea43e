//! Parts that fail, named by how, for the tests of whoever embeds this crate (feature `fakes`).
//!
//! What works, in memory, is in [`crate::memory`]; mocks whose every call a test prescribes are in
//! `mocks` (feature `mocks`).

mod authorizer;
mod keys;
mod media;
mod renderer;
mod store;

pub use authorizer::{AllowWithin, DenyAll};
pub use keys::LostKeys;
pub use media::EmptyMedia;
pub use renderer::FailingRenderer;
pub use store::BrokenStore;
