//! The writer of a database on a server.
//!
//! A server keeps its own files in their place. What can happen all the same is that it is set back
//! to a backup, or that its name leads to another one: the file of heads shows it.

use super::{
    super::{
        driver::{Beside, Fault, Primary, Transaction},
        error::{Done, Failure},
        head_file::HeadFile,
        seen::Seen,
    },
    Server,
};
use async_trait::async_trait;
use ipxe_orch_core::stores::StoreError;
use std::{path::PathBuf, sync::Arc};

#[derive(Debug)]
pub(in super::super) struct ServerPrimary {
    server: Arc<dyn Server>,
    heads: HeadFile,
    beside: Option<Result<Beside, StoreError>>,
}

impl ServerPrimary {
    pub(in super::super) fn new(server: Arc<dyn Server>, heads: PathBuf) -> Self {
        Self { server, heads: HeadFile::new(heads), beside: None }
    }
}

#[async_trait]
impl Primary for ServerPrimary {
    /// Reads the file of heads first: a cluster promises to a transaction what was acknowledged
    /// before it begins, and no more.
    async fn begin(&mut self) -> Done<Box<dyn Transaction>> {
        self.beside = Some(self.heads.beside());
        self.server.begin().await.map_err(Failure::Driver)
    }

    async fn beside(&mut self) -> Result<Beside, StoreError> {
        self.beside.take().unwrap_or_else(|| self.heads.beside())
    }

    async fn confirm(&mut self) -> Result<(), StoreError> {
        Ok(())
    }

    async fn remember(
        &mut self,
        seen: &Seen,
        durably: bool,
        alone: bool,
    ) -> Result<(), StoreError> {
        self.heads.remember(seen, None, durably, alone).await
    }

    fn warn(&mut self, seen: &[Seen]) -> Result<(), StoreError> {
        for seen in seen {
            self.heads.write(seen, None, false)?;
        }
        Ok(())
    }

    /// Only the server knows.
    fn is_unchanged(&self) -> bool {
        false
    }

    async fn make_room(&mut self) {}

    async fn tend(&mut self) {}

    /// A transaction that is dropped ends with its connection.
    async fn reset(&mut self, _: Option<&Fault>) {}

    async fn close(&mut self) {}
}
