//! Any database by its URL.

use super::{
    copy::CopyEnd, dialect::Dialect, error::OpenError, events::EventRetention, migrate::Schema,
    store::SqlStore, url::DatabaseUrl, writer::Counters,
};
use ipxe_orch_core::{
    ids::{ChainId, Epoch},
    stores::{AccessStore, Store},
    time::Timestamp,
};
use std::{fmt, path::PathBuf, sync::Arc};
use zeroize::Zeroizing;

#[cfg(feature = "mssql")]
use super::mssql::{MssqlOptions, MssqlStore};
#[cfg(feature = "mysql")]
use super::mysql::{MysqlOptions, MysqlStore};
#[cfg(feature = "postgres")]
use super::postgres::{PostgresOptions, PostgresStore};
#[cfg(feature = "sqlite")]
use super::sqlite::{SqliteOptions, SqliteStore};

/// How [`open`] opens a database.
#[derive(Clone)]
#[non_exhaustive]
pub struct StoreOptions {
    url: DatabaseUrl,
    /// The password of the login, which is better kept in a file than in the URL.
    pub password: Option<Zeroizing<String>>,
    /// The folder for what a program remembers of a database on a server, apart from it: the file
    /// `database-heads` shows that the database was set back. A database in a file has that file
    /// beside it.
    pub data_dir: PathBuf,
    /// The audit chain of this data directory.
    pub chain: ChainId,
    /// The epoch of a new database ([`Epoch::generate`]). An existing database keeps its own.
    pub new_epoch: Epoch,
    /// The current time, for the record of migrations.
    pub now: Timestamp,
    /// How long boot events are kept.
    pub keep_events: EventRetention,
    /// Whether opening the database brings its tables up to date; true by default. On a server the
    /// login needs the right to change tables then.
    pub migrate: bool,
}

/// Without the password.
impl fmt::Debug for StoreOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoreOptions").field("url", &self.url).finish_non_exhaustive()
    }
}

impl StoreOptions {
    /// Options for this database.
    pub const fn new(
        url: DatabaseUrl,
        data_dir: PathBuf,
        chain: ChainId,
        new_epoch: Epoch,
        now: Timestamp,
    ) -> Self {
        let keep_events = EventRetention::DEFAULT;
        Self { url, password: None, data_dir, chain, new_epoch, now, keep_events, migrate: true }
    }

    /// Where the database is.
    pub const fn url(&self) -> &DatabaseUrl {
        &self.url
    }

    #[cfg(feature = "sqlite")]
    fn sqlite(&self) -> SqliteOptions {
        let path = self.url.path().unwrap_or("".as_ref()).to_owned();
        let mut options = SqliteOptions::new(path, self.chain, self.new_epoch, self.now);
        options.keep_events = self.keep_events;
        options
    }
}

/// The options of a database on a server.
#[cfg(any(feature = "mssql", feature = "mysql", feature = "postgres"))]
macro_rules! server_options {
    ($options:expr, $type:ty) => {{
        let StoreOptions { url, data_dir, chain, new_epoch, now, .. } = $options;
        let heads = data_dir.join("database-heads");
        let mut server = <$type>::from_url(url.text(), heads, *chain, *new_epoch, *now)?;
        if let Some(password) = &$options.password {
            server = server.with_password(password);
        }
        (server.keep_events, server.migrate) = ($options.keep_events, $options.migrate);
        server
    }};
}

/// The options of the database that the URL names. Here alone it counts which ones the program was
/// built with.
enum Chosen {
    #[cfg(feature = "sqlite")]
    Sqlite(SqliteOptions),
    #[cfg(feature = "mssql")]
    Mssql(Box<MssqlOptions>),
    #[cfg(feature = "mysql")]
    Mysql(MysqlOptions),
    #[cfg(feature = "postgres")]
    Postgres(PostgresOptions),
}

impl StoreOptions {
    fn chosen(&self) -> Result<Chosen, OpenError> {
        match self.url.dialect() {
            #[cfg(feature = "sqlite")]
            Dialect::Sqlite => Ok(Chosen::Sqlite(self.sqlite())),
            #[cfg(feature = "mssql")]
            Dialect::Mssql => Ok(Chosen::Mssql(Box::new(server_options!(self, MssqlOptions)))),
            #[cfg(feature = "mysql")]
            Dialect::Mysql => Ok(Chosen::Mysql(server_options!(self, MysqlOptions))),
            #[cfg(feature = "postgres")]
            Dialect::Postgres => Ok(Chosen::Postgres(server_options!(self, PostgresOptions))),
            #[cfg(not(all(
                feature = "sqlite",
                feature = "mssql",
                feature = "mysql",
                feature = "postgres"
            )))]
            _ => Err(OpenError::Url { why: "this program was built without that database" }),
        }
    }
}

/// Opens a database, whichever it is.
///
/// ```no_run
/// use ipxe_orch_backends::sql::{self, StoreOptions};
/// # use ipxe_orch_backends::local::{SystemClock, SystemRandom};
/// # use ipxe_orch_core::{ids::{ChainId, Epoch}, time::Clock as _};
/// # async fn example(chain: ChainId) -> Result<(), sql::OpenError> {
/// let url = "sqlite:///var/lib/inventory/ipxe-orch.db".parse()?;
/// let (epoch, now) = (Epoch::generate(&SystemRandom), SystemClock.now());
/// let options = StoreOptions::new(url, "/var/lib/inventory".into(), chain, epoch, now);
/// let store = sql::open(&options).await?;
/// # drop(store);
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// [`OpenError`]. A database that this program does not understand is not changed.
pub async fn open(options: &StoreOptions) -> Result<Arc<dyn Store>, OpenError> {
    let (store, _) = open_with_access(options).await?;
    Ok(store)
}

/// The same, with accounts, bindings, sessions and tokens. Both are one store.
///
/// # Errors
/// Those of [`open`].
pub async fn open_with_access(
    options: &StoreOptions,
) -> Result<(Arc<dyn Store>, Arc<dyn AccessStore>), OpenError> {
    let OpenStore { store, access, .. } = open_whole(options).await?;
    Ok((store, access))
}

/// A database that is open, as what its parts are used for. All of them are one store.
#[derive(Clone)]
#[non_exhaustive]
pub struct OpenStore {
    /// Hosts, leases, profiles, defaults, events and the audit.
    pub store: Arc<dyn Store>,
    /// Accounts, bindings, sessions and tokens.
    pub access: Arc<dyn AccessStore>,
    /// Tells what was done, for monitoring.
    pub counters: Arc<dyn Fn() -> Counters + Send + Sync>,
}

impl fmt::Debug for OpenStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OpenStore")
    }
}

/// The same, with what monitoring asks.
///
/// # Errors
/// Those of [`open`].
pub async fn open_whole(options: &StoreOptions) -> Result<OpenStore, OpenError> {
    Ok(match options.chosen()? {
        #[cfg(feature = "sqlite")]
        Chosen::Sqlite(options) => whole(SqliteStore::open(options).await?),
        #[cfg(feature = "mssql")]
        Chosen::Mssql(options) => whole(MssqlStore::open(*options).await?),
        #[cfg(feature = "mysql")]
        Chosen::Mysql(options) => whole(MysqlStore::open(options).await?),
        #[cfg(feature = "postgres")]
        Chosen::Postgres(options) => whole(PostgresStore::open(options).await?),
    })
}

#[cfg(any(feature = "sqlite", feature = "mssql", feature = "mysql", feature = "postgres"))]
fn whole<K: Send + Sync + 'static>(store: SqlStore<K>) -> OpenStore {
    let store = Arc::new(store);
    let counted = store.clone();
    OpenStore {
        store: store.clone(),
        access: store,
        counters: Arc::new(move || counted.counters()),
    }
}

/// Looks at the tables of a database, and changes nothing.
///
/// # Errors
/// [`OpenError`] if there is no such file, or the server or the database cannot be used.
pub async fn schema(options: &StoreOptions) -> Result<Schema, OpenError> {
    match options.chosen()? {
        #[cfg(feature = "sqlite")]
        Chosen::Sqlite(options) => SqliteStore::schema(&options).await,
        #[cfg(feature = "mssql")]
        Chosen::Mssql(options) => MssqlStore::schema(&options).await,
        #[cfg(feature = "mysql")]
        Chosen::Mysql(options) => MysqlStore::schema(&options).await,
        #[cfg(feature = "postgres")]
        Chosen::Postgres(options) => PostgresStore::schema(&options).await,
    }
}

/// Brings the tables of a database up to date, and gives what there was before. A SQLite file is
/// made if it is not there.
///
/// # Errors
/// [`OpenError`]. A database that this program does not understand is not changed.
pub async fn migrate(options: &StoreOptions) -> Result<Schema, OpenError> {
    match options.chosen()? {
        #[cfg(feature = "sqlite")]
        Chosen::Sqlite(options) => SqliteStore::migrate(&options).await,
        #[cfg(feature = "mssql")]
        Chosen::Mssql(options) => MssqlStore::migrate(&options).await,
        #[cfg(feature = "mysql")]
        Chosen::Mysql(options) => MysqlStore::migrate(&options).await,
        #[cfg(feature = "postgres")]
        Chosen::Postgres(options) => PostgresStore::migrate(&options).await,
    }
}

impl CopyEnd {
    /// Any database as one end of a copy.
    ///
    /// # Errors
    /// [`OpenError::Url`] if the program was built without that database.
    pub fn new(options: &StoreOptions) -> Result<Self, OpenError> {
        Ok(match options.chosen()? {
            #[cfg(feature = "sqlite")]
            Chosen::Sqlite(options) => Self::sqlite(options),
            #[cfg(feature = "mssql")]
            Chosen::Mssql(options) => Self::mssql(*options),
            #[cfg(feature = "mysql")]
            Chosen::Mysql(options) => Self::mysql(options),
            #[cfg(feature = "postgres")]
            Chosen::Postgres(options) => Self::postgres(options),
        })
    }
}
