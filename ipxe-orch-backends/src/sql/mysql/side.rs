//! A MySQL or MariaDB database at one end of a copy.

use super::{
    super::{
        copy::{Part, Side},
        driver::{Fault, Session, Transaction},
        error::{Done, Failure, OpenError},
        migrate::Schema,
        server::{self, Server as _},
    },
    MysqlServer, MysqlStore, connect,
    options::MysqlOptions,
    session::Connected,
};
use async_trait::async_trait;
use ipxe_orch_core::stores::StoreError;
use std::{fmt, sync::Arc};

pub(in super::super) struct MysqlSide {
    options: MysqlOptions,
    server: MysqlServer,
}

impl fmt::Debug for MysqlSide {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.options.fmt(f)
    }
}

impl MysqlSide {
    pub(in super::super) fn new(options: MysqlOptions) -> Self {
        let server = MysqlServer { pool: connect::pool(&options) };
        Self { options, server }
    }
}

#[async_trait]
impl Side for MysqlSide {
    fn name(&self) -> String {
        self.options.database()
    }

    async fn prepare(&self) -> Result<Schema, OpenError> {
        MysqlStore::migrate(&self.options).await
    }

    async fn snapshot(&self, _: Part) -> Result<Option<Box<dyn Session>>, OpenError> {
        // The level is that of the next transaction alone.
        const BEGIN: &str = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ;\n\
            START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY;\n";
        let (connection, _) = connect::first(&self.options).await?;
        let mut session = Connected(Box::new(connection));
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
