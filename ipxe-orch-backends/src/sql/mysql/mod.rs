//! MySQL and MariaDB.

mod connect;
mod fault;
mod options;
#[cfg(test)]
mod plans;
mod session;
mod settings;

use super::{
    driver::{Driver, Fault, Session, Transaction},
    error::OpenError,
    migrate::{self, Missing},
    server::{self, Server, ServerEvents, ServerPrimary},
    store::SqlStore,
};
use async_trait::async_trait;
use fault::fault;
use ipxe_orch_core::stores::StoreError;
use session::Connected;
use sqlx::{Connection as _, MySqlPool};
use std::sync::Arc;

pub use options::MysqlOptions;

/// A MySQL or MariaDB server.
#[derive(Debug)]
pub struct Mysql(());

/// Hosts, leases, profiles, audit and boot events in a MySQL or MariaDB database.
///
/// It needs MySQL 8.0.16 or MariaDB 10.6, or newer, and a tokio runtime. Any number of programs may
/// use the database at the same time.
pub type MysqlStore = SqlStore<Mysql>;

impl MysqlStore {
    /// Opens the database, and brings its tables up to date.
    ///
    /// # Errors
    /// [`OpenError`]. A database that this program does not understand is not changed.
    pub async fn open(options: MysqlOptions) -> Result<Self, OpenError> {
        let mut connection = connect::first(&options).await?;
        settings::check(&mut connection).await?;
        bring_up(&mut connection, &options).await?;
        connection.close().await.map_err(fault)?;
        let server = MysqlServer { pool: connect::pool(&options) };
        let server: Arc<dyn Server> = Arc::new(server);
        let driver: Arc<dyn Driver> = server.clone();
        let primary = ServerPrimary::new(Arc::clone(&server), options.heads);
        let events = ServerEvents::new(server, options.keep_events);
        Ok(Self::new(options.chain, driver, Box::new(primary), Box::new(events)))
    }
}

async fn bring_up(
    connection: &mut sqlx::MySqlConnection,
    options: &MysqlOptions,
) -> Result<(), OpenError> {
    let mut session = Connected(&mut *connection);
    match migrate::missing(&mut session).await? {
        Missing::These([]) => Ok(()),
        Missing::These(_) => migrate::migrate(&mut session, options.new_epoch, options.now).await,
        Missing::Foreign => Err(OpenError::ForeignSchema { name: options.database() }),
    }
}

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
        Ok(Box::new(Connected(self.pool.begin().await.map_err(fault)?)))
    }
}
