//! A database file at one end of a copy. Its statements wait for the disk on the thread that asks:
//! whoever copies does nothing else there.

use super::{
    super::{
        copy::{Part, Side},
        driver::{Fault, Session as _, Transaction},
        error::{Done, OpenError},
        migrate::Schema,
    },
    connect,
    events::schema,
    fault::{self, fault},
    options::SqliteOptions,
    session::{Connected, Home, Locked},
    write_lock,
};
use async_trait::async_trait;
use ipxe_orch_core::stores::StoreError;
use rusqlite::Connection;
use std::{
    path::PathBuf,
    sync::{Arc, PoisonError},
};

#[derive(Debug)]
pub(in super::super) struct FileSide {
    options: SqliteOptions,
    main: Home,
    events: Home,
    /// Whether the files are to need no log beside them in the end.
    alone: bool,
}

impl FileSide {
    pub(in super::super) fn new(options: SqliteOptions) -> Self {
        Self { options, main: Home::default(), events: Home::default(), alone: false }
    }

    /// In the end, its files need no log beside them.
    pub(super) fn alone(self) -> Self {
        Self { alone: true, ..self }
    }

    fn home(&self, part: Part) -> &Home {
        match part {
            Part::Main => &self.main,
            Part::Events => &self.events,
        }
    }

    fn path(&self, part: Part) -> PathBuf {
        match part {
            Part::Main => self.options.path.clone(),
            Part::Events => self.options.events_path(),
        }
    }

    fn taken(&self, part: Part) -> Option<Connection> {
        self.home(part).lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    fn open(&self, part: Part) -> rusqlite::Result<Connection> {
        let connection = match part {
            Part::Main => connect::writer(&self.options.path).open()?,
            Part::Events => connect::events_writer(&self.path(part)).open()?,
        };
        write_lock::prepare(&connection)?;
        Ok(connection)
    }
}

#[async_trait]
impl Side for FileSide {
    fn name(&self) -> String {
        self.options.path.display().to_string()
    }

    async fn prepare(&self) -> Result<Schema, OpenError> {
        let schema = connect::prepare(&self.options).await?;
        let events = self.options.events_path();
        connect::create(&events)?;
        let mut connection = connect::events_writer(&events).open().map_err(fault)?;
        schema::bring_up(&mut connection).await?;
        connect::close(connection)?;
        Ok(schema)
    }

    async fn snapshot(
        &self,
        part: Part,
    ) -> Result<Option<Box<dyn super::super::driver::Session>>, OpenError> {
        let path = self.path(part);
        if part == Part::Events {
            if !path.exists() {
                return Ok(None);
            }
            // A file of an older version lacks a column or a table.
            let mut connection = connect::events_writer(&path).open().map_err(fault)?;
            schema::bring_up(&mut connection).await?;
            connect::close(connection)?;
        }
        let connection = connect::reader(&path).open().map_err(fault)?;
        let mut session = Connected(Box::new(connection));
        // The state is that of the first statement that reads.
        session.script("BEGIN; SELECT count(*) FROM sqlite_schema").await?;
        Ok(Some(Box::new(session)))
    }

    async fn begin(&self, part: Part) -> Done<Box<dyn Transaction>> {
        let mut connection = match self.taken(part) {
            Some(connection) => connection,
            None => self.open(part).map_err(fault)?,
        };
        write_lock::begin(&mut connection).await.map_err(fault)?;
        Ok(Box::new(Connected(Locked { connection, home: Arc::clone(self.home(part)) })))
    }

    fn tell(&self, fault: Fault) -> StoreError {
        fault::tell(&Arc::new(fault), &self.options.path)
    }

    async fn close(&self) -> Done<()> {
        for part in [Part::Main, Part::Events] {
            let connection = match self.taken(part) {
                None if self.alone => Some(self.open(part).map_err(fault)?),
                connection => connection,
            };
            let Some(connection) = connection else { continue };
            if self.alone {
                let sql = "PRAGMA busy_timeout = 5000; PRAGMA journal_mode = DELETE";
                connection.execute_batch(sql).map_err(fault)?;
            }
            connect::close(connection)?;
        }
        Ok(())
    }
}
