//! Boot events, in a separate SQLite file. So their batches do not wait for the write lock or the
//! fsync of the leases, and an error of the file stops no boot.

mod rows;
pub(super) mod schema;

#[cfg(test)]
pub(super) use schema::STEPS;

use super::{
    super::{
        driver::Fault,
        error::{Failure, OpenError},
        events::{self, EventRetention, EventRow},
        store::Events,
    },
    connect,
    fault::{self, fault},
    file::{self, Look},
    options::SqliteOptions,
    session::Connected,
};
use async_trait::async_trait;
use ipxe_orch_core::{
    auth::Grant,
    stores::{BootEvent, EventFilter, StoreError},
};
use sqlx::{ConnectOptions, Connection as _, SqliteConnection};
use std::{path::PathBuf, sync::Arc};
use tokio::sync::Mutex;

/// The file and the connection that writes to it, opened when the first event comes.
#[derive(Debug)]
pub(super) struct EventsFile {
    path: PathBuf,
    /// Whose hosts a scope asks for.
    database: PathBuf,
    keep: EventRetention,
    writer: Mutex<Option<(SqliteConnection, Look)>>,
}

#[async_trait]
impl Events for EventsFile {
    async fn record(&self, events: &[BootEvent]) -> Result<(), StoreError> {
        let rows = events.iter().map(EventRow::new).collect::<Result<Vec<_>, _>>()?;
        let mut writer = self.writer.lock().await;
        // Taken out: whoever stops waiting closes it, and leaves no open transaction behind.
        let opened = self.open(writer.take()).await;
        let (mut connection, look) = opened.map_err(|error| self.not_open(error))?;
        let written = rows::write(&mut Connected(&mut connection), &rows, &self.keep).await;
        written.map_err(|failure| self.failed(failure))?;
        *writer = Some((connection, look));
        Ok(())
    }

    /// The newest first; none if there is no file yet.
    async fn list(
        &self,
        grant: &Grant,
        filter: &EventFilter,
    ) -> Result<Vec<BootEvent>, StoreError> {
        if !self.path.exists() {
            return Ok(Vec::new());
        }
        let opened = self.reader(filter).await;
        let Some((mut connection, version)) = opened.map_err(|error| self.not_open(error))? else {
            return Ok(Vec::new());
        };
        let unproved = version >= schema::UNPROVED;
        let events = events::list(&mut Connected(&mut connection), grant, filter, unproved).await;
        connection.close().await.ok();
        events.map_err(|failure| self.failed(failure))
    }

    async fn close(&self) {
        if let Some((connection, _)) = self.writer.lock().await.take() {
            connection.close().await.ok();
        }
    }
}

impl EventsFile {
    pub(super) fn new(options: &SqliteOptions) -> Self {
        Self {
            path: options.events_path(),
            database: options.path.clone(),
            keep: options.keep_events,
            writer: Mutex::new(None),
        }
    }

    /// `used`, unless the file was moved away, deleted or replaced underneath.
    async fn open(
        &self,
        used: Option<(SqliteConnection, Look)>,
    ) -> Result<(SqliteConnection, Look), OpenError> {
        if let Some((connection, known)) = used {
            if Look::at(&self.path).is_ok_and(|now| known.same_files(&now)) {
                return Ok((connection, known));
            }
            // Takes its write-ahead log with it, which would not fit the next file.
            connection.close().await.unwrap_or_default();
            if let (Ok(now), Some(pair)) = (Look::at(&self.path), known.pair())
                && pair.is_left_behind(&now)
            {
                file::put_log_aside(&self.path).ok();
            }
        }
        connect::create(&self.path).await?;
        file::check_private(&self.path)?;
        let mut connection = connect::events_writer(&self.path).connect().await.map_err(fault)?;
        schema::bring_up(&mut connection).await?;
        let look = Look::at(&self.path).map_err(|error| OpenError::Gone(Box::new(error)))?;
        Ok((connection, look))
    }

    /// With the version of the file; `None` for a file that nothing was written to. A connection of
    /// its own each time: lists are rare, and the file may come and go.
    async fn reader(
        &self,
        filter: &EventFilter,
    ) -> Result<Option<(SqliteConnection, usize)>, OpenError> {
        let mut connection = connect::events_reader(&self.path).connect().await.map_err(fault)?;
        let mut found = schema::version(&mut connection).await?;
        if found == 0 {
            return Ok(None);
        }
        if filter.alerts && found < schema::ALERTS {
            // Written by an older program, which had no column for them.
            self.open(None).await?.0.close().await.map_err(fault)?;
            found = schema::VERSION;
        }
        let database = self.database.to_string_lossy();
        let attach = sqlx::query("ATTACH DATABASE ? AS inventory").bind(database.as_ref());
        attach.execute(&mut connection).await.map_err(fault)?;
        Ok(Some((connection, found)))
    }

    fn not_open(&self, error: OpenError) -> StoreError {
        match error {
            OpenError::Driver(error) => match error.downcast::<Fault>() {
                Ok(fault) => self.failed(Failure::Driver(*fault)),
                Err(error) => StoreError::Unavailable(error),
            },
            error => StoreError::Unavailable(Box::new(error)),
        }
    }

    /// With the file's name, as it is not the database that somebody must look at.
    fn failed(&self, failure: Failure) -> StoreError {
        let error = match failure {
            Failure::Refused(error) => error,
            Failure::Driver(fault) => fault::tell(&Arc::new(fault), &self.path),
        };
        match error {
            StoreError::Corrupt(why) => StoreError::Corrupt(format!(
                "{}: {why}; move it away, and a new one is made",
                self.path.display()
            )),
            error => error,
        }
    }
}
