//! A pool of connections.

use super::{
    connect::{Connection, Reads},
    fault::{fault, may_connect_later},
    options::MssqlOptions,
    target::Target,
};
use crate::sql::driver::{Fault, FaultKind};
use bb8::{ManageConnection, PooledConnection, RunError};
use std::{
    ops::{Deref, DerefMut},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tiberius::error::Error;
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::{Instant, sleep, timeout},
};

/// A connection that does not answer by then is given up for another one.
const ALIVE: Duration = Duration::from_secs(1);
/// Logins at the same time. A server for which logins are work must not get so many at once that none
/// is done in time: then each would be given up, and tried anew.
const LOGINS: usize = 2;
/// The pause before another try to connect.
const PAUSE: Duration = Duration::from_millis(200);

/// A connection of the pool. It goes back before the next one who waits is let in.
#[derive(Debug)]
pub(super) struct Pooled {
    connection: PooledConnection<'static, Manager>,
    _turn: OwnedSemaphorePermit,
}

impl Deref for Pooled {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        &self.connection
    }
}

impl DerefMut for Pooled {
    fn deref_mut(&mut self) -> &mut Connection {
        &mut self.connection
    }
}

/// Makes the connections, and says which of them still work.
#[derive(Debug)]
pub(super) struct Manager {
    target: Target,
    limit: Duration,
    /// How long a caller waits.
    patience: Duration,
    reads: Reads,
    logins: Semaphore,
    /// Why there was no connection the last time.
    failure: Arc<Mutex<Option<Error>>>,
}

impl Manager {
    /// Tries until nobody waits any longer. Then the next caller tries.
    async fn try_to_connect(&self) -> Result<Connection, Error> {
        let end = Instant::now() + self.patience;
        loop {
            // It is never closed.
            let _turn = self.logins.acquire().await.ok();
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
    connections: bb8::Pool<Manager>,
    /// Lets callers in one after another. The pool itself gives a connection to whoever comes first,
    /// so that some would wait for ever.
    turns: Arc<Semaphore>,
    patience: Duration,
    failure: Arc<Mutex<Option<Error>>>,
}

impl Pool {
    pub(super) fn new(options: &MssqlOptions, reads: Reads) -> Self {
        let (most, patience) = (options.connections.max(2), options.acquire_timeout);
        let (target, limit) = (options.target.clone(), options.command_timeout);
        let turns = Arc::new(Semaphore::new(usize::try_from(most).unwrap_or(usize::MAX)));
        let failure = Arc::new(Mutex::new(None));
        let manager = Manager {
            target,
            limit,
            patience,
            reads,
            logins: Semaphore::new(LOGINS),
            failure: Arc::clone(&failure),
        };
        let connections = bb8::Pool::builder()
            .max_size(most)
            .connection_timeout(patience.max(PAUSE))
            // The manager tries again itself, because it knows when this is of no use.
            .retry_connection(false)
            .test_on_check_out(true)
            .build_unchecked(manager);
        Self { connections, turns, patience, failure }
    }

    pub(super) async fn get(&self) -> Result<Pooled, Fault> {
        let get = async {
            // It is never closed.
            let turn = Arc::clone(&self.turns).acquire_owned().await;
            let turn = turn.map_err(|_| RunError::TimedOut)?;
            let connection = self.connections.get_owned().await?;
            Ok(Pooled { connection, _turn: turn })
        };
        match timeout(self.patience, get).await {
            Ok(Ok(pooled)) => Ok(pooled),
            Ok(Err(RunError::User(error))) => Err(fault(error)),
            Ok(Err(RunError::TimedOut)) | Err(_) => Err(self.late()),
        }
    }

    /// Why there was no connection in time.
    fn late(&self) -> Fault {
        let failure = self.failure.lock().unwrap_or_else(PoisonError::into_inner).clone();
        failure.map_or_else(
            || Fault::new(FaultKind::Again, "no connection to the database server was free"),
            fault,
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ipxe_orch_core::{
        ids::{ChainId, Epoch},
        time::Timestamp,
    };
    use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
    use tokio::{io::AsyncReadExt as _, net::TcpListener};

    /// A server that takes connections and lets nobody in; it counts them.
    async fn silent() -> (u16, Arc<AtomicUsize>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (port, open) = (listener.local_addr().unwrap().port(), Arc::new(AtomicUsize::new(0)));
        let counted = Arc::clone(&open);
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                counted.fetch_add(1, SeqCst);
                let counted = Arc::clone(&counted);
                tokio::spawn(async move {
                    let mut bytes = [0; 1024];
                    while stream.read(&mut bytes).await.is_ok_and(|read| read > 0) {}
                    counted.fetch_sub(1, SeqCst);
                });
            }
        });
        (port, open)
    }

    #[tokio::test]
    async fn a_server_that_is_slow_gets_few_logins_at_once() {
        let (port, open) = silent().await;
        let url = format!("mssql://sa@127.0.0.1:{port}/d?encrypt=disabled");
        let (chain, epoch) = (ChainId::from_bytes([1; 16]), Epoch::from_bytes([0; 16]));
        let now = Timestamp::from_millis(0);
        let options = MssqlOptions::from_url(&url, "heads".into(), chain, epoch, now);
        let mut options = options.unwrap();
        (options.connections, options.acquire_timeout) = (8, Duration::from_millis(600));
        let pool = Arc::new(Pool::new(&options, Reads::Versions));
        let wait = |pool: Arc<Pool>| async move { pool.get().await.map(drop) };
        let all: Vec<_> = (0..8).map(|_| tokio::spawn(wait(Arc::clone(&pool)))).collect();
        let mut most = 0;
        for _ in 0..20 {
            sleep(Duration::from_millis(20)).await;
            most = most.max(open.load(SeqCst));
        }
        for one in all {
            assert!(one.await.unwrap().is_err());
        }
        assert_eq!(most, LOGINS);
    }
}
