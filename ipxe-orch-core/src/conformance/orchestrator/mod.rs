//! What the orchestrator does on a store: whole installs, orders, refusals, and each row of the
//! lease's table.

pub mod addresses;
pub mod approvals;
pub mod audit;
pub mod defaults;
pub mod discovered;
pub mod hosts;
pub mod identity;
pub mod image_keys;
pub mod images;
pub mod leases;
pub mod loaders;
pub mod overdue;
pub mod profiles;
pub mod promises;
pub mod removed;
pub mod rows;
pub mod secrets;
pub mod templates;
mod walk;

use super::{
    Bench,
    bench::origin,
    expect::{holds, must, same},
};
