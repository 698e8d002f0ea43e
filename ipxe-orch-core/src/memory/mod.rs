//! References of the traits, in memory: for tests, for trying out, and to say what is meant.

mod apply;
mod audit;
mod events;
mod fakes;
mod hosts;
mod parts;
mod profiles;
mod put;
mod snapshot;
mod store;

pub use fakes::{CountingRandom, ManualClock};
pub use parts::{AllMedia, EventLog, PlainRenderer};
pub use snapshot::Snapshot;
pub use store::MemoryStore;
