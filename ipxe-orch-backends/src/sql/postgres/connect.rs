//! Connections to the server, each with the settings that the statements need.

use super::{super::error::OpenError, fault::fault, options::PostgresOptions};
use sqlx::{ConnectOptions as _, Executor as _, PgConnection, PgPool, postgres::PgPoolOptions};
use std::time::Duration;

/// A read that gets no connection by then fails; the boot stage asks the next server.
const ACQUIRE: Duration = Duration::from_secs(5);

/// A transaction sees what others have committed: what it must not miss it compares itself. Whoever
/// waits for a row for 5 s gives up. A commit that is told is on the disk.
const SESSION: &str = "SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL READ COMMITTED; \
    SET lock_timeout = '5s'; \
    SELECT set_config('synchronous_commit', 'on', false) \
    WHERE current_setting('synchronous_commit') IN ('off', 'local')";

/// A connection before there is a store.
pub(super) async fn first(options: &PostgresOptions) -> Result<PgConnection, OpenError> {
    let mut connection = options.connect.connect().await.map_err(fault)?;
    connection.execute(sqlx::raw_sql(SESSION)).await.map_err(fault)?;
    Ok(connection)
}

pub(super) fn pool(options: &PostgresOptions) -> PgPool {
    PgPoolOptions::new()
        .max_connections(options.connections.max(2))
        .acquire_timeout(ACQUIRE)
        .test_before_acquire(true)
        .after_connect(|connection, _| {
            Box::pin(async move {
                connection.execute(sqlx::raw_sql(SESSION)).await?;
                Ok(())
            })
        })
        .connect_lazy_with(options.connect.clone())
}
