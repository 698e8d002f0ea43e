//! References of the traits, in memory: for tests, for trying out, and to say what is meant.

mod fakes;

pub use fakes::{CountingRandom, ManualClock};
