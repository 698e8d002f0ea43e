//! SQL Server.

mod connect;
mod fault;
mod options;
mod pool;
mod reach;
mod session;
mod settings;
mod side;
mod target;

use super::{
    driver::{Driver, Fault, Session, Transaction},
    error::OpenError,
    migrate::{self, Schema, Tables},
    server::{self, Server, ServerEvents, ServerPrimary},
    store::SqlStore,
};
use async_trait::async_trait;
use connect::Connection;
use fault::fault;
use ipxe_orch_core::stores::StoreError;
use pool::Pool;
use session::{Connected, Open};
use std::{sync::Arc, time::Duration};

pub use options::MssqlOptions;
pub(super) use options::check_url;
pub(super) use side::MssqlSide;

/// A change of the tables may take this long.
const CHANGES: Duration = Duration::from_mins(10);

/// One program at a time changes the tables. The others wait, and find it done.
const LOCK: &str = "DECLARE @got int; EXEC @got = sp_getapplock @Resource = N'ipxe-orch:migrate', \
    @LockMode = 'Exclusive', @LockOwner = 'Transaction', @LockTimeout = 30000; \
    IF @got < 0 THROW 50010, N'another program is changing the tables of the database', 1;";

/// Microsoft SQL Server.
#[derive(Debug)]
pub struct Mssql(());

/// Hosts, leases, profiles, audit and boot events in a SQL Server database.
///
/// It needs SQL Server 2014 or newer, and a tokio runtime. Any number of programs may use the database
/// at the same time.
pub type MssqlStore = SqlStore<Mssql>;

impl MssqlStore {
    /// Opens the database, and brings its tables up to date unless
    /// [`migrate`](MssqlOptions::migrate) is false.
    ///
    /// # Errors
    /// [`OpenError`]. A database that this program does not understand is not changed.
    pub async fn open(options: MssqlOptions) -> Result<Self, OpenError> {
        let mut connection = connected(&options).await?;
        let reads = settings::check(&mut connection).await?;
        let schema = look(&mut connection, &options).await?;
        if !options.migrate {
            schema.up_to_date()?;
        } else if !schema.missing.is_empty() {
            bring_up(&mut connection, &options).await?;
        }
        let pool = Pool::new(&options, reads);
        let server: Arc<dyn Server> = Arc::new(MssqlServer { pool });
        let driver: Arc<dyn Driver> = server.clone();
        migrate::require_complete(&*driver).await?;
        let primary = ServerPrimary::new(Arc::clone(&server), options.heads);
        let events = ServerEvents::new(server, options.keep_events);
        Ok(Self::new(options.chain, driver, Box::new(primary), Box::new(events)))
    }

    /// Looks at the tables, and changes nothing.
    ///
    /// # Errors
    /// [`OpenError`] if the server or the database cannot be used.
    pub async fn schema(options: &MssqlOptions) -> Result<Schema, OpenError> {
        let mut connection = connected(options).await?;
        settings::check(&mut connection).await?;
        look(&mut connection, options).await
    }

    /// Brings the tables up to date, and gives what there was before.
    ///
    /// # Errors
    /// [`OpenError`]. A database that this program does not understand is not changed.
    pub async fn migrate(options: &MssqlOptions) -> Result<Schema, OpenError> {
        let mut connection = connected(options).await?;
        settings::check(&mut connection).await?;
        let schema = look(&mut connection, options).await?;
        if !schema.missing.is_empty() {
            bring_up(&mut connection, options).await?;
        }
        Ok(schema)
    }
}

async fn connected(options: &MssqlOptions) -> Result<Connection, OpenError> {
    Ok(Connection::open(&options.target, options.command_timeout).await.map_err(fault)?)
}

async fn look(connection: &mut Connection, options: &MssqlOptions) -> Result<Schema, OpenError> {
    match migrate::tables(&mut Connected(connection)).await? {
        Tables::Ours(schema) => Ok(schema),
        Tables::Foreign => Err(OpenError::ForeignSchema { name: options.target.database.clone() }),
    }
}

/// Statements that change tables are part of a transaction here.
async fn bring_up(connection: &mut Connection, options: &MssqlOptions) -> Result<(), OpenError> {
    connection.set_limit(CHANGES);
    let mut session = Open::begin(connection).await?;
    session.script(LOCK).await?;
    migrate::migrate(&mut session, options.new_epoch, options.now).await?;
    Ok(Box::new(session).commit().await?)
}

#[derive(Debug)]
struct MssqlServer {
    pool: Pool,
}

#[async_trait]
impl Driver for MssqlServer {
    async fn read(&self) -> Result<Box<dyn Session>, Fault> {
        Ok(Box::new(Connected(self.pool.get().await?)))
    }

    fn tell(&self, fault: &Arc<Fault>) -> StoreError {
        server::tell(fault)
    }

    /// The connections end with the pool.
    async fn close(&self) {}
}

#[async_trait]
impl Server for MssqlServer {
    async fn begin(&self) -> Result<Box<dyn Transaction>, Fault> {
        Ok(Box::new(Open::begin(self.pool.get().await?).await?))
    }
}
