//! Options to open a database on a MySQL or MariaDB server.

use super::super::{error::OpenError, events::EventRetention};
use ipxe_orch_core::{
    ids::{ChainId, Epoch},
    time::Timestamp,
};
use sqlx::{
    ConnectOptions as _,
    mysql::{MySqlConnectOptions, MySqlSslMode},
};
use std::{fmt, path::PathBuf};

/// The largest number of statements that a connection keeps prepared. A server has 16,382 for all
/// its connections.
const STATEMENTS: usize = 200;

/// How a [`MysqlStore`](super::super::MysqlStore) is opened.
#[derive(Clone)]
#[non_exhaustive]
pub struct MysqlOptions {
    pub(super) connect: MySqlConnectOptions,
    /// The file with the last heads of the audit chains, apart from the database: it shows that the
    /// database was set back. It is made with mode 0600 if it is not there.
    pub heads: PathBuf,
    /// The audit chain of this data directory.
    pub chain: ChainId,
    /// The epoch of a new database ([`Epoch::generate`]). An existing database keeps its own.
    pub new_epoch: Epoch,
    /// The current time, for the record of migrations.
    pub now: Timestamp,
    /// Whether opening the database brings its tables up to date; true by default. The login needs
    /// the right to change tables then.
    pub migrate: bool,
    /// The largest number of connections; 8 by default.
    pub connections: u32,
    /// How long boot events are kept.
    pub keep_events: EventRetention,
}

/// Without the password.
impl fmt::Debug for MysqlOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MysqlOptions").field("database", &self.database()).finish_non_exhaustive()
    }
}

impl MysqlOptions {
    /// Options for `mysql://USER@HOST:PORT/DATABASE`. The connection is encrypted, and the server's
    /// certificate and name are checked, unless the URL says `?ssl-mode=` (`disabled`, `preferred`,
    /// `required`, `verify_ca`). `ssl-ca=FILE` names the certificates of an authority of your own.
    ///
    /// # Errors
    /// [`OpenError::Url`] for anything else.
    pub fn from_url(
        url: &str,
        heads: PathBuf,
        chain: ChainId,
        new_epoch: Epoch,
        now: Timestamp,
    ) -> Result<Self, OpenError> {
        let connect = parse(url)?;
        let keep_events = EventRetention::DEFAULT;
        Ok(Self {
            connect,
            heads,
            chain,
            new_epoch,
            now,
            migrate: true,
            connections: 8,
            keep_events,
        })
    }

    /// The same with this password, which is better kept in a file than in a URL.
    #[must_use]
    pub fn with_password(mut self, password: &str) -> Self {
        self.connect = self.connect.password(password);
        self
    }

    /// The name of the database, for messages.
    pub(super) fn database(&self) -> String {
        self.connect.get_database().unwrap_or_default().to_owned()
    }
}

/// Reads the URL, without connecting.
pub(in super::super) fn parse(url: &str) -> Result<MySqlConnectOptions, OpenError> {
    let wrong = |why| OpenError::Url { why };
    if !url.starts_with("mysql://") && !url.starts_with("mariadb://") {
        return Err(wrong("write mysql://USER@HOST/DATABASE"));
    }
    let parsed: Result<MySqlConnectOptions, _> = url.parse();
    let mut connect = parsed.map_err(|_| {
        wrong("it cannot be read: write mysql://USER@HOST:PORT/DATABASE, with %XX for signs")
    })?;
    if connect.get_database().is_none_or(str::is_empty) {
        return Err(wrong("the name of the database is missing after the host"));
    }
    if !url.contains("ssl-mode=") && !url.contains("sslmode=") {
        connect = connect.ssl_mode(MySqlSslMode::VerifyIdentity);
    }
    Ok(connect
        .collation("utf8mb4_bin")
        .statement_cache_capacity(STATEMENTS)
        .disable_statement_logging())
}
