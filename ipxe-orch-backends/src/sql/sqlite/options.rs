//! Options to open a database or make a new one.

use super::super::{error::OpenError, events::EventRetention, url::DatabaseUrl};
use ipxe_orch_core::{
    ids::{ChainId, Epoch},
    time::Timestamp,
};
use std::{ffi::OsString, path::PathBuf};

/// How a [`SqliteStore`](super::super::SqliteStore) is opened.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct SqliteOptions {
    /// The file. It is made with mode 0600 if it is not there. Its folder must exist.
    pub path: PathBuf,
    /// The audit chain of this data directory.
    pub chain: ChainId,
    /// The epoch of a new database ([`Epoch::generate`]). An existing database keeps its own.
    pub new_epoch: Epoch,
    /// The current time, for the record of migrations.
    pub now: Timestamp,
    /// The number of connections that read at the same time. Each is a thread with a cache of 2
    /// MiB.
    pub readers: u32,
    /// How long boot events are kept.
    pub keep_events: EventRetention,
}

impl SqliteOptions {
    /// Options for this file, with 4 readers.
    pub const fn new(path: PathBuf, chain: ChainId, new_epoch: Epoch, now: Timestamp) -> Self {
        Self { path, chain, new_epoch, now, readers: 4, keep_events: EventRetention::DEFAULT }
    }

    /// The file with the last heads of the audit chains: `ipxe-orch-heads` beside `ipxe-orch.db`.
    /// It is kept apart from the database and its backups, because it shows that the database was
    /// set back. All programs on the database use it.
    pub fn heads_path(&self) -> PathBuf {
        let mut name = self.path.file_stem().map(OsString::from).unwrap_or_default();
        name.push("-heads");
        self.path.with_file_name(name)
    }

    /// The file of the boot events: `ipxe-orch-events.db` beside `ipxe-orch.db`.
    pub fn events_path(&self) -> PathBuf {
        let mut name = self.path.file_stem().map(OsString::from).unwrap_or_default();
        name.push("-events.");
        name.push(self.path.extension().unwrap_or("db".as_ref()));
        self.path.with_file_name(name)
    }

    /// Options for `sqlite:///absolute/path` or `sqlite://relative/path`; the path is used as it is
    /// written, without percent-decoding.
    ///
    /// # Errors
    /// [`OpenError::Url`] for anything else: databases in memory and parameters, too.
    pub fn from_url(
        url: &str,
        chain: ChainId,
        new_epoch: Epoch,
        now: Timestamp,
    ) -> Result<Self, OpenError> {
        let url: DatabaseUrl = url.parse()?;
        let path = url.path().ok_or(OpenError::Url { why: "write sqlite:// and a path" })?;
        Ok(Self::new(path.to_owned(), chain, new_epoch, now))
    }
}
