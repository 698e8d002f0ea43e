//! A database on a server: programs on several machines write into it at the same time.

mod events;
mod primary;

use super::driver::{Driver, Fault, FaultKind, Transaction};
use async_trait::async_trait;
use ipxe_orch_core::stores::StoreError;
use std::{error::Error, sync::Arc};

pub(super) use events::ServerEvents;
pub(super) use primary::ServerPrimary;

/// A database that gives a transaction to each writer.
#[async_trait]
pub(super) trait Server: Driver {
    async fn begin(&self) -> Result<Box<dyn Transaction>, Fault>;
}

/// What a caller is told of a failure.
pub(super) fn tell(fault: &Arc<Fault>) -> StoreError {
    let source: Box<dyn Error + Send + Sync> = Box::new(Arc::clone(fault));
    match fault.kind() {
        FaultKind::ReadOnly => StoreError::ReadOnly(format!("the database server says: {fault}")),
        FaultKind::Full => StoreError::Full("free some space on the database server".to_owned()),
        FaultKind::Corrupt(how) => StoreError::Corrupt(how.to_owned()),
        FaultKind::Again | FaultKind::Lost | FaultKind::Unreadable => {
            StoreError::Unavailable(source)
        }
        FaultKind::Taken | FaultKind::Refused | FaultKind::Other => StoreError::Backend(source),
    }
}
