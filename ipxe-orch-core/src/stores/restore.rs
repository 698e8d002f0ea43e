//! Checks of a database, and the acceptance of one that was restored.

use crate::{
    ids::{ChainId, Epoch},
    time::Timestamp,
};

/// What a check of a store has found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checked {
    /// The database's epoch.
    pub epoch: Epoch,
    /// The chain that this store writes itself.
    pub chain: ChainId,
    /// The last audit entry of each chain, so that the clocks of servers can be compared.
    pub latest: Vec<LastEntry>,
    /// The time of the database's server during the check; none where it has no clock of its own.
    pub clock: Option<Timestamp>,
}

/// The last entry of an audit chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LastEntry {
    /// The chain.
    pub chain: ChainId,
    /// The number of the entry.
    pub sequence: u64,
    /// The time of the entry, by the clock of the program that wrote it.
    pub at: Timestamp,
}

/// An operator accepts a database that was restored or replaced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Acceptance {
    /// The epoch of the database that the operator looked at.
    pub expected: Epoch,
    /// Its epoch from now on.
    pub next: Epoch,
    /// The epochs of the databases in whose place it is accepted. Servers that have seen one of
    /// them work with this database again.
    pub instead_of: Vec<Epoch>,
}
