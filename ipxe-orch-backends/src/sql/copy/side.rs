//! What a copy needs of a database.

use super::{
    super::{
        driver::{Fault, Session, Transaction},
        error::{Done, OpenError},
        migrate::Schema,
    },
    tables::Part,
};
use async_trait::async_trait;
use ipxe_orch_core::stores::StoreError;
use std::fmt;

/// A database at one end of a copy. Each driver has one.
#[async_trait]
pub(in super::super) trait Side: fmt::Debug + Send + Sync {
    /// For messages, without a password.
    fn name(&self) -> String;

    /// Makes the database if this program can, brings its tables up to date, and gives what there
    /// was before.
    async fn prepare(&self) -> Result<Schema, OpenError>;

    /// A session that sees one state of this part of the database until it is dropped; none if the
    /// part is not there. It changes nothing.
    async fn snapshot(&self, part: Part) -> Result<Option<Box<dyn Session>>, OpenError>;

    async fn begin(&self, part: Part) -> Done<Box<dyn Transaction>>;

    /// What a caller is told of a failure.
    fn tell(&self, fault: Fault) -> StoreError;

    /// Closes what is open, and leaves files that need no other ones.
    async fn close(&self) -> Done<()>;
}
