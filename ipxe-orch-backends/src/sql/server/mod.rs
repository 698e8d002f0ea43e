//! A database on a server: programs on several machines write into it at the same time.

mod events;
mod primary;

use super::driver::{Driver, Fault, Transaction};
use async_trait::async_trait;

pub(super) use events::ServerEvents;
pub(super) use primary::ServerPrimary;

/// A database that gives a transaction to each writer.
#[async_trait]
pub(super) trait Server: Driver {
    async fn begin(&self) -> Result<Box<dyn Transaction>, Fault>;
}
