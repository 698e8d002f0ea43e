//! A SQL Server database at one end of a copy.

use super::{
    super::{
        copy::{Part, Side},
        driver::{Fault, Session, Transaction},
        error::{Done, Failure, OpenError},
        migrate::Schema,
        server::{self, Server as _},
    },
    MssqlServer, MssqlStore,
    connect::Reads,
    connected,
    fault::fault,
    options::MssqlOptions,
    pool::Pool,
    session::Connected,
};
use async_trait::async_trait;
use ipxe_orch_core::stores::StoreError;
use std::{fmt, sync::Arc};

pub(in super::super) struct MssqlSide {
    options: MssqlOptions,
    server: MssqlServer,
}

impl fmt::Debug for MssqlSide {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.options.fmt(f)
    }
}

impl MssqlSide {
    pub(in super::super) fn new(options: MssqlOptions) -> Self {
        let pool = Pool::new(&options, Reads::Versions);
        Self { options, server: MssqlServer { pool } }
    }
}

#[async_trait]
impl Side for MssqlSide {
    fn name(&self) -> String {
        self.options.target.database.clone()
    }

    async fn prepare(&self) -> Result<Schema, OpenError> {
        MssqlStore::migrate(&self.options).await
    }

    /// The database must allow it: `ALTER DATABASE CURRENT SET ALLOW_SNAPSHOT_ISOLATION ON`. The
    /// server says so otherwise.
    async fn snapshot(&self, _: Part) -> Result<Option<Box<dyn Session>>, OpenError> {
        const BEGIN: &str = "SET TRANSACTION ISOLATION LEVEL SNAPSHOT; BEGIN TRANSACTION";
        let mut connection = connected(&self.options).await?;
        connection.batch(BEGIN).await.map_err(fault)?;
        Ok(Some(Box::new(Connected(Box::new(connection)))))
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
