//! Connections to the server, each with the settings that the statements need.

use super::{
    super::error::OpenError,
    fault::fault,
    galera::{self, Node},
    options::MysqlOptions,
};
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

/// A connection before there is a store, and where it leads to.
pub(super) async fn first(options: &MysqlOptions) -> Result<(MySqlConnection, Node), OpenError> {
    let mut connection = options.connect.connect().await.map_err(fault)?;
    let node = prepare(&mut connection).await.map_err(fault)?;
    Ok((connection, node))
}

async fn prepare(connection: &mut MySqlConnection) -> Result<Node, sqlx::Error> {
    connection.execute(sqlx::raw_sql(SESSION)).await?;
    galera::prepare(connection).await
}

pub(super) fn pool(options: &MysqlOptions) -> MySqlPool {
    MySqlPoolOptions::new()
        .max_connections(options.connections.max(2))
        .acquire_timeout(ACQUIRE)
        .test_before_acquire(true)
        .after_connect(|connection, _| {
            Box::pin(async move {
                match prepare(connection).await? {
                    Node::No | Node::Member => Ok(()),
                    Node::Alone => Err(sqlx::Error::Configuration("wsrep_on is OFF".into())),
                }
            })
        })
        .connect_lazy_with(options.connect.clone())
}
