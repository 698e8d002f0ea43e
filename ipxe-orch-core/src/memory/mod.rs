//! Implementations of the traits in memory: for tests and first steps. They are also the reference
//! for what the traits mean.

mod access;
mod apply;
mod audit;
mod events;
mod fakes;
mod hosts;
mod parts;
mod policies;
mod profiles;
mod put;
mod sealed;
mod snapshot;
mod store;

pub use fakes::{CountingRandom, ManualClock};
pub use parts::{AllMedia, EventLog, InPlace, PlainRenderer};
pub use snapshot::Snapshot;
pub use store::MemoryStore;
