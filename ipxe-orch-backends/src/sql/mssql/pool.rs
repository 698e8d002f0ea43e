//! A pool of connections.

use super::{
    connect::{Connection, Reads},
    fault::{fault, may_connect_later},
    target::Target,
};
use crate::sql::driver::{Fault, FaultKind};
use bb8::{ManageConnection, PooledConnection, RunError};
use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tiberius::error::Error;
use tokio::time::{Instant, sleep, timeout};

/// A read that gets no connection by then fails; the boot stage asks the next server.
const ACQUIRE: Duration = Duration::from_secs(5);
/// A connection that does not answer by then is given up for another one.
const ALIVE: Duration = Duration::from_secs(1);
/// The pause before another try to connect.
const PAUSE: Duration = Duration::from_millis(200);

/// A connection of the pool.
pub(super) type Pooled = PooledConnection<'static, Manager>;

/// Makes the connections, and says which of them still work.
#[derive(Debug)]
pub(super) struct Manager {
    target: Target,
    limit: Duration,
    reads: Reads,
    /// Why there was no connection the last time.
    failure: Arc<Mutex<Option<Error>>>,
}

impl Manager {
    /// Tries until nobody waits any longer. Then the next caller tries.
    async fn try_to_connect(&self) -> Result<Connection, Error> {
        let end = Instant::now() + ACQUIRE;
        loop {
            match Connection::open(&self.target, self.limit).await {
                Err(error) if may_connect_later(&error) && Instant::now() + PAUSE < end => {
                    keep(&self.failure, Some(error));
                    sleep(PAUSE).await;
                }
                done => return done,
            }
        }
    }
}

fn keep(failure: &Mutex<Option<Error>>, error: Option<Error>) {
    *failure.lock().unwrap_or_else(PoisonError::into_inner) = error;
}

impl ManageConnection for Manager {
    type Connection = Connection;
    type Error = Error;

    async fn connect(&self) -> Result<Connection, Error> {
        let mut connection = self.try_to_connect().await;
        if let Ok(new) = &mut connection {
            new.refresh(self.reads).await?;
        }
        keep(&self.failure, connection.as_ref().err().cloned());
        connection
    }

    async fn is_valid(&self, connection: &mut Connection) -> Result<(), Error> {
        let late = |_| Error::Protocol("the connection does not answer".into());
        timeout(ALIVE, connection.refresh(self.reads)).await.map_err(late)?
    }

    fn has_broken(&self, connection: &mut Connection) -> bool {
        !connection.is_clean()
    }
}

/// The connections of a store. They end with the last one that is used.
#[derive(Debug)]
pub(super) struct Pool {
    pool: bb8::Pool<Manager>,
    failure: Arc<Mutex<Option<Error>>>,
}

impl Pool {
    pub(super) fn new(target: Target, limit: Duration, reads: Reads, connections: u32) -> Self {
        let failure = Arc::new(Mutex::new(None));
        let manager = Manager { target, limit, reads, failure: Arc::clone(&failure) };
        let pool = bb8::Pool::builder()
            .max_size(connections.max(2))
            .connection_timeout(ACQUIRE)
            // The manager tries again itself, because it knows when this is of no use.
            .retry_connection(false)
            .test_on_check_out(true)
            .build_unchecked(manager);
        Self { pool, failure }
    }

    pub(super) async fn get(&self) -> Result<Pooled, Fault> {
        let why = || self.failure.lock().unwrap_or_else(PoisonError::into_inner).clone();
        self.pool.get_owned().await.map_err(|error| match error {
            RunError::User(error) => fault(error),
            RunError::TimedOut => why().map_or_else(
                || Fault::new(FaultKind::Again, "no connection to the database server was free"),
                fault,
            ),
        })
    }
}
