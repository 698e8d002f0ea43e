//! Connections to the server, each with the settings that the statements need.

use super::{super::error::OpenError, fault::fault, galera, options::MysqlOptions};
use sqlx::{
    ConnectOptions as _, Executor as _, MySqlConnection, MySqlPool, mysql::MySqlPoolOptions,
};
use std::time::Duration;

/// A read that gets no connection by then fails; the boot stage asks the next server.
const ACQUIRE: Duration = Duration::from_secs(5);

/// Refuses what does not fit, and takes `"` around names. A transaction sees what others have
/// committed: what it must not miss it compares itself. Whoever waits for a row for 5 s gives up.
const SESSION: &str = "SET SESSION sql_mode = 'STRICT_ALL_TABLES,ANSI_QUOTES,\
    NO_ENGINE_SUBSTITUTION,ERROR_FOR_DIVISION_BY_ZERO,NO_ZERO_DATE,NO_ZERO_IN_DATE', \
    innodb_lock_wait_timeout = 5; \
    SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED";

/// A connection before there is a store, and whether it leads to a node of Galera.
pub(super) async fn first(options: &MysqlOptions) -> Result<(MySqlConnection, bool), OpenError> {
    let mut connection = options.connect.connect().await.map_err(fault)?;
    let is_galera = prepare(&mut connection).await.map_err(fault)?;
    Ok((connection, is_galera))
}

async fn prepare(connection: &mut MySqlConnection) -> Result<bool, sqlx::Error> {
    connection.execute(sqlx::raw_sql(SESSION)).await?;
    galera::prepare(connection).await
}

pub(super) fn pool(options: &MysqlOptions) -> MySqlPool {
    MySqlPoolOptions::new()
        .max_connections(options.connections.max(2))
        .acquire_timeout(ACQUIRE)
        .test_before_acquire(true)
        .after_connect(|connection, _| Box::pin(async move { prepare(connection).await.map(drop) }))
        .connect_lazy_with(options.connect.clone())
}
