//! What a store must do. These cases call the store traits and nothing else.

pub mod accepted;
pub mod attempts;
pub mod audit;
pub mod between;
pub mod boots;
pub mod claims;
pub mod clashes;
pub mod defaults;
pub mod discovered;
pub mod dropped;
pub mod events;
mod filled;
pub mod handles;
pub mod hosts;
pub mod ids;
pub mod image_keys;
pub mod images;
pub mod leases;
pub mod lists;
mod make;
pub mod overdue;
pub mod policies;
pub mod profiles;
pub mod pruned;
mod race;
pub mod races;
pub mod refused;
pub mod removed;
pub mod reopened;
pub mod scopes;
pub mod sealed;
pub mod sinks;
pub mod together;
mod view;

use super::{
    Bench,
    bench::origin,
    expect::{conflict, holds, invalid, must, not_found, same, taken},
};
