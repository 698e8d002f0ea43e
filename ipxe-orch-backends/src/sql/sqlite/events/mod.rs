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
    apart::apart,
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
use rusqlite::Connection;
use std::{path::PathBuf, sync::Arc};
use tokio::sync::Mutex;

/// The file and the connection that writes to it, opened when the first event comes.
#[derive(Clone, Debug)]
pub(super) struct EventsFile(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    path: PathBuf,
    /// Whose hosts a scope asks for.
    database: PathBuf,
    keep: EventRetention,
    writer: Mutex<Option<(Connection, Look)>>,
}

#[async_trait]
impl Events for EventsFile {
    async fn record(&self, events: &[BootEvent]) -> Result<(), StoreError> {
        let rows = events.iter().map(EventRow::new).collect::<Result<Vec<_>, _>>()?;
        self.apart(async move |file| file.record(&rows).await).await
    }

    /// The newest first; none if there is no file yet.
    async fn list(
        &self,
        grant: &Grant,
        filter: &EventFilter,
    ) -> Result<Vec<BootEvent>, StoreError> {
        let (grant, filter) = (grant.clone(), filter.clone());
        self.apart(async move |file| file.list(&grant, &filter).await).await
    }

    async fn close(&self) {
        drop(self.0.writer.lock().await.take());
    }
}

impl EventsFile {
    pub(super) fn new(options: &SqliteOptions) -> Self {
        Self(Arc::new(Inner {
            path: options.events_path(),
            database: options.path.clone(),
            keep: options.keep_events,
            writer: Mutex::new(None),
        }))
    }

    async fn apart<T: Send + 'static>(
        &self,
        work: impl AsyncFnOnce(&Inner) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let file = self.0.clone();
        match apart(async move || work(&file).await).await {
            Ok(done) => done,
            Err(fault) => Err(self.0.failed(Failure::Driver(fault))),
        }
    }
}

impl Inner {
    async fn record(&self, rows: &[EventRow]) -> Result<(), StoreError> {
        let mut writer = self.writer.lock().await;
        // Taken out: a failure closes it, and leaves no open transaction behind.
        let opened = self.open(writer.take()).await;
        let (mut connection, look) = opened.map_err(|error| self.not_open(error))?;
        let written = rows::write(&mut Connected(&mut connection), rows, &self.keep).await;
        written.map_err(|failure| self.failed(failure))?;
        *writer = Some((connection, look));
        Ok(())
    }

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
        events.map_err(|failure| self.failed(failure))
    }

    /// `used`, unless the file was moved away, deleted or replaced underneath.
    async fn open(
        &self,
        used: Option<(Connection, Look)>,
    ) -> Result<(Connection, Look), OpenError> {
        if let Some((connection, known)) = used {
            if Look::at(&self.path).is_ok_and(|now| known.same_files(&now)) {
                return Ok((connection, known));
            }
            // Takes its write-ahead log with it, which would not fit the next file.
            drop(connection);
            if let (Ok(now), Some(pair)) = (Look::at(&self.path), known.pair())
                && pair.is_left_behind(&now)
            {
                file::put_log_aside(&self.path).ok();
            }
        }
        connect::create(&self.path)?;
        file::check_private(&self.path)?;
        let mut connection = connect::events_writer(&self.path).open().map_err(fault)?;
        schema::bring_up(&mut connection).await?;
        let look = Look::at(&self.path).map_err(|error| OpenError::Gone(Box::new(error)))?;
        Ok((connection, look))
    }

    /// With the version of the file; `None` for a file that nothing was written to. A connection of
    /// its own each time: lists are rare, and the file may come and go.
    async fn reader(&self, filter: &EventFilter) -> Result<Option<(Connection, usize)>, OpenError> {
        let connection = connect::reader(&self.path).open().map_err(fault)?;
        let mut found = schema::version(&connection)?;
        if found == 0 {
            return Ok(None);
        }
        if filter.alerts && found < schema::ALERTS {
            // Written by an older program, which had no column for them.
            connect::close(self.open(None).await?.0)?;
            found = schema::VERSION;
        }
        let database = self.database.to_string_lossy();
        let attach = "ATTACH DATABASE ? AS inventory";
        connection.execute(attach, [database.as_ref()]).map_err(fault)?;
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
