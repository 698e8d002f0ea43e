//! A PostgreSQL database at one end of a copy.

use super::{
    super::{
        copy::{Part, Side},
        driver::{Fault, Session, Transaction},
        error::{Done, Failure, OpenError},
        migrate::Schema,
        server::{self, Server as _},
    },
    PostgresServer, PostgresStore, connect,
    options::PostgresOptions,
    session::Connected,
};
use async_trait::async_trait;
use ipxe_orch_core::stores::StoreError;
use std::{fmt, sync::Arc};

pub(in super::super) struct PostgresSide {
    options: PostgresOptions,
    server: PostgresServer,
}

impl fmt::Debug for PostgresSide {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.options.fmt(f)
    }
}

impl PostgresSide {
    pub(in super::super) fn new(options: PostgresOptions) -> Self {
        let server = PostgresServer { pool: connect::pool(&options) };
        Self { options, server }
    }
}

#[async_trait]
impl Side for PostgresSide {
    fn name(&self) -> String {
        self.options.database()
    }

    async fn prepare(&self) -> Result<Schema, OpenError> {
        PostgresStore::migrate(&self.options).await
    }

    async fn snapshot(&self, _: Part) -> Result<Option<Box<dyn Session>>, OpenError> {
        // The state is that of the first statement that reads.
        const BEGIN: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY; SELECT 1";
        let mut session = Connected(Box::new(connect::first(&self.options).await?));
        session.script(BEGIN).await?;
        Ok(Some(Box::new(session)))
    }

    async fn begin(&self, _: Part) -> Done<Box<dyn Transaction>> {
        self.server.begin().await.map_err(Failure::Driver)
    }

    fn tell(&self, fault: Fault) -> StoreError {
        server::tell(&Arc::new(fault))
    }

    /// Its connections end with it.
    async fn close(&self) -> Done<()> {
        Ok(())
    }
}
