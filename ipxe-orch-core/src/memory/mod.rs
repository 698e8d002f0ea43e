//! References of the traits, in memory: for tests, for trying out, and to say what is meant.

mod apply;
mod audit;
mod events;
mod fakes;
mod hosts;
mod parts;
mod put;
mod store;

pub use fakes::{CountingRandom, ManualClock};
pub use parts::{AllMedia, EventLog, PlainRenderer};
pub use store::MemoryStore;
