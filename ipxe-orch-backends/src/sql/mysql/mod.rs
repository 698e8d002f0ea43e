//! MySQL and MariaDB.

mod connect;
mod fault;
mod galera;
mod options;
#[cfg(test)]
mod plans;
mod session;
mod settings;
mod side;

use super::{
    driver::{Driver, Fault, FaultKind, Session, Transaction},
    error::OpenError,
    migrate::{self, Schema, Tables},
    server::{self, Server, ServerEvents, ServerPrimary},
    store::SqlStore,
};
use async_trait::async_trait;
use fault::fault;
use galera::Node;
use ipxe_orch_core::stores::StoreError;
use session::{Begun, Connected};
use sqlx::{Connection as _, MySqlPool};
use std::{error::Error, sync::Arc, time::Duration};

pub use options::MysqlOptions;
pub(super) use options::parse;
pub(super) use side::MysqlSide;

/// A MySQL or MariaDB server.
#[derive(Debug)]
pub struct Mysql(());

/// Hosts, leases, profiles, audit and boot events in a MySQL or MariaDB database.
///
/// It needs MySQL 8.0.16 or MariaDB 10.6, or newer, and a tokio runtime. Any number of programs may
/// use the database at the same time; on Galera, each may use another node.
pub type MysqlStore = SqlStore<Mysql>;

impl MysqlStore {
    /// Opens the database, and brings its tables up to date unless
    /// [`migrate`](MysqlOptions::migrate) is false.
    ///
    /// # Errors
    /// [`OpenError`]. A database that this program does not understand is not changed.
    pub async fn open(options: MysqlOptions) -> Result<Self, OpenError> {
        if options.migrate {
            Self::migrate(&options).await?;
        } else {
            Self::schema(&options).await?.up_to_date()?;
        }
        let server = MysqlServer { pool: connect::pool(&options) };
        let server: Arc<dyn Server> = Arc::new(server);
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
    pub async fn schema(options: &MysqlOptions) -> Result<Schema, OpenError> {
        let (mut connection, node) = connect::first(options).await?;
        let schema = look(&mut connection, node, options).await;
        connection.close().await.ok();
        schema
    }

    /// Brings the tables up to date, and gives what there was before.
    ///
    /// # Errors
    /// [`OpenError`]. A database that this program does not understand is not changed.
    pub async fn migrate(options: &MysqlOptions) -> Result<Schema, OpenError> {
        let (mut connection, node) = connect::first(options).await?;
        let schema = look(&mut connection, node, options).await?;
        if !schema.missing.is_empty() {
            migrate_all(&mut connection, options).await?;
        }
        connection.close().await.map_err(fault)?;
        Ok(schema)
    }
}

/// Each change may be repeated. At another node of a cluster, somebody may change tables at the same
/// time: then the rest is tried again.
async fn migrate_all(
    connection: &mut sqlx::MySqlConnection,
    options: &MysqlOptions,
) -> Result<(), OpenError> {
    for _ in 1..MIGRATIONS {
        let mut session = Connected(&mut *connection);
        match migrate::migrate(&mut session, options.new_epoch, options.now).await {
            Err(OpenError::Driver(error)) if is_conflict(&*error) => {}
            done => return done,
        }
        tokio::time::sleep(PAUSE).await;
    }
    migrate::migrate(&mut Connected(connection), options.new_epoch, options.now).await
}

fn is_conflict(error: &(dyn Error + Send + Sync + 'static)) -> bool {
    error.downcast_ref::<Fault>().is_some_and(|fault| fault.kind() == FaultKind::Again)
}

/// The tables, on a server that is fit.
async fn look(
    connection: &mut sqlx::MySqlConnection,
    node: Node,
    options: &MysqlOptions,
) -> Result<Schema, OpenError> {
    // First, because a node that is not ready answers few other questions.
    if node != Node::No {
        galera::check(&mut *connection).await?;
    }
    settings::check(&mut *connection).await?;
    match migrate::tables(&mut Connected(connection)).await? {
        Tables::Ours(schema) => Ok(schema),
        Tables::Foreign => Err(OpenError::ForeignSchema { name: options.database() }),
    }
}

/// How often migrating is tried, and the pause between.
const MIGRATIONS: u32 = 50;
const PAUSE: Duration = Duration::from_millis(50);
/// How often a transaction is begun, if its connection turns out to be of no use.
const TRIES: u32 = 3;

#[derive(Debug)]
struct MysqlServer {
    pool: MySqlPool,
}

#[async_trait]
impl Driver for MysqlServer {
    async fn read(&self) -> Result<Box<dyn Session>, Fault> {
        Ok(Box::new(Connected(self.pool.acquire().await.map_err(fault)?)))
    }

    fn tell(&self, fault: &Arc<Fault>) -> StoreError {
        server::tell(fault)
    }

    async fn close(&self) {
        self.pool.close().await;
    }
}

#[async_trait]
impl Server for MysqlServer {
    async fn begin(&self) -> Result<Box<dyn Transaction>, Fault> {
        // A node that is cut off from its cluster says so: another connection may lead to another one.
        for _ in 1..TRIES {
            match Begun::new(&self.pool).await {
                Err(fault) if fault.kind() == FaultKind::Lost => {}
                begun => return Ok(Box::new(Connected(begun?))),
            }
        }
        Ok(Box::new(Connected(Begun::new(&self.pool).await?)))
    }
}
