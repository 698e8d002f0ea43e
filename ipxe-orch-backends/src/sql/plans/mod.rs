//! How the databases find what the statements ask for, however many hosts, attempts, entries and
//! events there are: each driver reads the plan of each statement and says what is wrong with it.

mod fill;
mod queries;

pub(super) use fill::fill;
pub(super) use queries::{Query, queries};

/// The number of hosts in a filled database, and of most other things.
pub(super) const ROWS: u64 = 20_000;
/// A plan may read or sort so many rows without an index: pages, and tables that stay small.
pub(super) const FEW: u64 = 2_000;
