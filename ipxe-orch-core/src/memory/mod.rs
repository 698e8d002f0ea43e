//! References of the traits, in memory: for tests, for trying out, and to say what is meant.

mod fakes;
mod parts;
mod store;

pub use fakes::{CountingRandom, ManualClock};
pub use parts::{AllMedia, EventLog, PlainRenderer};
pub use store::MemoryStore;
