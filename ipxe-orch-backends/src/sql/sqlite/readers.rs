//! The connections that read. All of them can be closed and opened anew: SQLite keeps what it has
//! found out about a file as long as one connection of the process is open.

use super::{
    super::{
        driver::{self, Pool},
        error::{Done, Failure},
    },
    connect,
    options::SqliteOptions,
};
use ipxe_orch_core::stores::StoreError;
use std::{sync::Arc, time::Duration};
use tokio::{
    sync::{Mutex, RwLock},
    time::{Instant, timeout},
};

/// How long connections at work may delay that all are closed.
const PATIENCE: Duration = Duration::from_secs(5);
/// After a failed read, all are opened anew at most this often.
const PAUSE: Duration = Duration::from_secs(1);

/// Shared by the store and its writer.
#[derive(Clone, Debug)]
pub(in crate::sql) struct Readers(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    options: SqliteOptions,
    /// Locked while all are closed: who reads then waits for the new ones.
    pool: RwLock<Pool>,
    renewed: Mutex<Option<Instant>>,
}

impl Readers {
    pub(in crate::sql) fn new(options: &SqliteOptions) -> Self {
        let pool = RwLock::new(connect::readers(options));
        Self(Arc::new(Inner { options: options.clone(), pool, renewed: Mutex::new(None) }))
    }

    /// The connections of now.
    pub(in crate::sql) async fn pool(&self) -> Pool {
        self.0.pool.read().await.clone()
    }

    /// The result of a read. If the file or its log was the reason of a failure, the next reads get
    /// new connections.
    pub(in crate::sql) fn result<T>(&self, done: Done<T>) -> Result<T, StoreError> {
        let error = match done {
            Ok(value) => return Ok(value),
            Err(Failure::Refused(error)) => return Err(error),
            Err(Failure::Driver(error)) => Arc::new(error),
        };
        if driver::is_of_the_file(&error) {
            let readers = self.clone();
            tokio::spawn(async move { readers.renew_at_times().await });
        }
        Err(driver::store_error(&error, &self.0.options.path))
    }

    async fn renew_at_times(&self) {
        let renewed = *self.0.renewed.lock().await;
        if renewed.is_none_or(|last| last.elapsed() > PAUSE) {
            self.renew().await;
        }
    }

    /// Closes all connections, and opens new ones when they are needed.
    pub(in crate::sql) async fn renew(&self) {
        let mut renewed = self.0.renewed.lock().await;
        // A connection that does not end now is closed when it does.
        let mut pool = self.0.pool.write().await;
        timeout(PATIENCE, pool.close()).await.ok();
        *pool = connect::readers(&self.0.options);
        *renewed = Some(Instant::now());
    }

    pub(in crate::sql) async fn close(&self) {
        self.pool().await.close().await;
    }
}
