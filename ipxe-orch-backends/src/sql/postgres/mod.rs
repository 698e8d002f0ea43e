//! PostgreSQL.

mod connect;
mod fault;
mod options;
#[cfg(test)]
mod plan;
#[cfg(test)]
mod plans;
mod session;
mod settings;
mod side;

use super::{
    driver::{Driver, Fault, Session, Transaction},
    error::OpenError,
    migrate::{self, Schema, Tables},
    server::{self, Server, ServerEvents, ServerPrimary},
    store::SqlStore,
};
use async_trait::async_trait;
use fault::fault;
use ipxe_orch_core::stores::StoreError;
use session::Connected;
use sqlx::{Connection as _, PgConnection, PgPool};
use std::sync::Arc;

pub use options::PostgresOptions;
pub(super) use options::parse;
pub(super) use side::PostgresSide;

/// A PostgreSQL server.
#[derive(Debug)]
pub struct Postgres(());

/// Hosts, leases, profiles, audit and boot events in a PostgreSQL database.
///
/// It needs PostgreSQL 13 or newer, and a tokio runtime. Any number of programs may use the database
/// at the same time.
pub type PostgresStore = SqlStore<Postgres>;

impl PostgresStore {
    /// Opens the database, and brings its tables up to date unless
    /// [`migrate`](PostgresOptions::migrate) is false.
    ///
    /// # Errors
    /// [`OpenError`]. A database that this program does not understand is not changed.
    pub async fn open(options: PostgresOptions) -> Result<Self, OpenError> {
        if options.migrate {
            Self::migrate(&options).await?;
        } else {
            Self::schema(&options).await?.up_to_date()?;
        }
        let server = PostgresServer { pool: connect::pool(&options) };
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
    pub async fn schema(options: &PostgresOptions) -> Result<Schema, OpenError> {
        let mut connection = connect::first(options).await?;
        let schema = look(&mut connection, options).await;
        connection.close().await.ok();
        schema
    }

    /// Brings the tables up to date, and gives what there was before.
    ///
    /// # Errors
    /// [`OpenError`]. A database that this program does not understand is not changed.
    pub async fn migrate(options: &PostgresOptions) -> Result<Schema, OpenError> {
        let mut connection = connect::first(options).await?;
        let schema = look(&mut connection, options).await?;
        if !schema.missing.is_empty() {
            bring_up(&mut connection, options).await?;
        }
        connection.close().await.map_err(fault)?;
        Ok(schema)
    }
}

/// The tables, on a server that is fit.
async fn look(
    connection: &mut PgConnection,
    options: &PostgresOptions,
) -> Result<Schema, OpenError> {
    settings::check(&mut *connection).await?;
    match migrate::tables(&mut Connected(connection)).await? {
        Tables::Ours(schema) => Ok(schema),
        Tables::Foreign => Err(OpenError::ForeignSchema { name: options.database() }),
    }
}

/// Statements that change tables are part of a transaction here. A second program waits for the
/// lock, and finds it done.
async fn bring_up(
    connection: &mut PgConnection,
    options: &PostgresOptions,
) -> Result<(), OpenError> {
    let mut session = Connected(connection.begin().await.map_err(fault)?);
    session.script("SELECT pg_advisory_xact_lock(7596201)").await?;
    migrate::migrate(&mut session, options.new_epoch, options.now).await?;
    Ok(Box::new(session).commit().await?)
}

#[derive(Debug)]
struct PostgresServer {
    pool: PgPool,
}

#[async_trait]
impl Driver for PostgresServer {
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
impl Server for PostgresServer {
    async fn begin(&self) -> Result<Box<dyn Transaction>, Fault> {
        Ok(Box::new(Connected(self.pool.begin().await.map_err(fault)?)))
    }
}
