//! The connections that read. All of them can be closed and opened anew: SQLite keeps what it has
//! found out about a file as long as one connection of the process is open.

use super::{
    super::{
        dialect::Dialect,
        driver::{Driver, Fault, FaultKind, Session},
        error::{Done, Failure},
        row::Row,
        statement::Statement,
    },
    connect,
    fault::{self, is_of_the_file},
    options::SqliteOptions,
    threads::{self, Threads},
};
use async_trait::async_trait;
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
pub(super) struct Readers(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    options: SqliteOptions,
    /// Locked while all are closed: who reads then waits for the new ones. `None` at the end.
    threads: RwLock<Option<Threads>>,
    renewed: Mutex<Option<Instant>>,
}

impl Readers {
    pub(super) fn new(options: &SqliteOptions) -> Self {
        let threads = RwLock::new(Some(start(options)));
        Self(Arc::new(Inner { options: options.clone(), threads, renewed: Mutex::new(None) }))
    }

    async fn rows(&self, statement: Statement, most: usize) -> Result<Vec<Row>, Fault> {
        let rows = match &*self.0.threads.read().await {
            Some(threads) => threads.read(statement, most),
            None => return Err(threads::closed()),
        };
        rows.await.unwrap_or_else(|_| Err(threads::closed()))
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
        let mut threads = self.0.threads.write().await;
        if let Some(threads) = threads.take() {
            timeout(PATIENCE, threads.end()).await.ok();
        }
        *threads = Some(start(&self.0.options));
        *renewed = Some(Instant::now());
    }
}

fn start(options: &SqliteOptions) -> Threads {
    Threads::start(&connect::reader(&options.path), options.readers)
}

/// Each statement goes to whichever thread is free.
#[async_trait]
impl Session for Readers {
    fn dialect(&self) -> Dialect {
        Dialect::Sqlite
    }

    /// Nothing is written here.
    async fn run(&mut self, _: Statement) -> Result<u64, Fault> {
        Err(Fault::new(FaultKind::Other, "a connection that reads cannot write"))
    }

    async fn rows(&mut self, statement: Statement) -> Result<Vec<Row>, Fault> {
        Readers::rows(self, statement, usize::MAX).await
    }

    async fn row(&mut self, statement: Statement) -> Result<Option<Row>, Fault> {
        Ok(Readers::rows(self, statement, 1).await?.pop())
    }

    async fn script(&mut self, _: &'static str) -> Result<(), Fault> {
        Err(Fault::new(FaultKind::Other, "a connection that reads cannot write"))
    }
}

#[async_trait]
impl Driver for Readers {
    async fn read(&self) -> Result<Box<dyn Session>, Fault> {
        Ok(Box::new(self.clone()))
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
        if let Some(threads) = self.0.threads.write().await.take() {
            threads.end().await;
        }
    }
}
