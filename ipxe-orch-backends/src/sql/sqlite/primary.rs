//! The writer of a file.
//!
//! Nobody may be told of a write that a replaced or older file has lost. So the files are looked at
//! before a transaction and after its commit, and the newest head is written into the file of heads
//! before anybody is told of the commit.

use super::{
    super::{
        driver::{Beside, Fault, Primary, Transaction},
        error::Done,
        head_file::HeadFile,
        seen::Seen,
    },
    connect::{self, Connect},
    fault::{fault, is_of_the_file},
    file::{self, Look, Pair},
    options::SqliteOptions,
    readers::Readers,
    session::{Connected, Home, Locked},
    whole,
    write_lock::{self, WriteLock},
};
use async_trait::async_trait;
use ipxe_orch_core::stores::StoreError;
use rusqlite::{Connection, Result as Sqlite};
use std::{
    path::PathBuf,
    sync::{MutexGuard, PoisonError},
};

/// The connection that writes, and what was found when it was last used.
#[derive(Debug)]
pub(super) struct FileWriter {
    path: PathBuf,
    connect: Connect,
    readers: Readers,
    connection: Home,
    /// The files after the last batch.
    look: Option<Look>,
    heads: HeadFile<Pair>,
    lock: WriteLock,
}

impl FileWriter {
    pub(super) fn new(options: &SqliteOptions, readers: Readers) -> Self {
        Self {
            path: options.path.clone(),
            connect: connect::writer(&options.path),
            readers,
            connection: Home::default(),
            // The connections that read may be open before the one that writes.
            look: Look::at(&options.path).ok(),
            heads: HeadFile::new(options.heads_path()),
            lock: WriteLock::new(),
        }
    }

    fn home(&self) -> MutexGuard<'_, Option<Connection>> {
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A connection with the write lock, to the file that is at the path now.
    async fn locked(&mut self) -> Done<Connection> {
        let now = Look::at(&self.path)?;
        match self.look.filter(|known| *known != now) {
            Some(known) if !known.same_files(&now) => self.reopen(&known, &now).await?,
            // A checkpoint, or somebody who overwrites the file: what is cached proves nothing.
            Some(_) => self.release(),
            None => {}
        }
        let opened = self.home().take();
        if let Some(mut connection) = opened {
            write_lock::begin(&mut connection).await.map_err(fault)?;
            return Ok(connection);
        }
        let mut connection = self.open().map_err(fault)?;
        write_lock::begin(&mut connection).await.map_err(fault)?;
        let opened = Look::at(&self.path)?;
        if !opened.same_main(&now) {
            let why = "the database file is being replaced by another one";
            return Err(StoreError::Unavailable(why.into()).into());
        }
        if !whole::leases_add_up(&connection)? {
            return Err(whole::mixed().into());
        }
        self.look = Some(opened);
        Ok(connection)
    }

    /// The files are others than before: no connection of this process may be left.
    async fn reopen(&mut self, known: &Look, now: &Look) -> Result<(), StoreError> {
        if !known.same_main(now) {
            let path = self.path.display();
            tracing::error!(alert = true, "the database file {path} was replaced by another one");
        }
        self.release();
        self.readers.renew().await;
        self.look = None;
        self.heads.settle(&self.path, known.pair())?;
        file::check_private(&self.path).map_err(|error| StoreError::Unavailable(Box::new(error)))
    }

    fn open(&self) -> Sqlite<Connection> {
        let connection = self.connect.open()?;
        connection.execute_batch("PRAGMA wal_autocheckpoint = 0")?;
        write_lock::prepare(&connection)?;
        Ok(connection)
    }

    /// Closes the connection. All is committed, or to be rolled back; what closing fails to tidy up,
    /// the next opening does.
    fn release(&mut self) {
        let opened = self.home().take();
        drop(opened);
    }

    /// Opens a connection that has nothing cached, and asks it whether the file is whole.
    fn open_whole(&mut self) -> Done<bool> {
        let connection = self.open().map_err(fault)?;
        let whole = whole::leases_add_up(&connection)?;
        *self.home() = Some(connection);
        Ok(whole)
    }

    /// Moves a long write-ahead log into the file. SQLite would do it in the middle of a commit:
    /// the change of the file could not be told from that of somebody who overwrites it, and
    /// [`whole::leases_add_up`], which reads every lease, would have to be asked.
    fn move_log(&mut self) {
        let opened = self.home().take();
        let Some(connection) = opened else { return };
        match self.moving(&connection) {
            Ok(Some(sql)) => self.checkpoint(&connection, sql),
            Ok(None) => {}
            Err(error) => tracing::warn!(%error, "the write-ahead log cannot be measured"),
        }
        *self.home() = Some(connection);
    }

    /// What moves the log, if it is long for SQLite or for its disk.
    fn moving(&self, connection: &Connection) -> Sqlite<Option<&'static str>> {
        if let Ok((free, log)) = file::room(&self.path) {
            if log > connect::SMALL_LOG && log > free / 2 {
                return Ok(Some("PRAGMA wal_checkpoint(TRUNCATE)"));
            }
            if log > connect::LONG_LOG {
                return Ok(Some(
                    "PRAGMA busy_timeout = 100; PRAGMA wal_checkpoint(TRUNCATE); \
                     PRAGMA busy_timeout = 0",
                ));
            }
        }
        let long = log_pages(connection)? >= connect::CHECKPOINT_PAGES;
        Ok(long.then_some("PRAGMA wal_checkpoint(PASSIVE)"))
    }

    /// The change that it makes to the file is not the work of somebody else.
    fn checkpoint(&mut self, connection: &Connection, sql: &str) {
        let unchanged = self.is_unchanged();
        if let Err(error) = connection.execute_batch(sql) {
            tracing::warn!(%error, "the write-ahead log cannot be moved into the database file");
        }
        if unchanged
            && let (Some(known), Ok(now)) = (self.look, Look::at(&self.path))
            && known.same_files(&now)
        {
            self.look = Some(now);
        }
    }
}

/// How many pages of the write-ahead log are not in the file yet.
fn log_pages(connection: &Connection) -> Sqlite<i64> {
    let mut noop = connection.prepare_cached("PRAGMA wal_checkpoint(NOOP)")?;
    noop.query_one((), |row| Ok(row.get::<_, i64>(1)? - row.get::<_, i64>(2)?))
}

#[async_trait]
impl Primary for FileWriter {
    async fn begin(&mut self) -> Done<Box<dyn Transaction>> {
        self.lock.next().await;
        let connection = self.locked().await?;
        Ok(Box::new(Connected(Locked { connection, home: self.connection.clone() })))
    }

    async fn beside(&mut self) -> Result<Beside, StoreError> {
        self.heads.beside()
    }

    /// A commit to a file that is no longer the database, or that was overwritten at the same time,
    /// counts for nothing. What happens to the files from here on until the answer is sent goes
    /// unnoticed.
    async fn confirm(&mut self) -> Result<(), StoreError> {
        let now = Look::at(&self.path)?;
        let Some(known) = self.look.replace(now) else { return Ok(()) };
        if !known.same_files(&now) {
            // So that the next batch opens the new file.
            self.look = Some(known);
            let path = self.path.display();
            return Err(StoreError::Replaced(format!(
                "the database file {path} was replaced during a write"
            )));
        }
        if known.same_contents(&now) {
            return Ok(());
        }
        self.release();
        let whole = self.open_whole();
        if self.readers.result(whole)? { Ok(()) } else { Err(whole::mixed()) }
    }

    async fn remember(
        &mut self,
        seen: &Seen,
        durably: bool,
        alone: bool,
    ) -> Result<(), StoreError> {
        let pair = self.look.and_then(|look| look.pair());
        self.heads.remember(seen, pair, durably, alone).await
    }

    fn warn(&mut self, seen: &[Seen]) -> Result<(), StoreError> {
        for seen in seen {
            self.heads.write(seen, None, false)?;
        }
        Ok(())
    }

    fn is_unchanged(&self) -> bool {
        self.look.is_some() && Look::at(&self.path).ok() == self.look
    }

    /// Moves the write-ahead log into the file, so that the log can be used anew.
    async fn make_room(&mut self) {
        if let Ok(connection) = self.open() {
            connection.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)").ok();
        }
    }

    async fn tend(&mut self) {
        self.move_log();
        self.lock.released();
    }

    async fn reset(&mut self, fault: Option<&Fault>) {
        self.release();
        if fault.is_some_and(is_of_the_file) {
            self.readers.renew().await;
        }
    }

    async fn close(&mut self) {
        self.release();
    }

    /// Its statements wait for the disk.
    fn blocks(&self) -> bool {
        true
    }
}
