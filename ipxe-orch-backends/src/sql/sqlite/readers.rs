//! The connections that read. All of them can be closed and opened anew: SQLite keeps what it has
//! found out about a file as long as one connection of the process is open.

use super::{
    super::{
        driver::{Driver, Fault, Session},
        error::{Done, Failure},
    },
    connect,
    fault::{self, fault, is_of_the_file},
    options::SqliteOptions,
    session::Connected,
};
use async_trait::async_trait;
use ipxe_orch_core::stores::StoreError;
use sqlx::SqlitePool;
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
pub(super) struct Readers(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    options: SqliteOptions,
    /// Locked while all are closed: who reads then waits for the new ones.
    pool: RwLock<SqlitePool>,
    renewed: Mutex<Option<Instant>>,
}

impl Readers {
    pub(super) fn new(options: &SqliteOptions) -> Self {
        let pool = RwLock::new(connect::readers(options));
        Self(Arc::new(Inner { options: options.clone(), pool, renewed: Mutex::new(None) }))
    }

    /// The connections of now.
    async fn pool(&self) -> SqlitePool {
        self.0.pool.read().await.clone()
    }

    /// The result of a read.
    pub(super) fn result<T>(&self, done: Done<T>) -> Result<T, StoreError> {
        done.map_err(|failure| match failure {
            Failure::Refused(error) => error,
            Failure::Driver(fault) => self.tell(&Arc::new(fault)),
        })
    }

    async fn renew_at_times(&self) {
        let renewed = *self.0.renewed.lock().await;
        if renewed.is_none_or(|last| last.elapsed() > PAUSE) {
            self.renew().await;
        }
    }

    /// Closes all connections, and opens new ones when they are needed.
    pub(super) async fn renew(&self) {
        let mut renewed = self.0.renewed.lock().await;
        // A connection that does not end now is closed when it does.
        let mut pool = self.0.pool.write().await;
        timeout(PATIENCE, pool.close()).await.ok();
        *pool = connect::readers(&self.0.options);
        *renewed = Some(Instant::now());
    }
}

#[async_trait]
impl Driver for Readers {
    async fn read(&self) -> Result<Box<dyn Session>, Fault> {
        Ok(Box::new(Connected(self.pool().await.acquire().await.map_err(fault)?)))
    }

    /// If the file or its log was the reason, the next reads get new connections.
    fn tell(&self, fault: &Arc<Fault>) -> StoreError {
        if is_of_the_file(fault) {
            let readers = self.clone();
            tokio::spawn(async move { readers.renew_at_times().await });
        }
        fault::tell(fault, &self.0.options.path)
    }

    async fn close(&self) {
        self.pool().await.close().await;
    }
}
